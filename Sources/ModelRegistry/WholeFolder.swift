import ContentStore
import Files
import Glibc

/// Writes folders so that they appear whole or not at all.
enum WholeFolder {
  /// What becomes of a folder that has the target's name already.
  enum WhenTaken {
    /// It stays, and writing is an error.
    case refuse
    /// The new one takes its place.
    case replace
    /// It stays. Writing is an error unless it is the same, byte for byte.
    case compare
  }

  private static let prefix = ".registry-"

  /// A name in a folder that nobody else takes, for what is not whole yet.
  static func newName(in folder: String) -> String { "\(folder)/\(prefix)\(SessionID().name)" }

  /// Fills a folder under a name of its own beside the target, and moves it there when it is whole.
  ///
  /// - Parameter isDurable: whether it is to be on the disk before it has its name, so that a power
  ///   cut leaves no half of it there either.
  /// - Returns: `false` when the same was there already.
  @discardableResult
  static func write(
    to target: String, whenTaken: WhenTaken, isDurable: Bool = false,
    _ body: (_ folder: String) throws -> Void
  ) throws -> Bool {
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
      return try place(beside, at: target, in: parent, whenTaken, isDurable: isDurable)
    } catch {
      // The first error is the one to tell.
      _ = try? Folder.removeTree(beside)
      throw error
    }
  }

  /// Gives a folder that is whole its name.
  private static func place(
    _ beside: String, at target: String, in parent: String, _ whenTaken: WhenTaken,
    isDurable: Bool
  ) throws -> Bool {
    if whenTaken == .compare, try Folder.statusOfLink(target) != nil {
      guard try isSame(beside, target) else { throw RegistryError.targetDiffers(path: target) }
      try Folder.removeTree(beside)
      return false
    }
    if isDurable { try Folder.synchronizeTree(beside) }
    if try Folder.renameWithoutReplacing(beside, to: target) {
      if isDurable { try Folder.synchronize(parent) }
      return true
    }
    guard whenTaken == .replace else { throw RegistryError.targetExists(path: target) }
    // What it replaces must not be lost to a power cut before this one is there.
    if !isDurable { try Folder.synchronizeTree(beside) }
    try Folder.exchange(beside, with: target)
    try Folder.synchronize(parent)
    try Folder.removeTree(beside)
    return true
  }

  /// Whether two folders have the same files and the same bytes in them.
  private static func isSame(_ folder: String, _ other: String) throws -> Bool {
    guard try Folder.statusOfLink(other)?.isDirectory == true else { return false }
    let tree = try FolderTree(folder, fileLimit: Source.fileLimit)
    let otherTree: FolderTree
    do { otherTree = try FolderTree(other, fileLimit: Source.fileLimit) } catch is RegistryError {
      return false  // A link or a device is in it, which no version has.
    }
    guard tree.files == otherTree.files, tree.emptyFolders == otherTree.emptyFolders else {
      return false
    }
    return try tree.files.allSatisfy { name in
      try isSame(tree.open(name), otherTree.open(name))
    }
  }

  private static func isSame(
    _ file: consuming OpenFile, _ other: consuming OpenFile
  ) throws -> Bool {
    let byteCount = try file.status().byteCount
    guard try other.status().byteCount == byteCount else { return false }
    let bytes = try MappedFile(file, byteCount: byteCount)
    let otherBytes = try MappedFile(other, byteCount: byteCount)
    guard byteCount > 0, let base = bytes.bytes.baseAddress,
      let otherBase = otherBytes.bytes.baseAddress
    else { return byteCount == 0 }
    let isSame = memcmp(base, otherBase, bytes.bytes.count) == 0
    return isSame && !bytes.wasCut && !otherBytes.wasCut
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
