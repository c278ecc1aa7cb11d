import Files
import Glibc

/// Writes folders so that they appear whole or not at all.
enum WholeFolder {
  /// Fills a folder under a name of its own beside the target, and moves it there when it is whole.
  static func write(
    to target: String, replacing: Bool, _ body: (_ folder: String) throws -> Void
  ) throws {
    let slash = target.lastIndex(of: "/")
    let parent = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let beside = "\(parent)/.registry-\(getpid())"
    try Folder.removeTree(beside)
    try Folder.create(beside)
    do {
      try body(beside)
      if try Folder.renameWithoutReplacing(beside, to: target) { return }
      guard replacing else { throw RegistryError.targetExists(path: target) }
      try Folder.exchange(beside, with: target)
      try Folder.removeTree(beside)
    } catch {
      // The first error is the one to tell.
      _ = try? Folder.removeTree(beside)
      throw error
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
