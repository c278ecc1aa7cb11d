import Catalog
import Checksums
import Digests
import Files
import ModelRegistry
import Tensors
import Testing

/// A variable in the stub's SavedModel.
private struct Item {
  var path: String
  var key: String
  var role = Role.weight
  var length: Int
}

private let index = "variables/variables.index"
private let data = "variables/variables.data-00000-of-00001"

/// Reads a folder whose shard has tensors with three bytes before each.
private struct GraphReader: ModelReader {
  var items: [Item]
  /// Not in one piece: the reader makes their bytes.
  var scattered: Set<String> = []
  var format = ModelFormat.savedModel

  func read(
    _ source: OpenSource, in context: ReadingContext, spool: Int32
  ) throws -> ModelSnapshot {
    let file = try #require(source.files.firstIndex { $0.name == data })
    var snapshot = ModelSnapshot(format: format)
    var offset: UInt64 = 0
    for item in items {
      let extent = try #require(ByteExtent(offset: offset + 3, length: UInt64(item.length)))
      var bytes = TensorBytes.source(file: file, extent)
      if scattered.contains(item.path) {
        let spool = Spool(descriptor: spool)
        try spool.reserve(extent.length)
        let slice = FileSlice(
          descriptor: source.files[file].descriptor, name: data,
          byteCount: source.files[file].byteCount)
        try slice.bytes(at: extent.offset, count: item.length)
          .withUnsafeBytes { try spool.append($0) }
        bytes = .decoded(try #require(ByteExtent(offset: 0, length: extent.length)))
      }
      snapshot.variables.append(
        Variable(
          path: item.path, containerPath: item.key, role: item.role, dtype: .uint8,
          shape: try #require(Shape([item.length])), bytes: bytes))
      offset = extent.end
    }
    return snapshot
  }
}

/// Puts the checksums that it is told of behind the index.
private struct IndexWriter: PlainWriter {
  struct Unasked: Error {}
  /// The copies that it knows.
  var known: [String: [String]] = [:]
  /// Whether it looks at the files that it is given.
  var isCareful = true

  func expected(of request: ExportRequest, _ model: RecordedModel) throws -> ExpectedExport {
    throw Unasked()
  }

  func export(
    _ request: ExportRequest, of model: RecordedModel, checksum: TensorChecksum
  ) throws -> ExportedModel {
    throw Unasked()
  }

  func copies(in checkpoint: [SourceFile]) throws -> [String: [String]] {
    #expect(checkpoint.map(\.name) == [data, index])
    for file in checkpoint where isCareful {
      let slice = FileSlice(
        descriptor: file.descriptor, name: file.name, byteCount: file.byteCount)
      let bytes = try slice.bytes(at: 0, count: Int(file.byteCount))
      if file.name == index {
        #expect(bytes == Array("index".utf8))
      } else {
        // What is between the tensors is there, and tensors are holes.
        #expect(bytes.prefix(3).allSatisfy { $0 == 0xEE })
        #expect(bytes.last == 0xEE)
        #expect(Set(bytes) == [0, 0xEE])
      }
    }
    return known
  }

  func checkpointIndex(_ index: [UInt8], with checksums: [String: UInt32]) throws -> [UInt8] {
    index + Array(line(checksums).utf8)
  }
}

private func line(_ checksums: [String: UInt32]) -> String {
  checksums.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
}

@Suite struct GraphExportTests {
  private let bench: Workbench
  private let registry: Registry
  private let items = [
    Item(path: "a/kernel", key: "layer-0/kernel", length: 200_000),
    Item(path: "b/kernel", key: "layer-1/kernel", length: 7),
    Item(path: "optimizer/m/a/kernel", key: "opt/m", role: .optimizer, length: 9),
  ]

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
    try commit(items, seed: 1, to: "graph")
  }

  private func tensors(_ items: [Item], seed: UInt64) -> [[UInt8]] {
    items.enumerated().map { noise($1.length, seed: seed * 100 + UInt64($0)) }
  }

  private func commit(
    _ items: [Item], seed: UInt64, to name: String, _ tensors: [[UInt8]]? = nil,
    configure: (inout GraphReader) -> Void = { _ in }
  ) throws {
    let folder = bench.folder + "/" + name
    try Folder.removeTree(folder)
    try Folder.createWithParents(folder + "/variables")
    try Folder.create(folder + "/assets")
    _ = try bench.write(
      "\(name)/\(data)", tensors: tensors ?? self.tensors(items, seed: seed))
    try OpenFile.creating("\(folder)/\(index)").write(Array("index".utf8))
    try OpenFile.creating("\(folder)/saved_model.pb").write(Array("program of \(name)".utf8))
    var request = CommitRequest(path: folder)
    request.model = "m"
    var reader = GraphReader(items: items)
    configure(&reader)
    _ = try registry.commit(request, reading: reader)
  }

  private func order(_ version: String = "v2") throws -> ExportOrder {
    var order = ExportOrder(
      try Reference(parsing: version), ExportRequest(format: .savedModel))
    order.graph = try Reference(parsing: "v1")
    order.target = .path(bench.folder + "/out")
    return order
  }

  /// What stands against an export, as far as it is told.
  private func obstacles(_ writer: IndexWriter = IndexWriter()) throws -> [ConversionNote] {
    let expected = try registry.expected(of: order(), with: writer).expected
    let impossible = expected.notes.filter { $0.kind == .impossible }
    #expect(
      throws: RegistryError.unfittingGraph(impossible, version: "m@v2", graph: "m@v1")
    ) { try registry.export(order(), with: writer) }
    #expect(try Folder.status(of: bench.folder + "/out") == nil)
    return impossible
  }

  @Test func onlyTensorsAndTheirChecksumsDiffer() throws {
    try commit(items.reversed(), seed: 2, to: "other")
    let report = try registry.export(order(), with: IndexWriter())
    let own = Array(tensors(items.reversed(), seed: 2).reversed())
    let out = bench.folder + "/out/"
    #expect(try bench.bytes(out + "saved_model.pb") == Array("program of graph".utf8))
    let filler: [UInt8] = [0xEE, 0xEE, 0xEE]
    #expect(try bench.bytes(out + data) == own.flatMap { filler + $0 } + [0xEE])
    let checksums = Dictionary(
      uniqueKeysWithValues: zip(items.map(\.key), own.map { CRC32C.of($0) }))
    #expect(
      String(decoding: try bench.bytes(out + index), as: UTF8.self) == "index" + line(checksums))
    #expect(
      try Folder.names(in: bench.folder + "/out")
        == ["assets", "assets.extra", "saved_model.pb", "variables"])
    for file in report.files { #expect(try Digest(of: bench.bytes(file.path)) == file.digest) }
    #expect(report.notes.isEmpty)
    let graph = try registry.entry(Reference(parsing: "v1")).version.id.hex
    let names = try registry.show(Reference(parsing: "v2")).exports.map(\.name)
    #expect(Set(names) == Set(report.files.map { "savedmodel graph=\(graph) \($0.name)" }))
  }

  @Test func aGraphWithItsOwnTensorsIsAsItWasCommitted() throws {
    _ = try registry.export(order("v1"), with: IndexWriter())
    for file in [index, data, "saved_model.pb"] {
      #expect(
        try bench.bytes("\(bench.folder)/out/\(file)")
          == bench.bytes("\(bench.folder)/graph/\(file)"))
    }
  }

  @Test func optimizersMayDifferAndTheGraphsStays() throws {
    let others =
      items.prefix(2) + [
        Item(path: "optimizer/v/a/kernel", key: "opt/v", role: .optimizer, length: 5)
      ]
    try commit(Array(others), seed: 2, to: "other")
    let report = try registry.export(order(), with: IndexWriter())
    #expect(report.notes.map(\.kind) == [.lost, .lost])
    #expect(report.notes.map(\.location) == ["optimizer", "optimizer"])
    let bytes = try bench.bytes("\(bench.folder)/out/\(data)")
    #expect(bytes.suffix(10).dropLast() == tensors(items, seed: 1)[2][...])
  }

  @Test func withoutItsOptimizerTheGraphsStays() throws {
    try commit(items, seed: 2, to: "other")
    var order = try order()
    order.request.withOptimizer = false
    let report = try registry.export(order, with: IndexWriter())
    #expect(report.notes.map(\.location) == ["optimizer"])
    let bytes = try bench.bytes("\(bench.folder)/out/\(data)")
    #expect(bytes.suffix(10).dropLast() == tensors(items, seed: 1)[2][...])
  }

  @Test func anotherArchitectureIsRefusedVariableByVariable() throws {
    var others = items
    others[0].length = 8
    others[1].path = "c/kernel"
    others[2].role = .other
    try commit(others, seed: 2, to: "other")
    #expect(
      try obstacles() == [
        ConversionNote(
          .impossible, at: "a/kernel",
          "expected weight, uint8 (200000,), found weight, uint8 (8,)"),
        ConversionNote(
          .impossible, at: "b/kernel", "expected weight, uint8 (7,), found none"),
        ConversionNote(
          .impossible, at: "optimizer/m/a/kernel",
          "expected optimizer, uint8 (9,), found other, uint8 (9,)"),
        ConversionNote(.impossible, at: "c/kernel", "the graph has no such variable"),
      ])
  }

  @Test func onlySavedModelsHaveGraphs() throws {
    try registry.commit(bench.write("a.h5", tensors: [[1]]), lengths: [1])
    var order = try order("v1")
    order.graph = try Reference(parsing: "v2")
    #expect(throws: RegistryError.noGraph(version: "m@v2", format: "h5")) {
      try registry.export(order, with: IndexWriter())
    }
  }

  @Test func whatIsNotInOnePieceCannotBecomeAnother() throws {
    try commit(items, seed: 3, to: "graph") { $0.scattered = ["b/kernel"] }
    try commit(items, seed: 2, to: "other")
    var order = try order("v3")
    order.graph = try Reference(parsing: "v2")
    let notes = try registry.expected(of: order, with: IndexWriter(isCareful: false)).expected.notes
    #expect(notes.map(\.kind) == [.impossible])
    #expect(notes.map(\.location) == ["b/kernel"])
  }
}

/// A graph whose functions use copies of its variables, as Keras 3 exports them.
extension GraphExportTests {
  private var doubled: [Item] {
    [
      Item(path: "a/bias", key: "variables/0", length: 4),
      Item(path: "b/bias", key: "variables/1", length: 4),
      Item(path: "_all_variables/0", key: "_all_variables/0", role: .other, length: 4),
      Item(path: "_all_variables/1", key: "_all_variables/1", role: .other, length: 4),
    ]
  }

  private func order(inGraphOf graph: String, _ version: String) throws -> ExportOrder {
    var order = try order(version)
    order.graph = try Reference(parsing: graph)
    return order
  }

  private var copies: [String: [String]] {
    ["_all_variables/0": ["variables/1"], "_all_variables/1": ["variables/0"]]
  }

  @Test func copiesFollowTheirVariablesWhateverTheirNumbers() throws {
    let (a, b): ([UInt8], [UInt8]) = ([1, 1, 1, 1], [2, 2, 2, 2])
    try commit(doubled, seed: 0, to: "doubled", [a, b, b, a])
    // The other's copies are in another order.
    let (c, d): ([UInt8], [UInt8]) = ([3, 3, 3, 3], [4, 4, 4, 4])
    try commit(doubled, seed: 0, to: "other", [c, d, c, d])
    _ = try registry.export(
      order(inGraphOf: "v2", "v3"), with: IndexWriter(known: copies, isCareful: false))
    let filler: [UInt8] = [0xEE, 0xEE, 0xEE]
    #expect(
      try bench.bytes("\(bench.folder)/out/\(data)")
        == [c, d, d, c].flatMap { filler + $0 } + [0xEE])
    let (sumC, sumD) = (CRC32C.of(c), CRC32C.of(d))
    #expect(
      String(decoding: try bench.bytes("\(bench.folder)/out/\(index)"), as: UTF8.self)
        == "index"
        + line([
          "variables/0": sumC, "variables/1": sumD, "_all_variables/0": sumD,
          "_all_variables/1": sumC,
        ]))
  }

  @Test func aCopyOfNobodyKnowsWhatIsRefused() throws {
    let (a, b): ([UInt8], [UInt8]) = ([1, 1, 1, 1], [2, 2, 2, 2])
    let unclear = ["_all_variables/0": ["variables/0", "variables/1"]]
    try commit(Array(doubled.prefix(3)), seed: 0, to: "doubled", [a, a, a])
    try commit(Array(doubled.prefix(2)), seed: 0, to: "other", [a, b])
    let order = try order(inGraphOf: "v2", "v3")
    let notes = try registry.expected(
      of: order, with: IndexWriter(known: unclear, isCareful: false)
    ).expected.notes
    #expect(notes.map(\.kind) == [.impossible])
    #expect(notes.map(\.location) == ["_all_variables/0"])
    // When both become the same, it does not matter.
    try commit(Array(doubled.prefix(2)), seed: 0, to: "third", [b, b])
    _ = try registry.export(
      self.order(inGraphOf: "v2", "v4"), with: IndexWriter(known: unclear, isCareful: false))
    let bytes = try bench.bytes("\(bench.folder)/out/\(data)")
    #expect(bytes.filter { $0 == 2 }.count == 12)
  }

  @Test func aCopyThatIsNoneIsRefused() throws {
    let (a, b): ([UInt8], [UInt8]) = ([1, 1, 1, 1], [2, 2, 2, 2])
    try commit(
      Array(doubled.prefix(3)), seed: 0, to: "doubled", [a, b, [9, 9, 9, 9]])
    try commit(Array(doubled.prefix(2)), seed: 0, to: "other", [b, a])
    let notes = try registry.expected(
      of: order(inGraphOf: "v2", "v3"),
      with: IndexWriter(known: ["_all_variables/0": ["variables/0"]], isCareful: false)
    ).expected.notes
    #expect(notes.map(\.kind) == [.impossible])
  }
}

/// A graph that names weights as Keras 3's variables are named, and a version that numbers those of
/// classes that Keras does not ship.
extension GraphExportTests {
  private static func key(_ number: Int) -> String {
    "variables/\(number)/.ATTRIBUTES/VARIABLE_VALUE"
  }

  /// Exports a version of some weights in a graph of others.
  ///
  /// - Returns: the numbers of the version's tensors that are in the shard, one behind the other.
  private func exported(
    _ own: [Item], in graph: [Item]
  ) throws -> [UInt8] {
    func tensors(_ items: [Item], from number: Int) -> [[UInt8]] {
      items.enumerated().map { Array(repeating: UInt8(number + $0), count: $1.length) }
    }
    try commit(graph, seed: 0, to: "graph", tensors(graph, from: 100))
    try commit(own, seed: 0, to: "other", tensors(own, from: 1))
    _ = try registry.export(
      order(inGraphOf: "v2", "v3"), with: IndexWriter(isCareful: false))
    return try bench.bytes("\(bench.folder)/out/\(data)").filter { $0 != 0xEE }
  }

  @Test func aModelsNameBeforeAllPathsIsNoPartOfThem() throws {
    let graph = [
      Item(path: "net/a/kernel", key: Self.key(0), length: 1),
      Item(path: "net/b/kernel", key: Self.key(1), length: 1),
    ]
    let own = [
      Item(path: "b/kernel", key: "b/kernel", length: 1),
      Item(path: "a/kernel", key: "a/kernel", length: 1),
    ]
    #expect(try exported(own, in: graph) == [2, 1])
  }

  @Test func numberedWeightsAreInTheOrderOfTheList() throws {
    // By key, 10 comes before 9.
    let graph = [
      Item(path: "net/a/kernel", key: Self.key(8), length: 1),
      Item(path: "net/own/scale", key: Self.key(10), length: 1),
      Item(path: "net/own/shift", key: Self.key(9), length: 1),
    ]
    let own = [
      Item(path: "a/kernel", key: "a/kernel", length: 1),
      Item(path: "own/vars/1", key: "own/vars/1", length: 1),
      Item(path: "own/vars/0", key: "own/vars/0", length: 1),
    ]
    #expect(try exported(own, in: graph) == [1, 2, 3])
  }

  @Test func numberedWeightsOfPartsAreToldByTheirShapes() throws {
    let graph = [
      Item(path: "own/dense_7/kernel", key: "own/inner/kernel", length: 2),
      Item(path: "own/scale", key: "own/scale", length: 1),
      Item(path: "b/kernel", key: "b/kernel", length: 1),
    ]
    let own = [
      Item(path: "own/vars/0", key: "own/vars/0", length: 1),
      Item(path: "b/kernel", key: "b/kernel", length: 1),
      Item(path: "own/inner/vars/0", key: "own/inner/vars/0", length: 2),
    ]
    #expect(try exported(own, in: graph) == [3, 3, 1, 2])
  }

  @Test func partsWithOtherNamesAreToldByWhatTheyHold() throws {
    let graph = [
      Item(path: "own/blend/scale", key: Self.key(3), length: 1),
      Item(path: "own/blend/shift", key: Self.key(4), length: 1),
      Item(path: "own/proj/kernel", key: Self.key(1), length: 2),
      Item(path: "own/proj/bias", key: Self.key(2), length: 1),
      Item(path: "own/w", key: Self.key(0), length: 1),
      Item(path: "b/kernel", key: Self.key(5), length: 1),
    ]
    let own = [
      Item(path: "b/kernel", key: "b/kernel", length: 1),
      Item(path: "own/vars/0", key: "own/vars/0", length: 1),
      Item(path: "own/inner/vars/0", key: "own/inner/vars/0", length: 2),
      Item(path: "own/inner/vars/1", key: "own/inner/vars/1", length: 1),
      Item(path: "own/mix/vars/0", key: "own/mix/vars/0", length: 1),
      Item(path: "own/mix/vars/1", key: "own/mix/vars/1", length: 1),
    ]
    #expect(try exported(own, in: graph) == [5, 6, 3, 3, 4, 2, 1])
  }

  @Test func numberedWeightsThatCouldBeEitherAreRefused() throws {
    let graph = [
      Item(path: "own/scale", key: "own/scale", length: 1),
      Item(path: "own/shift", key: "own/shift", length: 1),
    ]
    let own = [
      Item(path: "own/vars/0", key: "own/vars/0", length: 1),
      Item(path: "own/vars/1", key: "own/vars/1", length: 1),
    ]
    #expect(throws: RegistryError.self) { try exported(own, in: graph) }
    // Names that are only other names are another architecture.
    let renamed = [
      Item(path: "own/factor", key: "own/factor", length: 1),
      Item(path: "own/shift", key: "own/shift", length: 1),
    ]
    try Folder.removeTree(bench.folder + "/other")
    try commit(renamed, seed: 0, to: "other")
    let order = try order(inGraphOf: "v2", "v4")
    #expect(throws: RegistryError.self) {
      try registry.export(order, with: IndexWriter(isCareful: false))
    }
  }
}
