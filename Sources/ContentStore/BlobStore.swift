public import Digests
public import Files
import Glibc

/// Where a blob's bytes are.
public enum BlobLocation: Hashable, Sendable {
  /// In a file of its own, raw: `sha256sum` of the file is its name.
  case loose
  /// In a pack, from a byte on.
  case packed(PackID, offset: UInt64)
}

/// A blob as the catalog knows it: enough to find its bytes and to check them.
public struct StoredBlob: Hashable, Sendable {
  public let digest: Digest
  public let byteCount: UInt64
  public let location: BlobLocation

  public init(digest: Digest, byteCount: UInt64, location: BlobLocation) {
    self.digest = digest
    self.byteCount = byteCount
    self.location = location
  }
}

/// Blobs on disk: immutable bytes, named by their SHA-256. It knows nothing of models.
public struct BlobStore: Sendable {
  /// What the file `format` says in a store that this program made.
  public static let format = "registry 1\n"
  /// Blobs of fewer bytes go to packs.
  public static let packLimit = 128 << 10
  /// A pack is written once it holds so many bytes.
  static let packByteCount = 16 << 20

  public let paths: StorePaths
  private let buffers = AlignedBuffers()

  /// Opens the store in a folder.
  public init(opening paths: StorePaths) throws {
    self.paths = paths
    guard try Folder.status(of: paths.format) != nil else {
      throw StoreError.notAStore(path: paths.root)
    }
    let file = try OpenFile.reading(paths.format)
    let size = min(try file.status().byteCount, 64)
    let found = String(decoding: try file.bytes(at: 0, count: Int(size)), as: UTF8.self)
    guard found == Self.format else {
      throw StoreError.unknownFormat(path: paths.root, found: found, known: Self.format)
    }
  }

  /// Makes an empty store. `format` is written last: what has none is not a store yet.
  public static func create(_ paths: StorePaths) throws -> BlobStore {
    try Folder.create(paths.root)
    try LocalFileSystem.require(paths.root)
    for folder in [
      paths.root + "/blobs", paths.blobs, paths.packs, paths.staging, paths.trash, paths.sessions,
    ] + paths.shards { try Folder.create(folder) }
    for folder in [paths.root + "/blobs", paths.blobs] { try Folder.synchronize(folder) }
    // Two processes may make one registry at once.
    let temporary = "\(paths.format).\(getpid())"
    try Folder.remove(temporary)
    let file = try OpenFile.creating(temporary, mode: 0o644)
    try file.write(Array(format.utf8))
    try file.synchronize()
    try Folder.rename(temporary, to: paths.format)
    try Folder.synchronize(paths.root)
    return try BlobStore(opening: paths)
  }

  /// Begins to write, or to read what must not be collected meanwhile.
  public func beginSession() throws -> WriteSession {
    try WriteSession(paths: paths, buffers: buffers)
  }

  /// The whole of a small blob, checked against its name.
  public func bytes(of blob: StoredBlob) throws -> [UInt8] {
    try withCheckedBytes(of: blob) { Array($0) }
  }

  /// The first bytes of a blob, unchecked: enough to guess what it is.
  public func firstBytes(of blob: StoredBlob, count: Int) throws -> [UInt8] {
    let file = try open(blob)
    let count = min(count, Int(clamping: blob.byteCount))
    switch blob.location {
    case .loose: return try file.bytes(at: 0, count: count)
    case .packed(_, let offset): return try file.bytes(at: offset, count: count)
    }
  }

  /// Lends a blob's bytes unchecked: for sums over what is checked elsewhere.
  public func withUncheckedBytes(
    of blob: StoredBlob, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withBytes(of: blob, body)
  }

  /// Lends a blob's bytes after they were checked against its name.
  public func withCheckedBytes<Result>(
    of blob: StoredBlob, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try withBytes(of: blob) { bytes in
      try check(Digest(of: bytes), is: blob)
      return try body(bytes)
    }
  }

  /// Copies a blob to an offset of a file, and throws if what was copied is not what its name says.
  public func copy(_ blob: StoredBlob, to target: FileTarget, at offset: UInt64) throws {
    let file = try open(blob)
    try withBytes(of: blob, in: file) { bytes in
      var hasher = SHA256()
      var done = 0
      while done < bytes.count {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[done...].prefix(Self.pieceByteCount))
        hasher.update(piece)
        let place = offset + UInt64(done)
        // The same pages, from the kernel's side: no other bytes than those that were hashed.
        if blob.location != .loose
          || !target.copy(piece.count, from: file, at: UInt64(done), to: place)
        {
          try target.write(piece, at: place)
        }
        done += piece.count
      }
      try check(hasher.finish(), is: blob)
    }
  }

  // Small enough that a piece is still in the processor's cache when it is copied after hashing.
  private static let pieceByteCount = 256 << 10

  /// Throws what is wrong with a blob: missing, unreadable, of another length, damaged. A quick
  /// check looks at names and lengths only.
  public func verify(_ blob: StoredBlob, readingBytes: Bool) throws {
    do {
      if readingBytes {
        try withBytes(of: blob) { bytes in try check(Digest(of: bytes), is: blob) }
      } else {
        _ = try open(blob)
      }
    } catch let error as SystemCallError {
      throw StoreError.blobUnreadable(blob.digest, error)
    }
  }

  /// The path of the file that a blob's bytes are in.
  public func path(of blob: StoredBlob) -> String {
    switch blob.location {
    case .loose: paths.loose(blob.digest)
    case .packed(let id, _): paths.pack(id)
    }
  }

  private func check(_ found: Digest, is blob: StoredBlob) throws {
    guard found == blob.digest else {
      throw StoreError.blobDamaged(blob.digest, path: path(of: blob), found: found)
    }
  }

  private func open(_ blob: StoredBlob) throws -> OpenFile {
    let path = path(of: blob)
    guard let file = try OpenFile.ifPresent(path, flags: O_RDONLY | O_NONBLOCK) else {
      throw StoreError.blobMissing(blob.digest, path: path)
    }
    let status = try file.status()
    guard status.isRegular else { throw StoreError.blobMissing(blob.digest, path: path) }
    let available: UInt64
    switch blob.location {
    case .loose: available = status.byteCount
    case .packed(_, let offset):
      let rest = status.byteCount > offset ? status.byteCount - offset : 0
      available = min(rest, blob.byteCount)
    }
    guard available == blob.byteCount else {
      throw StoreError.blobLengthWrong(
        blob.digest, path: path, expected: blob.byteCount, found: available)
    }
    return file
  }

  private func withBytes<Result>(
    of blob: StoredBlob, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let file = try open(blob)
    return try withBytes(of: blob, in: file, body)
  }

  private func withBytes<Result>(
    of blob: StoredBlob, in file: borrowing OpenFile,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    if case .packed(_, let offset) = blob.location {
      return try file.bytes(at: offset, count: Int(blob.byteCount)).withUnsafeBytes(body)
    }
    let mapped = try MappedFile(file, byteCount: blob.byteCount)
    let result = try body(mapped.bytes)
    guard !mapped.wasCut else {
      throw StoreError.blobLengthWrong(
        blob.digest, path: file.path, expected: blob.byteCount,
        found: try file.status().byteCount)
    }
    return result
  }
}
