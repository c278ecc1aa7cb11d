import Files

/// Writes files so that they appear whole or not at all.
enum WholeFile {
  /// Writes a file without a name, and names it when it is whole: a process that is killed leaves
  /// nothing behind. On file systems that have no such files, one with a name of its own beside it.
  static func write(
    to target: String, replacing: Bool, _ body: (borrowing OpenFile) throws -> Void
  ) throws {
    let slash = target.lastIndex(of: "/")
    let folder = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let beside = WholeFolder.newName(in: folder)
    let output = try OpenFile.nameless(in: folder, else: beside, title: target)
    do {
      try body(output)
      if replacing {
        // What it replaces must not be lost to a power cut before this one is there.
        try output.synchronize()
      } else if try output.name(target, named: beside) {
        return
      } else {
        throw RegistryError.targetExists(path: target)
      }
      guard try output.name(beside, named: beside) else {
        throw RegistryError.targetExists(path: beside)
      }
      try Folder.rename(beside, to: target)
    } catch {
      // The first error is the one to tell.
      _ = try? Folder.remove(beside)
      throw error
    }
  }
}
