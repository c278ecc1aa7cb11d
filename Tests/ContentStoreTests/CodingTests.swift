import ContentStore
import Digests
import Files
import TensorCodec
import Testing

/// Blobs that are coded, alone and against others.
@Suite struct CodingTests {
  private static let mebibyte = 1 << 20
  private static let limit = BlobStore.packLimit
  private let floats = CodingPlan(kind: .float32, effort: .fast)

  private func floats(against base: StoredBlob?) -> CodingPlan {
    CodingPlan(kind: .float32, effort: .fast, base: base)
  }

  @Test(arguments: [
    0, 1, 63, 64, 65, 1000, limit - 1, limit, limit + 1, mebibyte - 1, mebibyte, mebibyte + 1,
    2 * mebibyte + 3,
  ])
  func whatIsCodedComesBack(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let first = weights(count, seed: UInt64(count))
    let second = moved(first, seed: 7)
    let root = try temporary.put(first, floats)
    let delta = try temporary.put(second, floats(against: root))
    #expect(try temporary.store.bytes(of: root) == first)
    #expect(try temporary.store.bytes(of: delta) == second)
    #expect(root.isCoded == (count >= 1000))
    #expect((delta.base == root) == (count >= 63))
    #expect(root.storedByteCount <= root.byteCount)
    for blob in [root, delta] { try temporary.store.verify(blob, readingBytes: true) }
    #expect(try temporary.leftovers().isEmpty)
  }

  @Test(arguments: ElementKind.allCases) func everyKindComesBack(_ kind: ElementKind) throws {
    let temporary = try TemporaryStore()
    let bytes = weights(Self.limit + 1001, seed: 1)
    let later = moved(bytes, seed: 2)
    for effort in [CodingEffort.fast, .best] {
      let root = try temporary.put(bytes, CodingPlan(kind: kind, effort: effort))
      let delta = try temporary.put(later, CodingPlan(kind: kind, effort: effort, base: root))
      #expect(try temporary.store.bytes(of: delta) == later)
    }
  }

  @Test func aChainIsDecodedFromItsRawRoot() throws {
    let temporary = try TemporaryStore()
    var bytes = weights(Self.mebibyte + 5, seed: 1)
    var blob = try temporary.put(bytes)
    #expect(blob.location == .loose)
    for seed in 2..<6 {
      bytes = moved(bytes, seed: UInt64(seed))
      blob = try temporary.put(bytes, floats(against: blob))
    }
    #expect(blob.bases.count == 4)
    #expect(try temporary.store.bytes(of: blob) == bytes)
    let places = try temporary.store.entries(of: #require(blob.pack))
    #expect(try places.map(\.base) == [DigestPrefix(of: #require(blob.base).digest)])
    #expect(places.map(\.byteCount) == [UInt64(bytes.count)])
  }

  @Test func whatGainsNothingStaysRaw() throws {
    let temporary = try TemporaryStore()
    let large = try temporary.put(noise(Self.mebibyte, seed: 1), floats)
    #expect(large.location == .loose)
    #expect(!large.isCoded)
    let small = try temporary.put(noise(5000, seed: 2), CodingPlan(kind: .text, effort: .best))
    #expect(!small.isCoded)
  }

  @Test(arguments: [5000, 200_000]) func aBaseThatIsNotNearIsNotUsed(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let other = try temporary.put(weights(count, seed: 1), floats)
    let blob = try temporary.put(weights(count, seed: 2), floats(against: other))
    #expect(blob.isCoded)
    #expect(blob.base == nil)
  }

  @Test(arguments: [100, 70_000, 1_500_000]) func aTextOfAnotherLengthIsABase(_ shift: Int) throws {
    let temporary = try TemporaryStore()
    let text = letters(60_000, seed: 1)
    let root = try temporary.put(text, CodingPlan(kind: .text, effort: .fast))
    let longer = text + letters(shift, seed: 2)
    let plan = CodingPlan(kind: .text, effort: .fast, base: root)
    let blob = try temporary.put(longer, plan)
    #expect(blob.isCoded)
    #expect(try temporary.store.bytes(of: blob) == longer)
    if shift == 100 { #expect(blob.base == root && blob.storedByteCount < 1000) }
    let shorter = Array(longer.prefix(30_000))
    let part = try temporary.put(
      shorter, CodingPlan(kind: .text, effort: .fast, base: blob))
    #expect(try temporary.store.bytes(of: part) == shorter)
    #expect(part.base == blob)
  }

  @Test func noChainIsLongerThanTheLimit() throws {
    let temporary = try TemporaryStore()
    var bytes = weights(4000, seed: 1)
    var blob = try temporary.put(bytes, floats)
    for seed in 0..<UInt64(BlobStore.chainLimit + 3) {
      bytes = moved(bytes, seed: seed + 2)
      blob = try temporary.put(bytes, floats(against: blob))
      #expect(blob.bases.count <= BlobStore.chainLimit)
      #expect(try temporary.store.bytes(of: blob) == bytes)
    }
    // After the longest chain one stands by itself.
    #expect(blob.bases.count < 3)
  }

  @Test func aLongerChainIsRefused() throws {
    let temporary = try TemporaryStore()
    let blob = try temporary.put(weights(4000, seed: 1), floats)
    var chain = blob
    for _ in 0...BlobStore.chainLimit {
      chain = StoredBlob(
        digest: blob.digest, byteCount: blob.byteCount, location: blob.location,
        form: .coded(byteCount: blob.storedByteCount, base: chain))
    }
    #expect(
      throws: StoreError.blobUndecodable(
        blob.digest, path: temporary.store.path(of: blob), .chainTooLong(65))
    ) { try temporary.store.bytes(of: chain) }
  }

  @Test func theFirstBytesNeedNoDecoding() throws {
    let temporary = try TemporaryStore()
    let bytes = letters(2 * Self.mebibyte, seed: 1)
    let blob = try temporary.put(bytes, CodingPlan(kind: .text, effort: .fast))
    #expect(blob.isCoded)
    for count in [0, 1, 64, 65, 4096, Self.mebibyte + 1] {
      let found = try temporary.store.firstBytes(of: blob, count: count)
      #expect(found == Array(bytes.prefix(count)))
    }
  }

  @Test(arguments: [10, 1000, limit - 1, limit]) func aSmallBlobsFirstBytesAreHadAsWell(
    _ count: Int
  ) throws {
    let temporary = try TemporaryStore()
    let bytes = letters(count, seed: 1)
    let blob = try temporary.put(bytes, CodingPlan(kind: .text, effort: .fast))
    #expect(blob.isCoded == (count > 10))
    for length in [0, 1, 64, 65, count, count + 1] {
      let found = try temporary.store.firstBytes(of: blob, count: length)
      #expect(found == Array(bytes.prefix(length)))
    }
  }

  @Test(arguments: [false, true]) func piecesComeInOrderAndAreWhatIsCopied(_ isCoded: Bool) throws {
    let temporary = try TemporaryStore()
    let bytes = letters(3 * Self.mebibyte + 10, seed: 1)
    let blob = try temporary.put(bytes, isCoded ? CodingPlan(kind: .text, effort: .fast) : nil)
    #expect(blob.isCoded == isCoded)
    var found: [UInt8] = []
    try temporary.store.withPieces(of: blob, checked: false) { found += $0 }
    #expect(found == bytes)
    let output = try OpenFile.inMemory("copy")
    try temporary.store.copy(blob, to: FileTarget(output), at: 100)
    #expect(try output.bytes(at: 100, count: bytes.count) == bytes)
    #expect(try temporary.store.withCheckedBytes(of: blob) { Array($0) } == bytes)
  }

  @Test func anEstimateTellsWhatABaseIsWorth() throws {
    let temporary = try TemporaryStore()
    let bytes = weights(300_000, seed: 1)
    let root = try temporary.put(bytes)
    let near = try temporary.put(moved(bytes, seed: 2))
    let estimate = try temporary.store.estimate(near, as: .float32, against: root)
    #expect(try #require(estimate.delta) < 0.5)
    #expect(estimate.alone > 0.7 && estimate.alone < 0.97)
    let missing = StoredBlob(digest: Digest(of: [1]), byteCount: 1, location: .loose)
    #expect(try temporary.store.estimate(near, as: .float32, against: missing).delta == nil)
  }
}
