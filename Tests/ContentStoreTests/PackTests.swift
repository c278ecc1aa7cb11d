import ContentStore
import Digests
import Files
import Foundation
import Glibc
import TensorCodec
import Testing

/// Packs against those that `Fixtures/make_packs.py` wrote.
@Suite struct PackTests {
  private let raw: [[UInt8]] = [Array("abc".utf8), [], Array(0..<200)]

  @Test(arguments: ["first.pack", "raw.pack"]) func rawBlobsOfBothLayoutsAreRead(_ name: String)
    throws
  {
    let temporary = try TemporaryStore()
    let blobs = try temporary.adopt(packFile: fixture(name))
    #expect(blobs.map(\.form) == [.raw, .raw, .raw])
    #expect(try blobs.map { try temporary.store.bytes(of: $0) } == raw)
  }

  @Test func aPackIsWrittenAsTheScriptWritesIt() throws {
    let temporary = try TemporaryStore()
    let blobs = try temporary.inSession { session in
      try raw.map { bytes in
        StoredBlob(try bytes.withUnsafeBytes { try session.stage([$0]) })
      }
    }
    let file = try OpenFile.reading(temporary.store.path(of: #require(blobs.first)))
    let expected = try Array(Data(contentsOf: fixture("raw.pack")))
    #expect(try file.bytes(at: 0, count: expected.count) == expected)
    #expect(try file.status().byteCount == UInt64(expected.count))
  }

  @Test func codedBlobsOfTheScriptAreRead() throws {
    let temporary = try TemporaryStore()
    let blobs = try temporary.adopt(packFile: fixture("coded.pack"))
    #expect(blobs.map(\.byteCount) == [2 << 20 | 3, 2 << 20 | 3])
    let bytes = try blobs.map { try temporary.store.bytes(of: $0) }
    #expect(bytes.map { $0[1 << 20] } == [5, 9])
    #expect(bytes.map { Array($0.suffix(3)) } == [[6, 7, 8], [1, 2, 3]])
    #expect(blobs[1].base == blobs[0])
  }

  /// The head's first and last byte, and every byte of chunks and table: what is damaged is named,
  /// and what is coded against it names it as well.
  @Test func everyChangedByteOfACodedBlobIsFound() throws {
    let temporary = try TemporaryStore()
    let blobs = try temporary.adopt(packFile: fixture("coded.pack"))
    let (root, delta) = (blobs[0], blobs[1])
    for place in [0] + Array(63..<root.storedByteCount) {
      try temporary.withChangedByte(at: place, of: root) {
        #expect(rejects(root, in: temporary, as: { $0.names(root) }), "byte \(place)")
      }
    }
    for place in [0] + Array(63..<delta.storedByteCount) {
      try temporary.withChangedByte(at: place, of: delta) {
        #expect(rejects(delta, in: temporary, as: { $0.names(delta) }), "byte \(place)")
      }
    }
    try temporary.store.verify(root, readingBytes: true)
    // The value that the root's first chunk is all of, of which the delta's first is made.
    try temporary.withChangedByte(at: 64 + 6, of: root) {
      #expect(
        rejects(delta, in: temporary) { error in
          guard case .baseDamaged(delta.digest, root.digest, let cause) = error else {
            return false
          }
          return cause.names(root)
        })
    }
  }

  private func rejects(
    _ blob: StoredBlob, in temporary: TemporaryStore, as isRight: (StoreError) -> Bool
  ) -> Bool {
    do {
      try temporary.store.verify(blob, readingBytes: true)
      return false
    } catch { return (error as? StoreError).map(isRight) ?? false }
  }

  @Test func aRawBaseThatIsDamagedIsNamed() throws {
    let temporary = try TemporaryStore()
    let bytes = weights(300_000, seed: 1)
    let base = try temporary.put(bytes)
    let plan = CodingPlan(kind: .float32, effort: .fast, base: base)
    let delta = try temporary.put(moved(bytes, seed: 2), plan)
    let third = try temporary.put(
      moved(bytes, seed: 3), CodingPlan(kind: .float32, effort: .fast, base: delta))
    #expect(third.base == delta && delta.base == base)
    try temporary.withChangedByte(at: 200_007, of: base) {
      for blob in [delta, third] {
        #expect(
          rejects(blob, in: temporary) { error in
            guard case .baseDamaged(blob.digest, base.digest, .blobDamaged) = error else {
              return false
            }
            return true
          })
      }
    }
    try Folder.remove(temporary.store.path(of: base))
    let missing = StoreError.blobMissing(base.digest, path: temporary.store.path(of: base))
    for readingBytes in [false, true] {
      #expect(
        throws: StoreError.baseDamaged(delta.digest, base: base.digest, cause: missing)
      ) { try temporary.store.verify(delta, readingBytes: readingBytes) }
    }
  }

  @Test(arguments: ["raw.pack", "coded.pack", "first.pack"]) func everyCutIsFound(_ name: String)
    throws
  {
    let whole = try Array(Data(contentsOf: fixture(name)))
    let temporary = try TemporaryStore()
    let blobs = try temporary.adopt(packFile: fixture(name))
    let (first, last) = (try #require(blobs.first), try #require(blobs.last))
    for count in (0..<whole.count).reversed() {
      try temporary.change(first) { ftruncate($0.descriptor, off_t(count)) }
      #expect(throws: StoreError.self) { try temporary.store.entries(of: #require(first.pack)) }
      guard UInt64(count) < (last.offset ?? 0) + last.storedByteCount else { continue }
      #expect(throws: StoreError.self) { try temporary.store.verify(last, readingBytes: false) }
      #expect(throws: StoreError.self) { try temporary.store.bytes(of: last) }
    }
  }

  /// A footer whose digest is right and whose entries are not.
  @Test func entriesThatContradictThemselvesAreRefused() throws {
    let (head, offset) = (8, 40)
    let changes: [(place: Int, bytes: [UInt8], PackDefect)] = [
      (32, [0], .entryOutside),  // offset
      (39, [0xFF], .entryOutside),
      (40, [0xFF], .entryMalformed),  // stored length
      (47, [0x80], .entryMalformed),
      (48, [0xFF], .entryMalformed),  // length
      (56, [1], .entryMalformed),  // form
      (56, [3], .entryMalformed),
      (63, [1], .entryMalformed),
      (64, [1], .entryMalformed),  // base
    ]
    for (place, bytes, defect) in changes {
      let temporary = try TemporaryStore()
      var pack = try Array(Data(contentsOf: fixture("raw.pack")))
      let entry = head + 203
      pack.replaceSubrange(entry + place..<entry + place + bytes.count, with: bytes)
      let end = pack.count - offset
      pack.replaceSubrange(end..<end + 32, with: Digest(of: Array(pack[entry..<end])).bytes)
      let path = temporary.store.paths.root + "/packs/" + String(repeating: "0", count: 32)
      try OpenFile.creating(path + "-0.pack").write(pack)
      let id = try #require(PackID(parsing: String(repeating: "0", count: 32) + "-0"))
      #expect(throws: StoreError.packDamaged(path: path + "-0.pack", defect: defect), "\(place)") {
        try temporary.store.entries(of: id)
      }
    }
  }

  /// Lengths that the catalog might tell, and that the pack does not bear out.
  @Test func lengthsThatDoNotFitAreRefused() throws {
    let temporary = try TemporaryStore()
    let blob = try #require(try temporary.adopt(packFile: fixture("coded.pack")).first)
    let stored = blob.storedByteCount
    let lengths: [(byteCount: UInt64, stored: UInt64)] = [
      (.max, stored), (1 << 60, stored), (blob.byteCount + (1 << 20), stored), (0, stored),
      (1, stored), (blob.byteCount - 4, stored), (blob.byteCount + 1, stored),
      (blob.byteCount, 0), (blob.byteCount, 64), (blob.byteCount, stored - 1),
      (blob.byteCount, stored + 1), (blob.byteCount, .max), (.max, .max),
    ]
    for (byteCount, stored) in lengths {
      let wrong = StoredBlob(
        digest: blob.digest, byteCount: byteCount, location: blob.location,
        form: .coded(byteCount: stored, base: nil))
      #expect(throws: StoreError.self, "\(byteCount) in \(stored)") {
        try temporary.store.bytes(of: wrong)
      }
      #expect(throws: Never.self) {
        // Whatever they say, nothing is read outside.
        _ = try? temporary.store.firstBytes(of: wrong, count: .max)
      }
    }
    let loose = StoredBlob(
      digest: blob.digest, byteCount: blob.byteCount, location: .loose, form: blob.form)
    #expect(throws: StoreError.self) { try temporary.store.bytes(of: loose) }
  }
}

extension StoreError {
  /// Whether it says that this blob is what is wrong.
  fileprivate func names(_ blob: StoredBlob) -> Bool {
    switch self {
    case .blobDamaged(let digest, _, _), .blobUndecodable(let digest, _, _):
      digest == blob.digest
    default: false
    }
  }
}
