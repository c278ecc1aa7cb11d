public import Digests
public import Files
import Glibc
import Synchronization

/// A blob that a session put: named by its bytes, not yet to be found under its name.
public struct StagedBlob: Hashable, Sendable {
  public let digest: Digest
  public let byteCount: UInt64
  /// Where it will be once it is published.
  public let location: BlobLocation
  /// How it was coded; `nil`: it is raw.
  public let coding: StagedCoding?
}

/// One process' spell of writing to a store, or of reading what must stay there.
///
/// The session is a file that this process holds locked; the lock goes with the process, however it
/// ends, so a collector can tell the living from the dead without a clock. In the file stand the
/// digests that must not be collected: the session's pins.
///
/// Order of use, which the facade keeps: `stage` in any thread, `pin` under the catalog's write
/// lock, `publish`, the catalog's transaction, `end`.
public final class WriteSession: Sendable {
  let id: SessionID
  let store: BlobStore
  let packs: SessionPacks
  let staged = Mutex(Staged())
  private let lockFile: OpenFile

  struct Staged {
    var fileCount = 0
    var blobs: [Digest: StagedBlob] = [:]
    var loose: [Digest] = []
    var beginnings: Set<Beginning> = []
  }

  private var paths: StorePaths { store.paths }

  init(store: BlobStore) throws {
    let id = SessionID()
    self.id = id
    self.store = store
    packs = SessionPacks(session: id, paths: store.paths, buffers: store.buffers)
    lockFile = try Self.lockedFile(store.paths.session(id))
    try Folder.create(store.paths.staging(of: id))
  }

  /// Makes the session's file and locks it. A collector that finds the file before it is locked
  /// takes the session for dead and removes it, so the file must still be there afterwards.
  private static func lockedFile(_ path: String) throws(SystemCallError) -> OpenFile {
    while true {
      let file = try OpenFile.creating(path, mode: 0o644)
      if try file.lock(waiting: true),
        try Folder.status(of: path)?.inode == file.status().inode
      {
        return file
      }
    }
  }

  /// Adds pins. Call it with the catalog's write lock held, in the transaction that reads which of
  /// these blobs are there: then no collector can be between the two.
  public func pin(_ digests: some Sequence<Digest>) throws(SystemCallError) {
    try lockFile.write(digests.flatMap(\.bytes))
  }

  /// A nameless file in staging, for a reader to decode into.
  public func makeSpool() throws(SystemCallError) -> OpenFile {
    let folder = paths.staging(of: id)
    return try OpenFile.nameless(
      in: folder, else: folder + "/spool", title: folder + "/spool", mode: 0o600)
  }

  /// The path of a large blob as long as it is staged.
  func stagedPath(of digest: Digest) -> String { paths.staging(of: id) + "/" + digest.hex }

  /// A path in staging for a file that is being written.
  func newStagingPath() -> String {
    staged.withLock { staged in
      staged.fileCount += 1
      return paths.staging(of: id) + "/\(staged.fileCount)"
    }
  }

  /// Gives everything staged its final name, and returns when bytes and names are on the disk.
  ///
  /// - Returns: the packs, with the bytes that each takes.
  public func publish() throws -> [PublishedPack] {
    let packs = try packs.sealAll()
    let loose = staged.withLock { staged in
      defer { staged.loose = [] }
      return staged.loose
    }
    // All at once, not each as it is written: the first fsync then commits what the file system has
    // to say of all of them, and the others find it done.
    for path in loose.map(stagedPath) + packs.map(self.packs.path) {
      try OpenFile.reading(path).synchronize()
    }
    for digest in loose { try publish(digest) }
    var published: [PublishedPack] = []
    for id in packs {
      try Folder.rename(self.packs.path(of: id), to: paths.pack(id))
      let size = try Folder.status(of: paths.pack(id))?.byteCount
      published.append(PublishedPack(id: id, byteCount: size ?? 0))
    }
    for shard in Set(loose.map(paths.shard)) { try Folder.synchronize(shard) }
    if !packs.isEmpty { try Folder.synchronize(paths.packs) }
    return published
  }

  private func publish(_ digest: Digest) throws {
    let source = stagedPath(of: digest)
    let target = paths.loose(digest)
    if try Folder.renameWithoutReplacing(source, to: target) { return }
    // Another writer's, or one that a crash left behind: keep it if it is whole.
    if try sameBytes(source, target) {
      try Folder.remove(source)
    } else {
      try Folder.rename(source, to: target)
    }
  }

  private func sameBytes(_ left: String, _ right: String) throws -> Bool {
    let leftFile = try OpenFile.reading(left)
    // A link in its place is not followed: nobody would find the blob there.
    guard let rightFile = try OpenFile.ifPresent(right, flags: O_RDONLY | O_NONBLOCK) else {
      return false
    }
    let size = try leftFile.status().byteCount
    let found = try rightFile.status()
    guard found.isRegular, found.byteCount == size else { return false }
    let leftMap = try MappedFile(leftFile, byteCount: size)
    let rightMap = try MappedFile(rightFile, byteCount: size)
    guard let leftBytes = leftMap.bytes.baseAddress, let rightBytes = rightMap.bytes.baseAddress
    else { return size == 0 }
    let isSame = memcmp(leftBytes, rightBytes, leftMap.bytes.count) == 0
    return isSame && !leftMap.wasCut && !rightMap.wasCut
  }

  /// Drops the pins, and what was staged and not published.
  public func end() throws(SystemCallError) {
    try SessionFolder(paths: paths).sweepStaging(of: id)
    // Last: from here on the session counts as dead.
    try Folder.remove(lockFile.path)
  }
}

/// A pack under its final name.
public struct PublishedPack: Hashable, Sendable {
  public let id: PackID
  public let byteCount: UInt64
}

/// How a blob begins, and how long it is: what no twin of it differs in.
struct Beginning: Hashable {
  let byteCount: UInt64
  let head: [UInt8]
}
