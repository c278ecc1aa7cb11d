import ContentStore
import Files
import Glibc

/// Writes folders so that they appear whole or not at all.
enum WholeFolder {
  private static let prefix = ".registry-"

  /// A name in a folder that nobody else takes, for what is not whole yet.
  static func newName(in folder: String) -> String { "\(folder)/\(prefix)\(SessionID().name)" }

  /// Fills a folder under a name of its own beside the target, and moves it there when it is whole.
  static func write(
    to target: String, replacing: Bool, _ body: (_ folder: String) throws -> Void
  ) throws {
    let slash = target.lastIndex(of: "/")
    let parent = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    guard try Folder.status(of: parent)?.isDirectory == true else {
      throw SystemCallError("mkdir", target, code: ENOENT)
    }
    try sweep(parent)
    let beside = newName(in: parent)
    guard try Folder.createNew(beside) else { throw RegistryError.targetExists(path: beside) }
    // Its lock goes with this process: see `sweep`.
    let lock = try OpenFile(beside, flags: O_RDONLY | O_DIRECTORY)
    _ = try lock.lock(waiting: true)
    do {
      try body(beside)
      if try Folder.renameWithoutReplacing(beside, to: target) { return }
      guard replacing else { throw RegistryError.targetExists(path: target) }
      // What it replaces must not be lost to a power cut before this one is there.
      try Folder.synchronizeTree(beside)
      try Folder.exchange(beside, with: target)
      try Folder.synchronize(parent)
      try Folder.removeTree(beside)
    } catch {
      // The first error is the one to tell.
      _ = try? Folder.removeTree(beside)
      throw error
    }
  }

  /// Removes what processes that were killed left beside a target. One that has just begun may not
  /// have its lock yet, so only what is an hour old is looked at.
  private static func sweep(_ parent: String) throws {
    for name in try Folder.names(in: parent) where name.hasPrefix(prefix) {
      let path = "\(parent)/\(name)"
      guard SessionID(parsing: name.dropFirst(prefix.count)) != nil,
        let folder = try OpenFile.ifPresent(path, flags: O_RDONLY | O_DIRECTORY),
        try Registry.systemTime() - folder.status().modified > 3_600_000_000_000,
        try folder.lock(waiting: false)
      else { continue }
      try Folder.removeTree(path)
    }
  }

  /// Makes a file in the folder, and the folders that it is in.
  static func create(
    _ name: String, in folder: String, _ body: (borrowing OpenFile) throws -> Void
  ) throws {
    if let slash = name.lastIndex(of: "/") {
      try Folder.createWithParents("\(folder)/\(name[..<slash])")
    }
    try body(OpenFile.creating("\(folder)/\(name)", mode: 0o644))
  }
}
