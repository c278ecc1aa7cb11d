import Files
import Foundation
import HDF5Format
import Tensors
import Testing

/// A blueprint as a file: what libhdf5 wrote, and zeros where tensors belong.
private struct Written {
  let skeleton: HDF5Skeleton
  let bytes: [UInt8]
  let tree: HDF5Group

  init(_ blueprint: HDF5Blueprint) throws {
    try blueprint.check()
    let file = try OpenFile.nameless(
      in: FileManager.default.temporaryDirectory.path, else: "registry-nameless", title: "a file")
    skeleton = try HDF5Writer.writeSkeleton(of: blueprint, to: file.descriptor)
    ftruncate(file.descriptor, Int(skeleton.byteCount))
    bytes = try file.slice().bytes(at: 0, count: Int(skeleton.byteCount))
    tree = try HDF5File(file.slice()).tree()
  }
}

extension HDF5Blueprint {
  fileprivate static func dataset(
    _ name: String, _ dtype: DType, _ dimensions: [Int], attributes: [Attribute] = []
  ) throws -> Dataset {
    let shape = try #require(Shape(dimensions))
    let tensor = TensorToWrite(name: name, dtype: dtype, shape: shape, content: .stored(0))
    return Dataset(try #require(tensor), attributes: attributes)
  }

  /// What `Fixtures/written/make_written.py` makes plain.h5 of.
  fileprivate static func plain() throws -> HDF5Blueprint {
    var blueprint = HDF5Blueprint()
    let config = String(repeating: "x", count: 200)
    blueprint.groups = [Group("", attributes: [Attribute("model_config", .string(config))])]
    blueprint.datasets = try (0..<3).map {
      try dataset("model_weights/layer_\($0)/kernel:0", .float32, [10, 10])
    }
    return blueprint
  }

  /// What it makes written.h5 of.
  fileprivate static func written() throws -> HDF5Blueprint {
    let config = "{" + String(repeating: "x", count: 5000) + "é}"
    let chunks = (0..<12).map { index in
      Attribute(
        "chunk\(index)", .fixedStrings((0..<100).map { place in "layer_\(index)_\(place)" }))
    }
    var blueprint = HDF5Blueprint()
    blueprint.groups = [
      Group(
        "",
        attributes: [
          Attribute("keras_version", .string("2.15.0")), Attribute("model_config", .string(config)),
          Attribute("empty", .string("")), Attribute("none", .strings([])),
        ]),
      Group(
        "model_weights",
        attributes: [Attribute("layer_names", .strings(["dense", "", "über"]))] + chunks),
      Group("model_weights/a/b/c", attributes: [Attribute("name", .string("c"))]),
    ]
    for dtype in DType.allCases where ![.int4, .uint4, .float8E5M2].contains(dtype) {
      for (place, dimensions) in [[], [3], [2, 5], [0]].enumerated() {
        blueprint.datasets.append(
          try dataset(
            "tensors/\(dtype.rawValue)/\(place)", dtype, dimensions,
            attributes: [Attribute("dtype", .string(dtype.rawValue))]))
      }
    }
    return blueprint
  }
}

/// The files that are written, held against those of h5py.
@Suite struct WrittenFiles {
  private func fixture(_ name: String) throws -> OpenFile {
    try OpenFile.reading(Fixture.folder.appending(path: "written/\(name)").path)
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    let file = try fixture(name)
    return try file.slice().bytes(at: 0, count: Int(file.status().byteCount))
  }

  /// That libhdf5 is a later version than Debian 12 has.
  @Test func aFileIsByteByByteWhatH5pyWrites() throws {
    #expect(try Written(.plain()).bytes == bytes("plain.h5"))
    #expect(try Written(.written()).bytes == bytes("written.h5"))
  }

  @Test func whatIsWrittenReadsAsWhatH5pyWrites() throws {
    let blueprint = try HDF5Blueprint.written()
    let written = try Written(blueprint).tree
    let file = try fixture("written.h5")
    let expected = try HDF5File(file.slice()).tree()
    #expect(written.allAttributes() == expected.allAttributes())
    let (datasets, others) = (written.allDatasets(), expected.allDatasets())
    #expect(datasets.keys == others.keys)
    for (path, dataset) in datasets {
      #expect(dataset.elements == others[path]?.elements, "\(path)")
      #expect(dataset.shape == others[path]?.shape, "\(path)")
      #expect(dataset.storage.word == others[path]?.storage.word, "\(path)")
    }
  }

  @Test func tensorsLieWhereTheWriterSays() throws {
    let blueprint = try HDF5Blueprint.written()
    let written = try Written(blueprint)
    let datasets = written.tree.allDatasets()
    for (offset, dataset) in zip(written.skeleton.offsets, blueprint.datasets) {
      let length = dataset.tensor.byteCount
      let extent = offset.flatMap { ByteExtent(offset: $0, length: length) }
      #expect(
        datasets[dataset.tensor.name]?.storage == extent.map { .contiguous($0) } ?? HDF5Storage.none
      )
    }
    let offsets = written.skeleton.offsets.compactMap(\.self)
    #expect(offsets == offsets.sorted())
    #expect(offsets.count == 48)
  }

  @Test func typesWithoutOneInNumPyAreWrittenAsOthers() throws {
    var blueprint = HDF5Blueprint()
    blueprint.datasets = try [DType.int4, .uint4, .float8E5M2].map {
      try HDF5Blueprint.dataset($0.rawValue, $0, [7])
    }
    let datasets = try Written(blueprint).tree.allDatasets()
    #expect(
      datasets.mapValues(\.elements) == [
        "int4": .numbers(.int8), "uint4": .numbers(.uint8), "float8_e5m2": .opaque(byteWidth: 1),
      ])
  }

  @Test func aBlueprintGivesTheSameBytesAgain() throws {
    let blueprint = try HDF5Blueprint.written()
    #expect(try Written(blueprint).bytes == Written(blueprint).bytes)
  }

  /// No byte of a tensor is written, so one may be larger than the disk.
  @Test func aTensorTakesNoRoom() throws {
    var blueprint = HDF5Blueprint()
    blueprint.datasets = [
      try HDF5Blueprint.dataset("large", .float32, [1 << 20, 1 << 20]),
      try HDF5Blueprint.dataset("small", .int64, []),
    ]
    let file = try OpenFile.nameless(
      in: FileManager.default.temporaryDirectory.path, else: "registry-nameless", title: "a file")
    let skeleton = try HDF5Writer.writeSkeleton(of: blueprint, to: file.descriptor)
    #expect(skeleton.byteCount > 4 << 40)
    var status = stat()
    #expect(fstat(file.descriptor, &status) == 0)
    #expect(status.st_blocks * 512 < 1 << 20)
  }

  @Test func aGroupMayBeNamedAfterWhatIsInIt() throws {
    var blueprint = HDF5Blueprint()
    blueprint.groups = [
      .init("a/b"), .init("a", attributes: [.init("name", .string("a"))]), .init("a/b/c"),
    ]
    let tree = try Written(blueprint).tree
    #expect(tree.groups["a"]?.attributes == ["name": .string("a")])
    #expect(tree.groups["a"]?.groups["b"]?.groups["c"] == HDF5Group())
  }

  @Test func theLargestAttributesAreWritten() throws {
    var blueprint = HDF5Blueprint()
    let name = String(repeating: "n", count: HDF5Blueprint.attributeNameLimit)
    blueprint.groups = [
      .init(
        "",
        attributes: [
          .init(name, .strings(Array(repeating: "x", count: 4032))),
          .init("fixed", .fixedStrings([String(repeating: "y", count: 64512)])),
          .init("text", .string(String(repeating: "z", count: 3_000_000))),
        ])
    ]
    let attributes = try Written(blueprint).tree.attributes
    #expect(attributes[name] == .strings(Array(repeating: "x", count: 4032)))
    #expect(attributes["fixed"] == .strings([String(repeating: "y", count: 64512)]))
    #expect(attributes["text"] == .string(String(repeating: "z", count: 3_000_000)))
  }
}

/// Blueprints of which no file can be made.
@Suite struct ImpossibleBlueprints {
  private func error(groups: [HDF5Blueprint.Group] = [], datasets: [HDF5Blueprint.Dataset] = [])
    -> HDF5WriterError?
  {
    var blueprint = HDF5Blueprint()
    blueprint.groups = groups
    blueprint.datasets = datasets
    do throws(HDF5WriterError) { try blueprint.check() } catch { return error }
    return nil
  }

  private func error(_ attributes: HDF5Blueprint.Attribute...) -> HDF5WriterError? {
    error(groups: [.init("g", attributes: attributes)])
  }

  @Test(arguments: ["/", "/a", "a/", "a//b", ".", "a/./b", "a\0", "a\0b/c"])
  func aPathWithPartsThatAreNoNamesIsRefused(_ path: String) throws {
    #expect(error(groups: [.init(path)]) == .badPath("/" + path))
    let dataset = try HDF5Blueprint.dataset(path, .int8, [])
    #expect(error(datasets: [dataset]) == .badPath("/" + path))
  }

  @Test func aPathThatIsTooLongOrTooDeepIsRefused() {
    let long = String(repeating: "x", count: HDF5Limits.pathBytes + 1)
    #expect(error(groups: [.init(long)]) == .badPath("/" + long))
    let deep = Array(repeating: "x", count: HDF5Limits.depth + 2).joined(separator: "/")
    #expect(error(groups: [.init(deep)]) == .badPath("/" + deep))
  }

  @Test func aDatasetHasAName() throws {
    let dataset = try HDF5Blueprint.dataset("", .int8, [])
    #expect(error(datasets: [dataset]) == .badPath("/"))
  }

  @Test func aPathIsUsedOnce() throws {
    let (a, below) = (
      try HDF5Blueprint.dataset("a", .int8, []), try HDF5Blueprint.dataset("a/b", .int8, [])
    )
    #expect(error(groups: [.init("a"), .init("a")]) == .repeatedPath("/a"))
    #expect(error(datasets: [a, a]) == .repeatedPath("/a"))
    #expect(error(groups: [.init("a")], datasets: [a]) == .repeatedPath("/a"))
    #expect(error(groups: [.init("a/g")], datasets: [a]) == .repeatedPath("/a"))
    #expect(error(datasets: [a, below]) == .repeatedPath("/a"))
    #expect(error(datasets: [below, a]) == .repeatedPath("/a"))
  }

  @Test func attributesHaveNamesOfTheirOwn() {
    let long = String(repeating: "n", count: HDF5Blueprint.attributeNameLimit + 1)
    for name in ["", "a\0", long] {
      #expect(error(.init(name, .string(""))) == .badAttributeName(location: "/g@" + name))
    }
    #expect(
      error(.init("a", .string("")), .init("a", .strings([])))
        == .repeatedAttribute(location: "/g@a"))
  }

  @Test func anAttributeThatNoHeaderHasRoomForIsRefused() {
    let limit = HDF5Blueprint.attributeByteLimit
    #expect(
      error(.init("a", .strings(Array(repeating: "", count: 4033))))
        == .attributeTooLarge(location: "/g@a", allowed: limit, found: 4033 * 16))
    #expect(
      error(.init("a", .fixedStrings(["", String(repeating: "x", count: 40_000)])))
        == .attributeTooLarge(location: "/g@a", allowed: limit, found: 80_000))
  }

  @Test func aTextThatWouldEndAtAZeroIsRefused() {
    for value in [
      HDF5Blueprint.Value.string("a\0b"), .strings(["", "\0"]), .fixedStrings(["a\0"]),
    ] {
      #expect(error(.init("a", value)) == .zeroByte(location: "/g@a"))
    }
  }

  @Test func tensorsHaveToFit() throws {
    let ones = Array(repeating: 1, count: 33)
    #expect(
      error(datasets: [try HDF5Blueprint.dataset("d", .int8, ones)])
        == .tooManyDimensions(location: "/d", allowed: 32, found: 33))
    let half = 1 << 62
    #expect(
      error(datasets: [
        try HDF5Blueprint.dataset("d", .int8, [half]),
        try HDF5Blueprint.dataset("e", .int8, [half]),
      ]) == .tooLarge)
  }
}
