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
    #expect(blobs.map(\.byteCount) == [2 << 20 | 3, 2 << 20 | 3, 1000, 1000])
    let bytes = try blobs.map { try temporary.store.bytes(of: $0) }
    #expect(bytes[..<2].map { $0[1 << 20] } == [5, 9])
    #expect(bytes[..<2].map { Array($0.suffix(3)) } == [[6, 7, 8], [1, 2, 3]])
    #expect(
      bytes[2...] == [[UInt8](repeating: 3, count: 1000), [UInt8](repeating: 7, count: 1000)])
    #expect(blobs.map(\.base) == [nil, blobs[0], nil, blobs[2]])
  }

  /// The first and last byte of a large one's head, and every byte of chunks and table: what is
  /// damaged is named, and what is coded against it names it as well.
  @Test func everyChangedByteOfACodedBlobIsFound() throws {
    let temporary = try TemporaryStore()
    let blobs = try temporary.adopt(packFile: fixture("coded.pack"))
    for blob in blobs {
      let head: UInt64 = blob.byteCount > 1000 ? 64 : 0
      for place in Set([0, max(1, head) - 1]).union(head..<blob.storedByteCount) {
        try temporary.withChangedByte(at: place, of: blob) {
          #expect(rejects(blob, in: temporary, as: { $0.names(blob) }), "byte \(place)")
        }
      }
      try temporary.store.verify(blob, readingBytes: true)
    }
    // The value that the root's first chunk is all of, of which the delta's first is made.
    for (root, delta, head) in [(blobs[0], blobs[1], UInt64(64)), (blobs[2], blobs[3], 0)] {
      try temporary.withChangedByte(at: head + 3, of: root) {
        #expect(
          rejects(delta, in: temporary) { error in
            guard case .baseDamaged(delta.digest, root.digest, let cause) = error else {
              return false
            }
            return cause.names(root)
          })
      }
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

  /// Lengths that the catalog might tell, and that the pack does not bear out.
  @Test func lengthsThatDoNotFitAreRefused() throws {
    let temporary = try TemporaryStore()
    for blob in try temporary.adopt(packFile: fixture("coded.pack")) where blob.base == nil {
      try refusesWrongLengths(of: blob, in: temporary)
    }
  }

  private func refusesWrongLengths(of blob: StoredBlob, in temporary: TemporaryStore) throws {
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
