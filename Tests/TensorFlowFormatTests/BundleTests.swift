import Checksums
import Digests
import Files
import StrictJSON
import Tensors
import Testing

@testable import TensorFlowFormat

/// What TensorFlow wrote is read as TensorFlow reads it.
@Suite struct BundleTests {
  @Test(arguments: Fixture.bundles)
  func tensorsAreThoseThatTensorFlowReads(_ name: String) throws {
    let (index, shards) = try Fixture.bundle(name)
    let bundle = try TensorBundle(index, shards)
    let expected = try #require(
      Fixture.expected["bundles"]?[name]?["tensors"]?.object)
    #expect(bundle.entries.map(\.key).sorted() == expected.keys.sorted())
    #expect(bundle.entries.map { Array($0.key.utf8) }.isSorted)
    let scratch = try ScratchFile([])
    let spool = Spool(descriptor: scratch.slice.descriptor)
    for entry in bundle.entries {
      let tensor = try #require(expected[entry.key])
      #expect(entry.shape.dimensions == tensor["shape"]?.array?.compactMap(\.integer))
      #expect(bundle.entry(entry.key) == entry)
      switch entry.elements {
      case .numbers(let dtype):
        #expect(dtype.rawValue == tensor["dtype"]?.string)
        let extent = try bundle.assemble(entry, into: spool)
        let bytes = try spool.slice(from: extent.offset, name: entry.key)
          .bytes(at: 0, count: Int(extent.length))
        #expect(Digest(of: bytes).hex == tensor["sha256"]?.string)
        if bundle.liesInOnePiece(entry) { try expectRaw(entry, bytes, shards) }
      case .strings:
        let strings = try bundle.strings(of: entry).map(hex)
        #expect(strings == tensor["strings"]?.array?.compactMap(\.string))
      case .other: Issue.record("\(entry.key) is \(entry.elements)")
      }
    }
  }

  /// The bytes lie in the shard as they are, and their checksum is the recorded one.
  private func expectRaw(
    _ entry: TensorBundle.Entry, _ bytes: [UInt8], _ shards: [Int: ScratchFile]
  ) throws {
    let part = try #require(entry.parts.first)
    let shard = try #require(shards[part.shard]).slice
    let raw = try shard.bytes(at: part.extent.offset, count: Int(part.extent.length))
    #expect(raw == bytes)
    #expect(CRC32C.of(raw) == part.crc32c)
  }

  @Test func partsAreSlicesAndShards() throws {
    let (index, shards) = try Fixture.bundle("boxes")
    let boxes = try #require(try TensorBundle(index, shards).entries.first)
    #expect(
      boxes.parts.map { $0.slice?.start } == [[0, 0], [7, 0], [7, 90], [12, 90]])
    #expect(
      boxes.parts.map { $0.slice?.length } == [[7, 100], [13, 90], [5, 10], [8, 10]])
    let (three, files) = try Fixture.bundle("shards")
    let bundle = try TensorBundle(three, files)
    #expect(bundle.shardCount == 3)
    #expect(Set(bundle.entries.flatMap(\.parts).map(\.shard)) == [0, 1, 2])
  }

  @Test func objectsAreThoseThatTensorFlowRecorded() throws {
    let (index, shards) = try Fixture.bundle("objects")
    let graph = try #require(try TensorBundle(index, shards).objectGraph())
    let expected = try #require(
      Fixture.expected["bundles"]?["objects"]?["objects"]?.array)
    #expect(graph.nodes.count == expected.count)
    for (node, expected) in zip(graph.nodes, expected) {
      #expect(
        node.children.map { JSONValue.array([.string($0.name), .integer($0.node)]) }
          == expected["children"]?.array)
      #expect(
        node.attributes.map {
          JSONValue.array([.string($0.name), .string($0.fullName), .string($0.key)])
        } == expected["attributes"]?.array)
      #expect(
        node.slots.map {
          JSONValue.array([.integer($0.original), .string($0.name), .integer($0.variable)])
        }
          == expected["slots"]?.array)
    }
    #expect(graph.nodes.contains { !$0.slots.isEmpty })
    let (named, files) = try Fixture.bundle("named")
    #expect(try TensorBundle(named, files).objectGraph() == nil)
  }

  @Test func theFirstFormatIsNamed() throws {
    let index = try Fixture.file("version1.index")
    #expect(
      throws: TensorFlowFormatError.unsupported(
        location: "version1.index", .version1Checkpoint)
    ) { try TensorBundle(index, [:]) }
  }

  /// The text is what `tf.compat.v1.train.update_checkpoint_state` writes.
  @Test func theStateNamesTheLatest() throws {
    let text = """
      model_checkpoint_path: "/tmp/a \\"b\\"/ck-2"
      all_model_checkpoint_paths: "ck-1"
      all_model_checkpoint_paths: "caf\\303\\251"
      all_model_checkpoint_timestamps: 1795358291.3366332
      last_preserved_timestamp: 1795358290.1
      """
    let state = try CheckpointState(Array(text.utf8))
    #expect(state.latest == "/tmp/a \"b\"/ck-2")
    #expect(state.all == ["ck-1", "café"])
    #expect(try CheckpointState([]).latest == nil)
    for end in 0..<text.utf8.count { _ = try? CheckpointState(Array(text.utf8.prefix(end))) }
    #expect(throws: TensorFlowFormatError.self) { try CheckpointState([0x80]) }
    #expect(throws: TensorFlowFormatError.self) {
      try CheckpointState(
        Array("a { ".utf8) + Array(repeatElement(UInt8(ascii: "{"), count: 99_999)))
    }
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}

extension [[UInt8]] {
  fileprivate var isSorted: Bool {
    zip(self, dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
  }
}
