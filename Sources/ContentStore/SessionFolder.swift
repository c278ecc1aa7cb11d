import Digests
import Files
import Glibc

/// Tells living sessions from dead ones, and clears up after the dead.
struct SessionFolder {
  let paths: StorePaths

  /// What the living sessions hold.
  struct Living {
    var sessions: Set<SessionID> = []
    var pins: Set<Digest> = []
    /// What the dead left, as the disk counts it.
    var sweptByteCount: UInt64 = 0
  }

  /// The living sessions and their pins. The dead are swept: their staging, then their file.
  ///
  /// Call it with the catalog's write lock held: a session pins under that lock, so all pins that
  /// matter are in the files.
  func living() throws -> Living {
    var living = Living()
    for name in try Folder.names(in: paths.sessions) {
      guard let id = SessionID(parsing: name),
        let file = try OpenFile.ifPresent(paths.session(id), flags: O_RDWR)
      else { continue }
      if try file.lock(waiting: false) {
        living.sweptByteCount += try sweepStaging(of: id)
        try Folder.remove(paths.session(id))
      } else {
        living.sessions.insert(id)
        living.pins.formUnion(try pins(in: file))
      }
    }
    for name in try Folder.names(in: paths.staging) {
      guard let id = SessionID(parsing: name), !living.sessions.contains(id) else { continue }
      // A session makes its file and locks it before it makes its staging folder, so a folder
      // without a file is a dead one's, or of one that began after the list was made.
      if try Folder.status(of: paths.session(id)) == nil {
        living.sweptByteCount += try sweepStaging(of: id)
      }
    }
    return living
  }

  private func pins(in file: borrowing OpenFile) throws -> [Digest] {
    let bytes = try file.bytes(at: 0, count: Int(clamping: file.status().byteCount))
    return stride(from: 0, to: bytes.count - Digest.byteCount + 1, by: Digest.byteCount)
      .compactMap { Digest(bytes: bytes[$0..<($0 + Digest.byteCount)]) }
  }

  /// Removes a session's staging folder with all in it, and says what that took on the disk.
  @discardableResult
  func sweepStaging(of id: SessionID) throws(SystemCallError) -> UInt64 {
    let folder = paths.staging(of: id)
    var byteCount: UInt64 = 0
    for name in try Folder.names(in: folder) {
      byteCount += try Folder.status(of: folder + "/" + name)?.allocatedByteCount ?? 0
      try Folder.remove(folder + "/" + name)
    }
    try Folder.removeFolder(folder)
    return byteCount
  }
}
