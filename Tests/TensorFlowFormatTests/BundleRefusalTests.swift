import Checksums
import Files
import SwiftProtobuf
import Testing

@testable import TensorFlowFormat

/// What cannot be a checkpoint is an error that says so, whatever its bytes are.
@Suite struct BundleRefusalTests {
  /// A table with its checksums right, and one block.
  private func table(_ entries: [([UInt8], [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    func block(_ entries: [([UInt8], [UInt8])]) -> [UInt8] {
      let start = bytes.count
      for (key, value) in entries {
        bytes += [0] + varint(key.count) + varint(value.count) + key + value
      }
      bytes += [0, 0, 0, 0, 1, 0, 0, 0]
      let handle = varint(start) + varint(bytes.count - start)
      bytes.append(0)
      let crc = CRC32C.masked(CRC32C.of(Array(bytes[start...])))
      bytes += withUnsafeBytes(of: crc.littleEndian, Array.init)
      return handle
    }
    let data = block(entries)
    let footer = block([]) + block([([0xFF], data)])
    return bytes + footer + Array(repeating: 0, count: 40 - footer.count) + SortedTable.magic
  }

  private func varint(_ number: Int) -> [UInt8] {
    number < 0x80 ? [UInt8(number)] : [UInt8(number & 0x7F) | 0x80] + varint(number >> 7)
  }

  /// A checkpoint of one tensor: 6 numbers of four bytes.
  private func open(
    header: PBBundleHeaderProto = .with { $0.numShards = 1 }, shardBytes: Int = 24,
    _ change: (inout PBBundleEntryProto) -> Void = { _ in }
  ) throws -> TensorBundle {
    var entry = PBBundleEntryProto.with {
      $0.dtype = .dtFloat
      $0.shape.dim = [.with { $0.size = 2 }, .with { $0.size = 3 }]
      $0.size = 24
      $0.crc32C = CRC32C.masked(CRC32C.of(Array(repeating: 0, count: 24)))
    }
    change(&entry)
    let index = try ScratchFile(
      table([([], try header.serializedBytes()), (Array("w".utf8), try entry.serializedBytes())]),
      name: "x.index")
    let shard = try ScratchFile(Array(repeating: 0, count: shardBytes), name: "x.data-00000")
    return try TensorBundle(index, [0: shard])
  }

  @Test func theTableOfTheTestsIsSound() throws {
    let bundle = try open()
    #expect(bundle.entries.map(\.key) == ["w"])
  }

  @Test func entriesThatCannotBeAreErrors() throws {
    let changes: [(inout PBBundleEntryProto) -> Void] = [
      { $0.shardID = 99_999 }, { $0.shardID = -1 }, { $0.offset = 1 }, { $0.offset = .max },
      { $0.offset = -1 }, { $0.size = -24 }, { $0.size = 25 }, { $0.size = .max },
      { $0.clearCrc32C() }, { $0.dtype = .dtDouble }, { $0.shape.unknownRank = true },
      { $0.shape.dim[0].size = -1 }, { $0.shape.dim[0].size = .max },
      { $0.shape.dim = Array(repeating: .with { $0.size = 1 << 32 }, count: 4) },
      { $0.slices = [PBTensorSliceProto()] },
      { $0.slices = [.with { $0.extent = [.init(), .init()] }] },
      {
        $0.slices = [
          .with {
            $0.extent = [
              .with {
                $0.start = .max; $0.length = .max
              }, .init(),
            ]
          }
        ]
      },
    ]
    for change in changes {
      #expect(throws: TensorFlowFormatError.self) { try open(change) }
    }
    #expect(throws: TensorFlowFormatError.self) { try open(shardBytes: 23) }
    for count in [0, -1, 100_001, Int32.max] {
      #expect(throws: TensorFlowFormatError.self) {
        try open(header: .with { $0.numShards = count })
      }
    }
  }

  @Test func slicesThatOverlapOrLeaveHolesAreErrors() throws {
    func slice(_ start: Int64, _ length: Int64) -> PBTensorSliceProto {
      .with {
        $0.extent = [
          .with {
            $0.start = start
            $0.length = length
          }, .init(),
        ]
      }
    }
    for slices in [[slice(0, 1)], [slice(0, 2), slice(0, 2)], [slice(0, 1), slice(0, 1)]] {
      #expect(throws: TensorFlowFormatError.slicesDoNotCover(key: "w")) {
        try open { $0.slices = slices }
      }
    }
  }

  @Test func aShardThatIsNotThereIsNamed() throws {
    let (index, shards) = try Fixture.bundle("shards")
    var two = shards
    two[1] = nil
    #expect(
      throws: TensorFlowFormatError.missingShard(file: "shards.data-00001-of-00003")
    ) { try TensorBundle(index, two) }
  }

  @Test func shardsThatWereSwappedOrCutAreErrors() throws {
    let (index, shards) = try Fixture.bundle("shards")
    var swapped = shards
    swapped[0] = shards[1]
    let bundle = try TensorBundle(index, swapped)
    #expect(throws: TensorFlowFormatError.self) { try bundle.readAll() }
    var cut = shards
    cut[2] = try ScratchFile(Array(try Fixture.bytes("shards.data-00002-of-00003").dropLast()))
    #expect(throws: TensorFlowFormatError.self) { try TensorBundle(index, cut) }
  }

  @Test(arguments: ["objects", "named", "blocks"])
  func anIndexThatEndsEarlyIsAnError(_ name: String) throws {
    let (_, shards) = try Fixture.bundle(name)
    let bytes = try Fixture.bytes("\(name).index")
    for end in 0..<bytes.count {
      let index = try ScratchFile(Array(bytes[..<end]))
      #expect(throws: TensorFlowFormatError.self) { try TensorBundle(index, shards) }
    }
  }

  /// All but the metaindex and the padding is under a checksum, or refers to what is.
  @Test(arguments: ["objects", "named", "blocks"])
  func aChangedByteIsAnErrorOrChangesNothing(_ name: String) throws {
    let (sound, shards) = try Fixture.bundle(name)
    let entries = try TensorBundle(sound, shards).entries
    var bytes = try Fixture.bytes("\(name).index")
    for place in bytes.indices {
      let old = bytes[place]
      for new in [old ^ 1, old ^ 0x80, 0xFF] where new != old {
        bytes[place] = new
        let found = try? TensorBundle(try ScratchFile(bytes), shards).entries
        #expect(found == nil || found == entries)
      }
      bytes[place] = old
    }
  }

  /// The checksums being right, what is within is believed no more.
  @Test func hostileEntriesNeverTrap() throws {
    var random = SystemRandomNumberGenerator()
    let entry =
      try PBBundleEntryProto.with {
        $0.dtype = .dtString
        $0.shape.dim = [.with { $0.size = 3 }]
        $0.size = 24
        $0.crc32C = 1
      }.serializedBytes() as [UInt8]
    let shard = try ScratchFile([1, 2, 0] + Array(repeating: 0, count: 21))
    for _ in 0..<3000 {
      var hostile = entry
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        hostile[Int.random(in: hostile.indices, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      let index = try ScratchFile(
        table([([], [8, 1]), (Array("w".utf8), hostile)]), name: "x.index")
      try? TensorBundle(index, [0: shard]).readAll()
    }
  }

  @Test func aChangedStringIsAnError() throws {
    let (index, shards) = try Fixture.bundle("shards")
    var bytes = try Fixture.bytes("shards.data-00000-of-00003")
    for place in bytes.indices {
      bytes[place] ^= 4
      var changed = shards
      changed[0] = try ScratchFile(bytes)
      let bundle = try TensorBundle(index, changed)
      let key = place < 20 ? "a0" : "b0"
      let entry = try #require(bundle.entry(key))
      let spool = Spool(descriptor: try ScratchFile([]).slice.descriptor)
      #expect(throws: TensorFlowFormatError.self) {
        if key == "a0" {
          _ = try bundle.assemble(entry, into: spool)
        } else {
          _ = try bundle.strings(of: entry)
        }
      }
      bytes[place] ^= 4
    }
  }
}
