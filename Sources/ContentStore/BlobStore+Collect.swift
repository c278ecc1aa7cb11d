public import Digests
import Files
import Glibc

/// Proof that this process is the store's one collector. Only `BlobStore.collectorLock` makes one.
public struct CollectorLock: ~Copyable {
  private let file: OpenFile

  fileprivate init(file: consuming OpenFile) { self.file = file }
}

/// What lies in the store's folders, whether the catalog knows it or not.
public struct StoreContents: Sendable {
  public var loose: [Digest] = []
  public var packs: [PackID] = []
  /// Files under names that no store gives. They are left alone.
  public var strange: [String] = []
}

extension BlobStore {
  /// The collector's lock; `nil` when another process collects.
  public func collectorLock() throws -> CollectorLock? {
    let file = try OpenFile(paths.collectorLock, flags: O_RDWR | O_CREAT, mode: 0o644)
    guard try file.lock(waiting: false) else { return nil }
    return CollectorLock(file: file)
  }

  /// What living sessions hold. Call it with the catalog's write lock held.
  public func livingSessions(_ lock: borrowing CollectorLock) throws -> LivingSessions {
    LivingSessions(try SessionFolder(paths: paths).living())
  }

  /// Every blob file and pack there is.
  public func contents() throws -> StoreContents {
    var contents = StoreContents()
    for shard in paths.shards {
      for name in try Folder.names(in: shard) {
        let path = shard + "/" + name
        if let digest = Digest(parsing: name), paths.loose(digest) == path {
          contents.loose.append(digest)
        } else {
          contents.strange.append(path)
        }
      }
    }
    for name in try Folder.names(in: paths.packs) {
      if name.hasSuffix(".pack"), let id = PackID(parsing: name.dropLast(5)) {
        contents.packs.append(id)
      } else {
        contents.strange.append(paths.packs + "/" + name)
      }
    }
    return contents
  }

  /// The blobs of a pack, by its own footer.
  public func entries(of pack: PackID) throws -> [PackEntry] {
    let file = try OpenFile.reading(paths.pack(pack))
    return try PackLayout.entries(of: file)
  }

  /// What is wrong with the part of a pack that tells what is in it; `nil` when nothing is, or
  /// when there is no pack to look at: its blobs tell that.
  ///
  /// The catalog tells the same, so that the blobs can be read all the same; what is made anew
  /// without a catalog needs the pack's own word.
  public func defect(of pack: PackID) throws -> StoreError? {
    do {
      _ = try entries(of: pack)
      return nil
    } catch let error as StoreError {
      return error
    } catch is SystemCallError {
      return nil
    }
  }

  /// Bytes of a loose blob's file; `nil` when it is not there.
  public func byteCount(ofLoose digest: Digest) throws -> UInt64? {
    try Folder.status(of: paths.loose(digest))?.byteCount
  }

  /// Bytes of a pack's file.
  public func byteCount(of pack: PackID) throws -> UInt64 {
    try Folder.status(of: paths.pack(pack))?.byteCount ?? 0
  }

  /// What everything in the store's folder takes on the disk.
  public func diskByteCount() throws -> UInt64 {
    let folders = [
      paths.root, paths.packs, paths.staging, paths.trash, paths.sessions,
    ]
    return try (folders + paths.shards).reduce(0) { total, folder in
      try Folder.names(in: folder).reduce(total) { total, name in
        total + (try Folder.status(of: folder + "/" + name)?.allocatedByteCount ?? 0)
      }
    }
  }

  /// Takes a loose blob out of the store. It is in the trash until `emptyTrash`.
  public func discard(_ digest: Digest, _ lock: borrowing CollectorLock) throws {
    try discard(paths.loose(digest), as: digest.hex)
  }

  /// Takes a pack out of the store. It is in the trash until `emptyTrash`.
  public func discard(_ pack: PackID, _ lock: borrowing CollectorLock) throws {
    try discard(paths.pack(pack), as: pack.name + ".pack")
  }

  private func discard(_ path: String, as name: String) throws {
    do { try Folder.rename(path, to: paths.trash + "/" + name) } catch
      where error.code == ENOENT
    {
      // A collection before this one got as far as here and was interrupted.
    }
  }

  /// Removes what is in the trash, and says what that gave back: bytes as the disk counts them.
  public func emptyTrash(_ lock: borrowing CollectorLock) throws -> UInt64 {
    var freed: UInt64 = 0
    for name in try Folder.names(in: paths.trash) {
      let path = paths.trash + "/" + name
      freed += try Folder.status(of: path)?.allocatedByteCount ?? 0
      try Folder.remove(path)
    }
    return freed
  }
}

/// What the sessions that are alive hold: the collector must not touch it.
public struct LivingSessions: Sendable {
  private let sessions: Set<SessionID>
  private let pins: Set<Digest>
  /// What dead sessions had left, and was removed, as the disk counts it.
  public let sweptByteCount: UInt64

  init(_ living: SessionFolder.Living) {
    sessions = living.sessions
    pins = living.pins
    sweptByteCount = living.sweptByteCount
  }

  /// Whether a living session needs the blob.
  public func pins(_ digest: Digest) -> Bool { pins.contains(digest) }

  /// Whether a living session holds a blob that the pack has, and may have looked it up there.
  public func mayRead(_ pack: PackID, in store: BlobStore) throws -> Bool {
    guard !pins.isEmpty else { return false }
    // Nobody knows what is in a pack that does not tell.
    guard try store.defect(of: pack) == nil else { return true }
    do { return try store.entries(of: pack).contains { pins.contains($0.digest) } } catch let error
      as SystemCallError where error.code == ENOENT
    { return false }
  }

  /// Whether the pack's writer is alive, and may be about to make it known.
  public func isWriting(_ pack: PackID) -> Bool { sessions.contains(pack.session) }
}
