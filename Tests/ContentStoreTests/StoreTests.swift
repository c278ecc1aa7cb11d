import ContentStore
import Digests
import Files
import Glibc
import Testing

@Suite struct StoreTests {
  private static let limit = BlobStore.packLimit

  @Test(arguments: [
    0, 1, limit - 1, limit, limit + 1, 1 << 20, (4 << 20) - 1, 4 << 20, (4 << 20) + 1,
    (8 << 20) + 4095,
  ])
  func whatIsPutComesBackUnderItsOwnDigest(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let bytes = noise(count, seed: UInt64(count))
    let blob = try temporary.put(bytes)
    #expect(blob.digest == Digest(of: bytes))
    #expect(try temporary.store.bytes(of: blob) == bytes)
  }

  @Test func aLargeBlobIsAFileOfItsRawBytes() throws {
    let temporary = try TemporaryStore()
    let bytes = noise(300_001, seed: 1)
    let blob = try temporary.put(bytes)
    #expect(blob.location == .loose)
    let file = try OpenFile.reading(temporary.store.path(of: blob))
    #expect(try file.bytes(at: 0, count: 300_001) == bytes)
    #expect(try file.status().byteCount == 300_001)
  }

  @Test func aBlobGivenInPiecesIsTheBlobGivenWhole() throws {
    let temporary = try TemporaryStore()
    let session = try temporary.store.beginSession()
    let bytes = noise(400_000, seed: 2)
    let whole = try bytes.withUnsafeBytes { try session.stage([$0]) }
    let pieces = try bytes.withUnsafeBytes { buffer in
      try session.stage([
        UnsafeRawBufferPointer(rebasing: buffer[..<1]),
        UnsafeRawBufferPointer(rebasing: buffer[1..<5000]),
        UnsafeRawBufferPointer(rebasing: buffer[5000...]),
      ])
    }
    #expect(whole.digest == pieces.digest)
  }

  @Test func storingTwiceIsStoringOnce() throws {
    let temporary = try TemporaryStore()
    let large = noise(200_000, seed: 3)
    _ = try temporary.put(large)
    _ = try temporary.put(large)
    #expect(try temporary.store.contents().loose == [Digest(of: large)])
  }

  @Test func smallBlobsOfASessionShareAPack() throws {
    let temporary = try TemporaryStore()
    let session = try temporary.store.beginSession()
    let contents = (0..<50).map { noise($0 * 7, seed: UInt64($0)) }
    for bytes in contents { _ = try bytes.withUnsafeBytes { try session.stage([$0]) } }
    let packs = try session.publish()
    try session.end()
    #expect(packs.count == 1)
    let entries = try temporary.store.entries(of: try #require(packs.first).id)
    #expect(Set(entries.map(\.digest)) == Set(contents.map { Digest(of: $0) }))
  }

  @Test func whatADeadWriterLeftUnderANameIsReplacedWhenItIsWrong() throws {
    let temporary = try TemporaryStore()
    let bytes = noise(200_000, seed: 4)
    let path = temporary.store.path(
      of: StoredBlob(digest: Digest(of: bytes), byteCount: 200_000, location: .loose))
    try OpenFile.creating(path).write([UInt8](repeating: 0, count: 100))
    let blob = try temporary.put(bytes)
    #expect(try temporary.store.bytes(of: blob) == bytes)
  }

  @Test func aStoreOfAnotherFormatIsRefused() throws {
    let temporary = try TemporaryStore()
    let path = temporary.store.paths.root + "/format"
    try Folder.remove(path)
    #expect(throws: StoreError.notAStore(path: temporary.store.paths.root)) {
      try BlobStore(opening: temporary.store.paths)
    }
    try OpenFile.creating(path).write(Array("registry 2\n".utf8))
    #expect(
      throws: StoreError.unknownFormat(
        path: temporary.store.paths.root, found: "registry 2\n", known: "registry 1\n")
    ) { try BlobStore(opening: temporary.store.paths) }
  }
}

/// Damage, one kind at a time; each must be found, and named for what it is.
@Suite struct DamageTests {
  private func damage(_ blob: StoredBlob, in store: BlobStore, _ body: (Int32) -> Void) throws {
    let path = store.path(of: blob)
    chmod(path, 0o600)
    let file = try OpenFile(path, flags: O_RDWR)
    body(file.descriptor)
  }

  @Test(arguments: [1000, 200_000])
  func aFlippedBitIsFoundByReading(_ count: Int) throws {
    let temporary = try TemporaryStore()
    let blob = try temporary.put(noise(count, seed: 5))
    try damage(blob, in: temporary.store) { descriptor in
      var byte: UInt8 = 0
      pread(descriptor, &byte, 1, 100)
      byte ^= 1
      pwrite(descriptor, &byte, 1, 100)
    }
    #expect(throws: Never.self) { try temporary.store.verify(blob, readingBytes: false) }
    #expect {
      try temporary.store.verify(blob, readingBytes: true)
    } throws: { error in
      if case .blobDamaged(blob.digest, _, _)? = error as? StoreError { true } else { false }
    }
    #expect(throws: StoreError.self) { try temporary.store.bytes(of: blob) }
  }

  @Test(arguments: [-1, -200_000, 1])
  func aChangedLengthIsFoundWithoutReading(_ change: Int) throws {
    let temporary = try TemporaryStore()
    let blob = try temporary.put(noise(200_000, seed: 6))
    try damage(blob, in: temporary.store) { ftruncate($0, off_t(200_000 + change)) }
    #expect {
      try temporary.store.verify(blob, readingBytes: false)
    } throws: { error in
      if case .blobLengthWrong(_, _, 200_000, UInt64(200_000 + change))? = error as? StoreError {
        true
      } else {
        false
      }
    }
  }

  @Test func aLinkInPlaceOfABlobIsNotFollowed() throws {
    let temporary = try TemporaryStore()
    let blob = try temporary.put(noise(200_000, seed: 7))
    let path = temporary.store.path(of: blob)
    try Folder.rename(path, to: path + "-moved")
    #expect(symlink(path + "-moved", path) == 0)
    #expect(throws: StoreError.blobMissing(blob.digest, path: path)) {
      try temporary.store.bytes(of: blob)
    }
  }

  @Test func everyFlippedByteOfAFooterIsFound() throws {
    let temporary = try TemporaryStore()
    let blob = try temporary.put(noise(50, seed: 8))
    guard case .packed(let id, _) = blob.location else { throw TestFailure() }
    let path = temporary.store.path(of: blob)
    let size = try #require(try Folder.status(of: path)).byteCount
    for position in UInt64(58)..<size {
      try damage(blob, in: temporary.store) { flip($0, position) }
      #expect(throws: StoreError.self, "byte \(position)") { try temporary.store.entries(of: id) }
      try damage(blob, in: temporary.store) { flip($0, position) }
    }
    #expect(try temporary.store.entries(of: id).map(\.digest) == [blob.digest])
  }

  private func flip(_ descriptor: Int32, _ position: UInt64) {
    var byte: UInt8 = 0
    pread(descriptor, &byte, 1, off_t(position))
    byte ^= 0x10
    pwrite(descriptor, &byte, 1, off_t(position))
  }

  private struct TestFailure: Error {}
}

@Suite struct SessionTests {
  @Test func theLivingKeepTheirPinsAndTheDeadDoNot() throws {
    let temporary = try TemporaryStore()
    guard let lock = try temporary.store.collectorLock() else { throw NoLock() }
    let pinned = Digest(of: [1])
    let session = try temporary.store.beginSession()
    try session.pin([pinned])
    #expect(try temporary.store.livingSessions(lock).pins(pinned))
    try session.end()
    #expect(try !temporary.store.livingSessions(lock).pins(pinned))
  }

  @Test func whatADeadSessionStagedIsSwept() throws {
    let temporary = try TemporaryStore()
    guard let lock = try temporary.store.collectorLock() else { throw NoLock() }
    do {
      // Let go without `end`, as when the process dies: the lock goes with the descriptor.
      let session = try temporary.store.beginSession()
      _ = try noise(200_000, seed: 9).withUnsafeBytes { try session.stage([$0]) }
      _ = try temporary.store.livingSessions(lock)
      #expect(try Folder.names(in: temporary.store.paths.root + "/staging").count == 1)
    }
    _ = try temporary.store.livingSessions(lock)
    #expect(try Folder.names(in: temporary.store.paths.root + "/staging").isEmpty)
    #expect(try Folder.names(in: temporary.store.paths.root + "/sessions").isEmpty)
  }

  @Test func thereIsOneCollector() throws {
    let temporary = try TemporaryStore()
    guard let lock = try temporary.store.collectorLock() else { throw NoLock() }
    #expect(try !canLock(temporary.store))
    _ = consume lock
    #expect(try canLock(temporary.store))
  }

  private func canLock(_ store: BlobStore) throws -> Bool {
    if try store.collectorLock() == nil { false } else { true }
  }

  private struct NoLock: Error {}
}
