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
  private let paths: StorePaths
  private let lockFile: OpenFile
  private let buffers: AlignedBuffers
  private let staged: Mutex<Staged>

  private struct Staged {
    var fileCount = 0
    var blobs: [Digest: StagedBlob] = [:]
    var loose: [Digest] = []
    var sealed: [PackID] = []
    var pack: PackWriter
  }

  init(paths: StorePaths, buffers: AlignedBuffers) throws {
    let id = SessionID()
    self.id = id
    self.paths = paths
    self.buffers = buffers
    staged = Mutex(Staged(pack: PackWriter(id: PackID(session: id, number: 0))))
    lockFile = try Self.lockedFile(paths.session(id))
    try Folder.create(paths.staging(of: id))
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

  /// Copies the bytes of one blob, given in pieces, into staging, and names it.
  public func stage(_ pieces: [UnsafeRawBufferPointer]) throws -> StagedBlob {
    let byteCount = pieces.reduce(0) { $0 + $1.count }
    return byteCount < BlobStore.packLimit
      ? try stageSmall(Array(pieces.joined())) : try stageLarge(pieces, byteCount: byteCount)
  }

  private func stageLarge(_ pieces: [UnsafeRawBufferPointer], byteCount: Int) throws -> StagedBlob {
    let temporary = staged.withLock { staged in
      staged.fileCount += 1
      return paths.staging(of: id) + "/\(staged.fileCount)"
    }
    let digest = try buffers.withBuffer { buffer in
      var writer = try DirectWriter(creating: temporary, buffer: buffer)
      var hasher = SHA256()
      for piece in pieces { try writer.append(piece) { hasher.update($0) } }
      try writer.finish()
      return hasher.finish()
    }
    let blob = StagedBlob(digest: digest, byteCount: UInt64(byteCount), location: .loose)
    try staged.withLock { staged in
      if staged.blobs[digest] != nil {
        try Folder.remove(temporary)
      } else {
        try Folder.rename(temporary, to: stagedPath(of: digest))
        staged.blobs[digest] = blob
        staged.loose.append(digest)
      }
    }
    return blob
  }

  // The bytes come as a copy: what is hashed is what is stored, whatever happens to the source.
  private func stageSmall(_ bytes: [UInt8]) throws -> StagedBlob {
    let digest = Digest(of: bytes)
    return try staged.withLock { staged in
      if let known = staged.blobs[digest] { return known }
      let location = staged.pack.append(bytes, digest: digest)
      let blob = StagedBlob(digest: digest, byteCount: UInt64(bytes.count), location: location)
      staged.blobs[digest] = blob
      if staged.pack.isFull { try seal(&staged) }
      return blob
    }
  }

  private func seal(_ staged: inout Staged) throws(SystemCallError) {
    guard !staged.pack.isEmpty else { return }
    let id = staged.pack.id
    try staged.pack.write(to: stagedPath(of: id))
    staged.sealed.append(id)
    staged.pack = PackWriter(id: PackID(session: self.id, number: id.number + 1))
  }

  private func stagedPath(of digest: Digest) -> String { paths.staging(of: id) + "/" + digest.hex }

  private func stagedPath(of pack: PackID) -> String { paths.staging(of: id) + "/" + pack.name }

  /// Gives everything staged its final name, and returns when bytes and names are on the disk.
  ///
  /// - Returns: the packs, with the bytes that each takes.
  public func publish() throws -> [PublishedPack] {
    let (loose, packs) = try staged.withLock { staged in
      try seal(&staged)
      return (staged.loose, staged.sealed)
    }
    // All at once, not each as it is written: the first fsync then commits what the file system has
    // to say of all of them, and the others find it done.
    for digest in loose { try OpenFile.reading(stagedPath(of: digest)).synchronize() }
    for digest in loose { try publish(digest) }
    var published: [PublishedPack] = []
    for id in packs {
      try Folder.rename(stagedPath(of: id), to: paths.pack(id))
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
