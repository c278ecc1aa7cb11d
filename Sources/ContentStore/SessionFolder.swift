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
  }

  /// The living sessions and their pins. The dead are swept: their staging, then their file.
  ///
  /// Call it with the catalog's write lock held: a session pins under that lock, so all pins that
  /// matter are in the files.
  func living() throws -> Living {
    var living = Living()
    for name in try Folder.names(in: paths.sessions) {
      guard let id = SessionID(parsing: name) else { continue }
      guard let pins = try pinsIfAlive(id) else { continue }
      living.sessions.insert(id)
      living.pins.formUnion(pins)
    }
    for name in try Folder.names(in: paths.staging) {
      guard let id = SessionID(parsing: name), !living.sessions.contains(id) else { continue }
      // A session makes its file and locks it before it makes its staging folder, so a folder
      // without a living file is a dead one's, or of one that began after the list was made.
      if try Folder.status(of: paths.session(id)) == nil { try sweepStaging(of: id) }
    }
    return living
  }

  /// The pins of a living session; a dead one is swept and `nil`.
  private func pinsIfAlive(_ id: SessionID) throws -> [Digest]? {
    let path = paths.session(id)
    guard let file = try OpenFile.ifPresent(path, flags: O_RDWR) else { return nil }
    if try file.lock(waiting: false) {
      try sweepStaging(of: id)
      try Folder.remove(path)
      return nil
    }
    let size = try file.status().byteCount
    let bytes = try file.bytes(at: 0, count: Int(size))
    return stride(from: 0, to: bytes.count - Digest.byteCount + 1, by: Digest.byteCount)
      .compactMap { Digest(bytes: bytes[$0..<($0 + Digest.byteCount)]) }
  }

  /// Removes a session's staging folder with all in it.
  func sweepStaging(of id: SessionID) throws(SystemCallError) {
    let folder = paths.staging(of: id)
    for name in try Folder.names(in: folder) { try Folder.remove(folder + "/" + name) }
    try Folder.removeFolder(folder)
  }
}
