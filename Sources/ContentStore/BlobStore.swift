import Files
import Glibc

/// Blobs on disk: immutable bytes, named by their SHA-256. It knows nothing of models.
public struct BlobStore: Sendable {
  /// What the file `format` says in a store that this program made.
  public static let format = "registry 1\n"
  /// Blobs of fewer bytes go to packs.
  public static let packLimit = 128 << 10
  /// Blobs of more bytes are not held whole: texts of versions are shorter.
  public static let smallByteCount: UInt64 = 256 << 20
  /// So many first bytes of a blob are had without decoding it, unless it is small enough for
  /// packs, and coded.
  public static let headByteCount = CodedLayout.headByteCount
  /// What a pack has besides blobs and their entries.
  public static let emptyPackByteCount = PackLayout.emptyByteCount
  /// What a coded blob takes in a pack besides its chunks, with what its entry takes more than that
  /// of a raw one.
  public static func codingOverhead(of byteCount: UInt64, hasBase: Bool) -> UInt64 {
    CodedLayout.leastByteCount(of: byteCount)
      + PackEntry.surplus(ofCoded: byteCount, hasBase: hasBase)
  }

  /// How many blobs may have to be decoded, one after another, for one that is coded.
  public static let chainLimit = 64
  /// No blob is added to a pack that has so many bytes.
  static let packByteCount: UInt64 = 256 << 20
  /// Small enough that a piece is still in the processor's cache when it is copied after hashing.
  static let pieceByteCount = 256 << 10

  public let paths: StorePaths
  let buffers = AlignedBuffers()
  let workspaces = ChunkWorkspaces()

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
    try WriteSession(store: self)
  }
}
