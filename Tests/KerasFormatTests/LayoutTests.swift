import HDF5Format
import KerasFormat
import Tensors
import Testing

/// Nothing in a file is dropped, and what is broken is an error.
@Suite struct LayoutTests {
  private func reading(_ root: HDF5Group) throws -> KerasHDF5Reading {
    try KerasHDF5.reading(of: root)
  }

  private static func contiguous(_ offset: UInt64, _ length: UInt64) -> HDF5Storage {
    ByteExtent(offset: offset, length: length).map { .contiguous($0) } ?? .none
  }

  private static func dataset(
    _ elements: HDF5Elements, _ dimensions: [Int], _ storage: HDF5Storage,
    dtype: String? = nil
  ) -> HDF5Dataset {
    var dataset = HDF5Dataset(
      elements: elements, shape: Shape(dimensions) ?? .scalar, storage: storage)
    dataset.attributes["dtype"] = dtype.map { .string($0) }
    return dataset
  }

  @Test func aTensorLiesWhereItsDatasetDoes() throws {
    let root = Trees.layers([
      "a": Trees.listing(["a/kernel:0": Trees.tensor(2, 3, storage: Self.contiguous(4096, 24))])
    ])
    let reading = try reading(root)
    let extent = try #require(ByteExtent(offset: 4096, length: 24))
    #expect(reading.snapshot.variables.map(\.bytes) == [.source(file: 0, extent)])
    #expect(reading.datasetsToDecode.isEmpty)
  }

  @Test func decodedTensorsFollowEachOtherInTheOrderOfTheList() throws {
    let root = Trees.layers([
      "b": Trees.listing([
        "b/kernel:0": Trees.tensor(2, 3),
        "b/there:0": Trees.tensor(1, storage: Self.contiguous(8, 4)),
        "b/unwritten:0": Trees.tensor(5, storage: .none),
      ]),
      "a": Trees.listing(["a/kernel:0": Trees.tensor(4), "a/empty:0": Trees.tensor(0)]),
    ])
    let reading = try reading(root)
    #expect(
      reading.datasetsToDecode
        == ["b/b/kernel:0", "b/b/unwritten:0", "a/a/kernel:0"].map {
          DatasetToDecode(file: 0, path: $0)
        })
    let decoded = reading.snapshot.variables.compactMap { variable -> ByteExtent? in
      if case .decoded(let extent) = variable.bytes { extent } else { nil }
    }
    #expect(decoded.map(\.offset) == [0, 24, 44])
    #expect(decoded.map(\.length) == [24, 20, 16])
  }

  @Test func tensorsThatNoListNamesAreVariablesToo() throws {
    var root = Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(2)])])
    root.groups["a"]?.datasets["extra"] = Trees.tensor(3)
    root.groups["unknown"] = HDF5Group(datasets: ["x": Trees.tensor(1)])
    root.datasets["alone"] = Trees.tensor(1)
    let snapshot = try reading(root).snapshot
    #expect(snapshot.paths(of: .other) == ["a/extra", "alone", "unknown/x"])
    #expect(snapshot.paths(of: .weight) == ["a/kernel"])
  }

  @Test func whatIsNoTensorIsAFinding() throws {
    let root = Trees.layers([
      "a": Trees.listing([
        "a/words:0": Self.dataset(.other("string"), [2], .encoded),
        "a/bytes:0": Self.dataset(.opaque(byteWidth: 3), [2], .encoded),
        "a/named:0": Self.dataset(.opaque(byteWidth: 2), [2], .encoded, dtype: "float32"),
      ])
    ])
    let snapshot = try reading(root).snapshot
    #expect(snapshot.variables.isEmpty)
    #expect(snapshot.findings.map(\.kind) == [.unreadDataset, .unreadDataset, .unreadDataset])
    #expect(
      snapshot.findings.map(\.location) == ["a/a/bytes:0", "a/a/named:0", "a/a/words:0"])
    #expect(
      snapshot.findings.map(\.detail) == [
        "opaque elements of 3 bytes", "opaque elements of 2 bytes", "string",
      ])
  }

  @Test(arguments: [nil, "bfloat16"])
  func twoOpaqueBytesAreABfloat16(_ name: String?) throws {
    let dataset = Self.dataset(.opaque(byteWidth: 2), [3], Self.contiguous(64, 6), dtype: name)
    let root = Trees.layers(["a": Trees.listing(["a/kernel:0": dataset])])
    #expect(try reading(root).snapshot.variables.map(\.dtype) == [.bfloat16])
  }

  @Test func anOpaqueTypeThatKeras3NamesIsThatType() throws {
    let dataset = Self.dataset(
      .opaque(byteWidth: 1), [3], Self.contiguous(64, 3), dtype: "float8_e4m3fn")
    let root = HDF5Group(groups: ["vars": HDF5Group(datasets: ["0": dataset])])
    #expect(try reading(root).snapshot.variables.map(\.dtype) == [.float8E4M3FN])
  }

  @Test func longListsAreSpreadOverNumberedAttributes() throws {
    var root = HDF5Group()
    root.attributes["layer_names0"] = .strings(["b", "a"])
    root.attributes["layer_names1"] = .strings(["c"])
    for (name, value) in Trees.layers([
      "a": Trees.listing(["a/kernel:0": Trees.tensor(1)]),
      "b": Trees.listing(["b/kernel:0": Trees.tensor(1)]),
      "c": HDF5Group(attributes: ["weight_names": .strings([])]),
    ]).groups { root.groups[name] = value }
    #expect(try reading(root).snapshot.variables.map(\.path) == ["b/kernel", "a/kernel"])
  }

  @Test func seedsAndMetricsAreNoWeights() throws {
    func vars() -> HDF5Group {
      HDF5Group(groups: ["vars": HDF5Group(datasets: ["0": Trees.tensor(2)])])
    }
    let root = HDF5Group(groups: [
      "layers": HDF5Group(groups: [
        "dropout": HDF5Group(groups: ["seed_generator": vars()]), "dense": vars(),
      ]),
      "metrics": HDF5Group(groups: ["mean": vars()]), "optimizer": vars(),
      "_layer_checkpoint_dependencies": HDF5Group(groups: ["dense": vars()]),
    ])
    let snapshot = try reading(root).snapshot
    #expect(snapshot.paths(of: .seed) == ["layers/dropout/seed_generator/vars/0"])
    #expect(snapshot.paths(of: .metric) == ["metrics/mean/vars/0"])
    #expect(snapshot.paths(of: .optimizer) == ["optimizer/vars/0"])
    #expect(
      snapshot.paths(of: .weight) == [
        "_layer_checkpoint_dependencies/dense/vars/0", "layers/dense/vars/0",
      ])
  }

  @Test func aListedWeightThatIsAbsentIsAnError() {
    var root = Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(2)])])
    root.groups["a"]?.attributes["weight_names"] = .strings(["a/kernel:0", "a/bias:0"])
    let error = KerasFormatError.malformed(
      location: "/a/a/bias:0", expected: "a dataset, for weight_names has it", found: "nothing")
    #expect(throws: error) { try reading(root) }
  }

  @Test func aListedLayerThatIsAbsentIsAnError() {
    let root = HDF5Group(attributes: ["layer_names": .strings(["a"])])
    #expect(throws: KerasFormatError.self) { try reading(root) }
  }

  @Test func aListThatIsNoListIsAnError() {
    let root = HDF5Group(attributes: ["layer_names": .unread])
    #expect(throws: KerasFormatError.self) { try reading(root) }
  }

  @Test func bytesThatDoNotMakeTheShapeAreAnError() {
    let short = Trees.tensor(2, storage: Self.contiguous(64, 7))
    let root = Trees.layers(["a": Trees.listing(["a/kernel:0": short])])
    let error = KerasFormatError.malformed(
      location: "a/a/kernel:0", expected: "8 bytes for float32 (2,)", found: "7 bytes")
    #expect(throws: error) { try reading(root) }
  }

  @Test func shapesBeyondAllMemoryAreAnError() {
    let huge = Trees.tensor(Int.max / 4)
    let root = Trees.layers([
      "a": Trees.listing(["x": huge, "y": huge, "z": huge])
    ])
    #expect(throws: KerasFormatError.self) { try reading(root) }
    let larger = Trees.layers(["a": Trees.listing(["x": Trees.tensor(Int.max, 2)])])
    #expect(throws: KerasFormatError.self) { try reading(larger) }
  }

  @Test func aFileOfOthersIsRefusedWithWhatIsInIt() {
    let root = HDF5Group(
      attributes: ["title": .string("x")], groups: ["entry": HDF5Group()],
      datasets: ["counts": Trees.tensor(1)])
    let error = KerasFormatError.notKeras(
      found: "groups entry; datasets counts; attributes title")
    #expect(throws: error) { try reading(root) }
    let others = HDF5Group(groups: ["vars": HDF5Group(datasets: ["speed": Trees.tensor(1)])])
    #expect(throws: KerasFormatError.notKeras(found: "groups vars")) { try reading(others) }
    #expect(throws: KerasFormatError.notKeras(found: "an empty file")) {
      try reading(HDF5Group())
    }
  }
}
