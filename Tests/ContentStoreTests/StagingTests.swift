import ContentStore
import Digests
import Dispatch
import Files
import Foundation
import Synchronization
import TensorCodec
import Testing

/// What a session writes, and what it leaves.
@Suite struct StagingTests {
  private static let mebibyte = 1 << 20
  private let floats = CodingPlan(kind: .float32, effort: .fast)
  private let text = CodingPlan(kind: .text, effort: .fast)

  private func stage(_ bytes: [UInt8], _ session: WriteSession, _ plan: CodingPlan?) throws
    -> StagedBlob
  {
    try bytes.withUnsafeBytes { try session.stage([$0], coding: plan) }
  }

  @Test func blobsInPiecesAreCodedAsWholeOnes() throws {
    let temporary = try TemporaryStore()
    let bytes = letters(2 * Self.mebibyte + 100, seed: 1)
    let staged = try temporary.inSession { session in
      try bytes.withUnsafeBytes { buffer in
        let ends = [0, 0, 1, 70_000, Self.mebibyte, Self.mebibyte + 1, bytes.count, bytes.count]
        return try session.stage(
          zip(ends, ends.dropFirst()).map { UnsafeRawBufferPointer(rebasing: buffer[$0..<$1]) },
          coding: text)
      }
    }
    #expect(staged.coding != nil)
    #expect(staged.digest == Digest(of: bytes))
    #expect(try temporary.store.bytes(of: StoredBlob(staged)) == bytes)
  }

  @Test func threadsStageLargeAndSmallBlobsAtOnce() throws {
    let temporary = try TemporaryStore()
    let contents = (0..<60).map { index in
      letters(index % 3 == 0 ? 1_200_000 + index : 3000 + index, seed: UInt64(index))
    }
    let blobs = Mutex<[Int: StoredBlob]>([:])
    try temporary.inSession { session in
      DispatchQueue.concurrentPerform(iterations: contents.count) { index in
        let staged = try? stage(contents[index], session, text)
        blobs.withLock { $0[index] = staged.map { StoredBlob($0) } }
      }
    }
    let found = blobs.withLock { $0 }
    for (index, bytes) in contents.enumerated() {
      #expect(try temporary.store.bytes(of: #require(found[index])) == bytes)
    }
    #expect(try temporary.store.contents().loose.isEmpty)
    // Small ones have no pack of their own, and one thread writes one pack.
    let threads = ProcessInfo.processInfo.activeProcessorCount
    #expect(Set(found.values.map(\.pack)).count <= threads)
    #expect(try temporary.leftovers().isEmpty)
  }

  @Test func aTwinIsKeptOnce() throws {
    let temporary = try TemporaryStore()
    let bytes = letters(3 * Self.mebibyte, seed: 1)
    let staged = try temporary.inSession { session in
      try [stage(bytes, session, text), stage(bytes, session, text)]
    }
    #expect(staged[0] == staged[1])
    let pack = try #require(StoredBlob(staged[0]).pack)
    #expect(try temporary.store.entries(of: pack).count == 1)
    #expect(try temporary.store.byteCount(of: pack) < StoredBlob(staged[0]).storedByteCount + 200)
  }

  @Test func twinsAtOnceAreKeptOnce() throws {
    let temporary = try TemporaryStore()
    let bytes = letters(3 * Self.mebibyte, seed: 1)
    let others = (2..<4).map { letters(200_000, seed: $0) }
    let session = try temporary.store.beginSession()
    let found = Mutex<Set<StagedBlob>>([])
    let (group, waiting) = (DispatchGroup(), DispatchGroup())
    for other in others {
      waiting.enter()
      DispatchQueue.global().async(group: group) {
        for bytes in [other, bytes] {
          let blob = try? stage(bytes, session, text)
          found.withLock { found in _ = blob.map { found.insert($0) } }
          guard bytes == other else { return }
          waiting.leave()
          waiting.wait()
        }
      }
    }
    group.wait()
    // Goes to the pack that the later twin was taken back from.
    let last = try stage(letters(200_000, seed: 5), session, text)
    let blobs = found.withLock { $0.union([last]).map { StoredBlob($0) } }
    #expect(blobs.count == others.count + 2)
    let packs = try session.publish()
    try session.end()
    let taken = blobs.reduce(0) { $0 + $1.storedByteCount + $1.entryByteCount }
    let expected = taken + UInt64(packs.count) * 56
    #expect(packs.reduce(0) { $0 + $1.byteCount } == expected)
    #expect(try blobs.allSatisfy { try Digest(of: temporary.store.bytes(of: $0)) == $0.digest })
  }

  /// What is taken back lies in the buffer or on the disk already, at any place in a block: a blob
  /// that is coded to its end before it turns out to be damaged.
  @Test(arguments: [200_000, 5 * mebibyte, 7 * mebibyte, 11 * mebibyte + 4097])
  func whatIsNotKeptLeavesNothing(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let damaged = try temporary.put(letters(count, seed: 3))
    let contents = [letters(Self.mebibyte + 52, seed: 1), letters(6_000_000, seed: 2)]
    var staged: [StagedBlob] = []
    try temporary.withChangedByte(at: UInt64(count) - 1, of: damaged) {
      try temporary.inSession { session in
        staged.append(try stage(contents[0], session, text))
        #expect(throws: StoreError.self) {
          try session.stageAgain(damaged, from: temporary.store, coding: text)
        }
        staged.append(try stage(contents[1], session, text))
      }
    }
    let blobs = staged.map { StoredBlob($0) }
    #expect(try blobs.map { try temporary.store.bytes(of: $0) } == contents)
    let pack = try #require(blobs.first?.pack)
    #expect(blobs.last?.pack == pack)
    let taken = blobs.reduce(0) { $0 + $1.storedByteCount + $1.entryByteCount }
    #expect(try temporary.store.entries(of: pack).count == 2)
    #expect(try temporary.store.byteCount(of: pack) == 8 + taken + 48)
  }

  @Test(arguments: [5000, 200_000]) func noBlobIsCodedAgainstItself(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let bytes = weights(count, seed: 3)
    let root = try temporary.put(moved(bytes, seed: 4), floats)
    let blob = try temporary.put(bytes, CodingPlan(kind: .float32, effort: .fast, base: root))
    let later = try temporary.put(
      moved(bytes, seed: 5), CodingPlan(kind: .float32, effort: .fast, base: blob))
    #expect(blob.base == root && later.base == blob)
    for base in [blob, later] {
      let again = try temporary.put(bytes, CodingPlan(kind: .float32, effort: .fast, base: base))
      #expect(again.isCoded && again.base == nil)
      #expect(try temporary.store.bytes(of: again) == bytes)
    }
  }

  @Test func aDamagedBaseIsNotUsed() throws {
    let temporary = try TemporaryStore()
    // Three chunks: the last is none of those that a sample looks at.
    let bytes = weights(2 * Self.mebibyte + 4000, seed: 1)
    let later = moved(bytes, seed: 2)
    for plan in [nil, floats] {
      let base = try temporary.put(bytes, plan)
      let against = CodingPlan(kind: .float32, effort: .fast, base: base)
      try temporary.withChangedByte(at: base.storedByteCount - 100, of: base) {
        let blob = try temporary.put(later, against)
        #expect(blob.isCoded && blob.base == nil)
        try temporary.store.verify(blob, readingBytes: true)
      }
      #expect(try temporary.put(later, against).base == base)
      try Folder.remove(temporary.store.path(of: base))
      #expect(try temporary.put(Array(later.prefix(200_000)), against).base == nil)
    }
  }

  @Test func aBlobIsStagedAgainWithoutItsBase() throws {
    let temporary = try TemporaryStore()
    let bytes = weights(300_000, seed: 1)
    let base = try temporary.put(bytes, floats)
    let later = moved(bytes, seed: 2)
    let (first, second, third) = try temporary.inSession { session in
      try (
        stage(later, session, CodingPlan(kind: .float32, effort: .fast, base: base)),
        later.withUnsafeBytes { try session.stageAgain([$0], coding: floats) },
        stage(later, session, floats)
      )
    }
    #expect(first.coding?.base == base.digest)
    #expect(second.coding != nil && second.coding?.base == nil)
    #expect(third == second)
    #expect(try temporary.store.bytes(of: StoredBlob(second)) == later)
    #expect(try temporary.store.bytes(of: StoredBlob(first, bases: [base])) == later)
  }

  @Test(arguments: [5000, 200_000]) func aBlobTakesEveryForm(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let bytes = weights(count, seed: 1)
    let base = try temporary.put(moved(bytes, seed: 2), floats)
    let plans = [nil, floats, CodingPlan(kind: .float32, effort: .best, base: base), floats, nil]
    var blob = try temporary.put(bytes)
    for plan in plans {
      let staged = try temporary.inSession { session in
        try session.stageAgain(blob, from: temporary.store, coding: plan)
      }
      blob = StoredBlob(staged, bases: [base])
      #expect(blob.isCoded == (plan != nil))
      #expect(blob.base == plan?.base)
      #expect(try temporary.store.bytes(of: blob) == bytes)
    }
    #expect((blob.location == .loose) == (count > BlobStore.packLimit))
  }

  @Test(arguments: [5000, 200_000]) func aCopyHasTheSameForm(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let bytes = weights(count, seed: 1)
    let base = try temporary.put(moved(bytes, seed: 2), floats)
    let plans = [nil, floats, CodingPlan(kind: .float32, effort: .fast, base: base)]
    for plan in plans {
      let blob = try temporary.put(bytes, plan)
      let staged = try temporary.inSession { try $0.stageCopy(blob, from: temporary.store) }
      let copy = StoredBlob(staged, bases: [base])
      #expect(copy.form == blob.form)
      #expect(try temporary.store.bytes(of: copy) == bytes)
    }
  }

  @Test(arguments: [5000, 1_100_000]) func aDamagedBlobIsNotStagedAgain(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let whole = try temporary.put(weights(count, seed: 1), floats)
    for plan in [nil, floats] {
      let blob = try temporary.put(weights(count, seed: 2), plan)
      try temporary.withChangedByte(at: blob.storedByteCount / 2, of: blob) {
        try temporary.inSession { session in
          #expect(throws: StoreError.self) { try session.stageCopy(blob, from: temporary.store) }
          for plan in [nil, floats] {
            #expect(throws: StoreError.self) {
              try session.stageAgain(blob, from: temporary.store, coding: plan)
            }
          }
          // The session goes on.
          let copy = try session.stageCopy(whole, from: temporary.store)
          #expect(copy.digest == whole.digest)
        }
      }
      #expect(try temporary.store.bytes(of: blob) == weights(count, seed: 2))
      #expect(try temporary.leftovers().isEmpty)
    }
  }

  @Test func aSessionPublishesMoreThanOnce() throws {
    let temporary = try TemporaryStore()
    let session = try temporary.store.beginSession()
    for (seed, plan) in [(1, nil), (2, floats), (3, nil)] {
      let bytes = weights(seed == 3 ? 100 : 200_000, seed: UInt64(seed))
      let blob = StoredBlob(try stage(bytes, session, plan))
      #expect(try session.publish().map(\.id) == [blob.pack].compactMap { $0 })
      #expect(try temporary.store.bytes(of: blob) == bytes)
    }
    try session.end()
    #expect(try temporary.leftovers().isEmpty)
  }

  @Test func nothingIsLeftOfWhatIsNotPublished() throws {
    let temporary = try TemporaryStore()
    let session = try temporary.store.beginSession()
    _ = try stage(letters(9_000_000, seed: 1), session, text)
    _ = try stage(letters(9_000_000, seed: 2), session, nil)
    _ = try stage(weights(1000, seed: 3), session, floats)
    try session.end()
    #expect(try temporary.leftovers().isEmpty)
    #expect(try temporary.store.contents().packs.isEmpty)
  }
}
