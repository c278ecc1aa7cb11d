import Digests
import Files

/// A blob that is open for reading, with all that it is coded against: each is opened once.
final class BlobReader {
  let blob: StoredBlob
  private let store: BlobStore
  /// The blob, then its bases, the nearest first.
  private let links: [ChainLink]
  private let workspace: ChunkWorkspace

  /// - Throws: `StoreError` that names the blob, or the base that is what is wrong.
  init(opening blob: StoredBlob, in store: BlobStore) throws {
    self.blob = blob
    self.store = store
    let bases = blob.bases
    guard bases.count <= BlobStore.chainLimit else {
      throw StoreError.blobUndecodable(
        blob.digest, path: store.path(of: blob), .chainTooLong(bases.count))
    }
    links =
      try [try ChainLink(opening: blob, in: store)]
      + bases.map { base in
        do { return try ChainLink(opening: base, in: store) } catch {
          throw StoreError.baseDamaged(
            blob.digest, base: base.digest, cause: try StoreError(error, reading: base))
        }
      }
    workspace = store.workspaces.take()
  }

  deinit { store.workspaces.giveBack(workspace) }

  var chunkCount: Int { Int(clamping: CodedLayout.chunkCount(of: blob.byteCount)) }

  /// All of a blob that is raw; `nil` when it is coded.
  var rawBytes: UnsafeRawBufferPointer? {
    guard let link = links.first, link.chunks == nil else { return nil }
    return link.stored.bytes
  }

  /// Lends a chunk, until the next one is asked for. Those of coded blobs have been compared with
  /// their checksums. Empty past the blob's end.
  ///
  /// - Throws: `StoreError` that names the blob, or the base that is what is wrong.
  func chunk(_ index: Int) throws -> UnsafeRawBufferPointer {
    // Down to the first blob that needs no other for this chunk, and up again.
    var level = 0
    do {
      while level + 1 < links.count, try links[level].needsBase(at: index) { level += 1 }
      var found: UnsafeRawBufferPointer?
      while true {
        found = try links[level].chunk(
          index, against: found, into: level % 2 == 0 ? workspace.front : workspace.back,
          workspace.decoder())
        if level == 0 { return found ?? UnsafeRawBufferPointer(start: nil, count: 0) }
        level -= 1
      }
    } catch let error as StoreError {
      throw try fault(ofLink: level, error)
    }
  }

  /// What is wrong with the blob, by an error of one of its chain.
  private func fault(ofLink level: Int, _ error: StoreError) throws -> StoreError {
    // A raw base has no checksums: what is coded against it comes out wrong when that is damaged.
    if level + 1 == links.count - 1, links[level + 1].chunks == nil {
      do { try requireWholeRoot() } catch let error as StoreError { return error }
    }
    return level == 0
      ? error : .baseDamaged(blob.digest, base: links[level].blob.digest, cause: error)
  }

  /// Throws unless the last of the chain is coded, and so has checksums, or has the bytes of its
  /// name.
  func requireWholeRoot() throws {
    guard let root = links.last, root.chunks == nil else { return }
    let found = Digest(of: root.stored.bytes)
    try requireUncut()
    guard found != root.blob.digest else { return }
    let error = StoreError.blobDamaged(
      root.blob.digest, path: store.path(of: root.blob), found: found)
    throw root.blob == blob
      ? error : StoreError.baseDamaged(blob.digest, base: root.blob.digest, cause: error)
  }

  /// Lends all of the blob in order, unchecked: raw ones in pieces that are still in the
  /// processor's cache when they are used twice, coded ones by chunks.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    if let bytes = rawBytes {
      for start in stride(from: 0, to: bytes.count, by: BlobStore.pieceByteCount) {
        try body(
          UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(BlobStore.pieceByteCount)))
      }
    } else {
      for index in 0..<chunkCount { try body(chunk(index)) }
    }
    try requireUncut()
  }

  /// Lends what a coded blob is in its pack, in order, and decodes it on the way.
  ///
  /// - Returns: the digest of what was decoded.
  func copyStored(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Digest {
    var hasher = SHA256()
    var end = 0
    if let link = links.first, let chunks = link.chunks {
      for (index, coded) in chunks.enumerated() {
        // The same pages as are decoded: no other bytes than those that are checked.
        try body(UnsafeRawBufferPointer(rebasing: link.stored.bytes[end..<coded.range.upperBound]))
        hasher.update(try chunk(index))
        end = coded.range.upperBound
      }
      try body(UnsafeRawBufferPointer(rebasing: link.stored.bytes[end...]))
    }
    try requireUncut()
    return hasher.finish()
  }

  /// Throws when a file was found shorter than it was when it was opened: then nothing that was
  /// lent can be believed.
  func requireUncut() throws {
    guard let link = links.first(where: { $0.stored.wasCut }) else { return }
    let error = try store.lengthError(of: link.blob)
    throw link.blob == blob
      ? error : StoreError.baseDamaged(blob.digest, base: link.blob.digest, cause: error)
  }
}
