import ContentStore
import Digests
import Files
import Foundation
import Testing

/// Footers whose digests are right, whatever their entries say.
@Suite struct FooterTests {
  private let temporary: TemporaryStore
  private let id: PackID
  private let digest = Digest(of: Array("abc".utf8)).bytes

  init() throws {
    temporary = try TemporaryStore()
    id = try #require(PackID(parsing: String(repeating: "0", count: 32) + "-0"))
  }

  private var path: String { temporary.store.paths.root + "/packs/" + id.name + ".pack" }

  /// What is said of a pack of such blobs and entries.
  private func entries(
    _ entries: [UInt8], ofBlobs blobs: [UInt8], head: String = "REGPACK3", byteCount: UInt64? = nil
  ) throws -> [PackEntry] {
    let count = byteCount ?? UInt64(entries.count)
    let footer = entries + (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) }
    try Folder.remove(path)
    try OpenFile.creating(path).write(
      Array(head.utf8) + blobs + footer + Digest(of: footer).bytes + Array("REGPKEND".utf8))
    return try temporary.store.entries(of: id)
  }

  /// The examples of DWARF 5 (7.6), and the bounds beside them.
  @Test(
    arguments: [
      (0, [0]), (2, [2]), (127, [0x7F]), (128, [0x80, 1]), (129, [0x81, 1]), (12857, [0xB9, 0x64]),
      (16383, [0xFF, 0x7F]), (16384, [0x80, 0x80, 1]),
    ] as [(Int, [UInt8])])
  func lengthsAreReadAndWrittenAsVarints(_ count: Int, _ varint: [UInt8]) throws {
    let blob = noise(count, seed: 1)
    let name = Digest(of: blob)
    let found = try entries(name.bytes + varint + [0], ofBlobs: blob)
    #expect(found.map(\.length) == [UInt64(count)])
    let written = try temporary.put(blob)
    let file = try OpenFile.reading(temporary.store.path(of: written))
    #expect(
      try file.bytes(at: UInt64(8 + count), count: 33 + varint.count) == name.bytes + varint + [0])
  }

  @Test func offsetsAreSums() throws {
    let found = try entries(
      digest + [3, 0] + digest + [0, 0] + digest + [4, 1, 0] + digest.reversed() + [5, 2, 1]
        + digest.prefix(16), ofBlobs: [UInt8](repeating: 0, count: 12))
    #expect(found.map(\.offset) == [8, 11, 11, 15])
    #expect(found.map(\.length) == [3, 0, 4, 5])
    #expect(found.map(\.byteCount) == [3, 0, 0, 1])
    #expect(found.map(\.isCoded) == [false, false, true, true])
    let base = try #require(Digest(bytes: digest))
    #expect(found.map(\.base) == [nil, nil, nil, DigestPrefix(of: base)])
  }

  @Test func entriesThatContradictThemselvesAreRefused() throws {
    let largest = [UInt8](repeating: 0xFF, count: 9) + [1]
    let cases: [(rest: [UInt8], PackDefect)] = [
      ([4, 0], .entryOutside),
      (largest + [0], .entryOutside),
      ([2, 0], .bytesBetween),
      ([2, 0] + digest + largest + [0], .entryOutside),
      ([2, 0] + digest + [2, 0], .entryOutside),
      ([], .entryMalformed),
      ([3], .entryMalformed),
      ([0x83], .entryMalformed),
      ([0x83, 0, 0], .entryMalformed),
      ([0x83, 0x80, 0, 0], .entryMalformed),
      ([UInt8](repeating: 0xFF, count: 9) + [2, 0], .entryMalformed),
      ([UInt8](repeating: 0xFF, count: 9) + [0x81, 0, 0], .entryMalformed),
      ([3, 3], .entryMalformed),
      ([3, 1], .entryMalformed),
      // No table of a chunk has three bytes.
      ([3, 1, 1], .entryMalformed),
      ([3, 1] + largest, .entryMalformed),
      ([3, 2, 0], .entryMalformed),
      ([3, 2, 0] + [UInt8](repeating: 1, count: 15), .entryMalformed),
      ([3, 2, 0] + digest.prefix(16), .entryMalformed),
      ([3, 0, 0], .entryMalformed),
      ([3, 0] + digest.dropLast(), .entryMalformed),
    ]
    for (rest, defect) in cases {
      #expect(throws: StoreError.packDamaged(path: path, defect: defect), "\(rest)") {
        try entries(digest + rest, ofBlobs: [1, 2, 3])
      }
    }
  }

  /// There are 37 bytes of blobs and entries.
  @Test(arguments: [38, 1 << 62, 1 << 63, .max] as [UInt64])
  func entriesThatTakeMoreThanThereIsAreRefused(_ byteCount: UInt64) throws {
    #expect(throws: StoreError.packDamaged(path: path, defect: .footerDamaged)) {
      try entries(digest + [3, 0], ofBlobs: [1, 2, 3], byteCount: byteCount)
    }
  }

  @Test(arguments: ["REGPACK2", "REGPACK4"]) func anotherMagicIsRefused(_ head: String) throws {
    #expect(throws: StoreError.packDamaged(path: path, defect: .wrongMagic)) {
      try entries(digest + [3, 0], ofBlobs: [1, 2, 3], head: head)
    }
  }

  /// Whatever stands in a footer, what is made of it lies in the pack and is of one piece.
  @Test(arguments: ["raw.pack", "coded.pack"]) func noByteLeadsOutside(_ name: String) throws {
    let whole = try Array(Data(contentsOf: fixture(name)))
    let trailer = whole.count - 48
    let count = whole[trailer..<trailer + 2].reversed().reduce(0) { $0 << 8 | Int($1) }
    let (blobs, footer) = (whole[8..<trailer - count], whole[trailer - count..<trailer])
    for place in footer.indices {
      for value in [0, 1, 2, 3, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = footer
        changed[place] = value
        guard let found = try? entries(Array(changed), ofBlobs: Array(blobs)) else { continue }
        var end: UInt64 = 8
        for entry in found {
          #expect(entry.offset == end)
          end += entry.length
        }
        #expect(end == UInt64(8 + blobs.count))
      }
    }
  }
}
