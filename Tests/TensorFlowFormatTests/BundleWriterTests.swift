import Checksums
import Digests
import Files
import StrictJSON
import Tensors
import Testing

@testable import TensorFlowFormat

/// Checkpoints are those that TensorFlow writes, byte for byte.
@Suite struct BundleWriterTests {
  /// A tensor as `Fixtures/make_written.py` makes it.
  private static func ramp(
    _ name: String, _ dtype: DType, _ dimensions: [Int]
  ) throws -> TensorToWrite {
    let shape = try #require(Shape(dimensions))
    let count = try #require(shape.byteCount(of: dtype))
    let modulus =
      switch dtype {
      case .bool: 2
      case .int4, .uint4: 8
      default: 256
      }
    return try #require(
      TensorToWrite(
        name: name, dtype: dtype, shape: shape,
        content: .literal((0..<count).map { UInt8($0 % modulus) })))
  }

  private static func crc32c(
    _ content: TensorContent, _ algorithm: Checksum.Algorithm
  ) throws -> UInt32 {
    #expect(algorithm == .crc32c)
    guard case .literal(let bytes) = content else { return 0 }
    return CRC32C.of(bytes)
  }

  private static func bytes(of layout: FileLayout) -> [UInt8] {
    layout.pieces.flatMap { piece -> [UInt8] in
      switch piece.content {
      case .bytes(let bytes), .tensor(.literal(let bytes)): bytes
      case .tensor: []
      }
    }
  }

  private static func write(_ checkpoint: CheckpointToWrite) throws -> CheckpointFiles {
    try BundleWriter.files(of: checkpoint, checksum: crc32c)
  }

  private static func expect(_ files: CheckpointFiles, are name: String) throws {
    let index = try Fixture.bytes(name + CheckpointFiles.indexSuffix)
    #expect(bytes(of: files.index) == index)
    #expect(bytes(of: files.data) == (try Fixture.bytes(name + CheckpointFiles.dataSuffix)))
  }

  @Test func everyTypeIsAsTensorFlowWritesIt() throws {
    let dtypes: [DType] = [
      .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32,
      .float64, .complex64, .complex128, .bfloat16, .float8E4M3FN, .float8E5M2, .int4, .uint4,
    ]
    #expect(Set(dtypes) == Set(DType.allCases))
    var tensors = try dtypes.map {
      try Self.ramp("layer/\($0.rawValue)/kernel", $0, [2, 3])
    }
    tensors += [
      try Self.ramp("scalar", .float32, []), try Self.ramp("nothing", .float32, [0, 5]),
      try Self.ramp("B", .uint8, [300]), try Self.ramp("ä", .int64, [1, 7, 1]),
    ]
    let words = (0..<20).map { _ in "some words" }.joined()
    let checkpoint = CheckpointToWrite(
      tensors: tensors,
      texts: [.init(key: "text", bytes: Array(words.utf8)), .init(key: "no text", bytes: [])])
    try Self.expect(try Self.write(checkpoint), are: "written-types")
  }

  @Test func typesHaveTheNumbersThatAreRead() {
    for dtype in DType.allCases { #expect(ElementType(dtype).dtype == dtype) }
  }

  /// What is read of TensorFlow's file is that file again: keys, objects and all.
  @Test func objectsAreAsTensorFlowWritesThem() throws {
    let (index, shards) = try Fixture.bundle("written-objects-1")
    let bundle = try TensorBundle(index, shards)
    var checkpoint = CheckpointToWrite(tensors: [], graph: try bundle.objectGraph())
    #expect(checkpoint.graph?.nodes.contains { !$0.slots.isEmpty } == true)
    // TensorFlow puts them behind each other as they come.
    let parts = bundle.entries.flatMap { entry in entry.parts.map { (entry, $0) } }
    for (entry, part) in parts.sorted(by: { $0.1.extent.offset < $1.1.extent.offset }) {
      guard case .numbers(let dtype) = entry.elements else { continue }
      let bytes = try #require(shards[part.shard]).slice
        .bytes(at: part.extent.offset, count: Int(part.extent.length))
      checkpoint.tensors.append(
        try #require(
          TensorToWrite(
            name: entry.key, dtype: dtype, shape: entry.shape, content: .literal(bytes))))
    }
    // All but the graph, which is written anew.
    #expect(checkpoint.tensors.count == bundle.entries.count - 1)
    try Self.expect(try Self.write(checkpoint), are: "written-objects-1")
    #expect(
      CheckpointState.text(latest: "written-objects-1")
        == (try Fixture.bytes("written-checkpoint")))
  }

  /// An index of several blocks, whose keys in the index of blocks are shortened.
  @Test func blocksEndWhereTensorFlowEndsThem() throws {
    let tensors = try (0..<5000).map { number in
      let digits = String(number * 7919 % 10007)
      let key =
        String(repeating: "0", count: 5 - digits.count) + digits
        + String(repeating: "abcdefgh", count: number % 23)
      let bytes = withUnsafeBytes(of: Int32(number).littleEndian) { Array($0) }
      return try #require(
        TensorToWrite(name: key, dtype: .int32, shape: .scalar, content: .literal(bytes)))
    }
    let files = try Self.write(CheckpointToWrite(tensors: tensors))
    let expected = try JSONValue(parsing: try Fixture.bytes("written-blocks.json"))
    #expect(Digest(of: Self.bytes(of: files.index)).hex == expected["index"]?.string)
    #expect(Digest(of: Self.bytes(of: files.data)).hex == expected["data"]?.string)
    #expect(files.index.byteCount > 3 * 262_144 / 2)
    let file = try ScratchFile(Self.bytes(of: files.index))
    var count = 0
    try SortedTable(file.slice, limits: TensorFlowLimits()).forEachEntry { _, _ in count += 1 }
    #expect(count == 5001)
  }

  /// Offsets of more than 32 bits.
  @Test func largeTensorsAreReadBack() throws {
    let sizes = [5 << 30, 1 << 40, 3]
    let tensors = try sizes.enumerated().map { number, size in
      let shape = try #require(Shape([size]))
      return try #require(
        TensorToWrite(name: "\(number)", dtype: .int8, shape: shape, content: .stored(number)))
    }
    let files = try Self.write(CheckpointToWrite(tensors: tensors))
    let index = try ScratchFile(Self.bytes(of: files.index), name: "large.index")
    let data = try ScratchFile([], padding: Int(files.data.byteCount))
    let bundle = try TensorBundle(index, [0: data])
    let extents = bundle.entries.flatMap { $0.parts.map(\.extent) }
    #expect(extents.map { Int($0.length) } == sizes)
    #expect(extents.map(\.offset) == [0, 5_368_709_120, 1_104_880_336_896])
  }

  @Test func keysMustBeDistinctAndFree() throws {
    func write(_ keys: [String]) throws {
      _ = try Self.write(
        CheckpointToWrite(tensors: try keys.map { try Self.ramp($0, .int8, [1]) }))
    }
    try write(["ä", "a\u{308}"])
    #expect(throws: CheckpointWritingError.repeatedKey("a")) { try write(["a", "b", "a"]) }
    #expect(throws: CheckpointWritingError.reservedKey("")) { try write([""]) }
    #expect(throws: CheckpointWritingError.reservedKey("\0a")) { try write(["\0a"]) }
    let long = String(repeating: "a", count: 65_537)
    #expect(throws: CheckpointWritingError.keyTooLong(long, allowed: 65_536)) { try write([long]) }
    let graph = ObjectGraph(nodes: [.init()])
    let key = TensorBundle.objectGraphKey
    let checkpoint = CheckpointToWrite(
      tensors: [try Self.ramp(key, .int8, [1])], graph: graph)
    #expect(throws: CheckpointWritingError.repeatedKey(key)) { try Self.write(checkpoint) }
  }

  @Test func moreThan63BitsAreRefused() throws {
    let tensors = try ["a", "b"].map { name in
      let shape = try #require(Shape([Int.max]))
      return try #require(
        TensorToWrite(name: name, dtype: .int8, shape: shape, content: .stored(0)))
    }
    #expect(throws: CheckpointWritingError.tooLarge(key: "b")) {
      try Self.write(CheckpointToWrite(tensors: tensors))
    }
  }

  @Test func referencesMustHold() throws {
    func write(_ nodes: [ObjectGraph.Node]) throws {
      _ = try Self.write(
        CheckpointToWrite(
          tensors: [try Self.ramp("a", .int8, [1])], graph: ObjectGraph(nodes: nodes)))
    }
    typealias Failure = CheckpointWritingError
    try write([.init(children: [.init(name: "self", node: 0)])])
    #expect(throws: Failure.noSuchNode(from: 0, name: "", node: 0, count: 0)) { try write([]) }
    #expect(throws: Failure.noSuchNode(from: 0, name: "x", node: 1, count: 1)) {
      try write([.init(children: [.init(name: "x", node: 1)])])
    }
    #expect(throws: Failure.noSuchNode(from: 0, name: "m", node: -1, count: 1)) {
      try write([.init(slots: [.init(original: 0, name: "m", variable: -1)])])
    }
    #expect(throws: Failure.noSuchKey(node: 0, key: "b")) {
      try write([
        .init(attributes: [.init(name: "VARIABLE_VALUE", fullName: "", key: "b")])
      ])
    }
  }
}
