import CLinux
public import Glibc

/// Calls on names in folders, each an error that names the file.
public enum Folder {
  /// Makes a folder. One that is there already is fine.
  public static func create(_ path: String, mode: mode_t = 0o755) throws(SystemCallError) {
    do { try retrying("mkdir", path) { mkdir(path, mode) } } catch  where error.code == EEXIST {
      guard try status(of: path)?.isDirectory == true else { throw error }
    }
  }

  /// Makes a folder; `false` when something has the name.
  public static func createNew(_ path: String, mode: mode_t = 0o755) throws(SystemCallError) -> Bool
  {
    do throws(SystemCallError) {
      try retrying("mkdir", path) { mkdir(path, mode) }
      return true
    } catch {
      if error.code == EEXIST { return false }
      throw error
    }
  }

  /// Makes a folder, and those above it that are missing.
  public static func createWithParents(_ path: String) throws(SystemCallError) {
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      let parent = String(path[..<slash])
      if try status(of: parent) == nil { try createWithParents(parent) }
    }
    try create(path)
  }

  /// What stands at a path, links followed; `nil` when nothing does.
  public static func status(of path: String) throws(SystemCallError) -> FileStatus? {
    var raw = stat()
    do { try retrying("stat", path) { stat(path, &raw) } } catch
      where error.code == ENOENT || error.code == ENOTDIR
    { return nil }
    return FileStatus(raw)
  }

  /// What stands at a path, a link being itself; `nil` when nothing does.
  public static func statusOfLink(_ path: String) throws(SystemCallError) -> FileStatus? {
    var raw = stat()
    do { try retrying("lstat", path) { lstat(path, &raw) } } catch
      where error.code == ENOENT || error.code == ENOTDIR
    { return nil }
    return FileStatus(raw)
  }

  /// Returns when the folder's names are on the disk.
  public static func synchronize(_ path: String) throws(SystemCallError) {
    try OpenFile(path, flags: O_RDONLY | O_DIRECTORY).synchronize()
  }

  /// Returns when all files and names below a folder are on the disk.
  public static func synchronizeTree(_ path: String) throws(SystemCallError) {
    for name in try names(in: path) {
      let inner = "\(path)/\(name)"
      if try statusOfLink(inner)?.isDirectory == true {
        try synchronizeTree(inner)
      } else {
        try OpenFile(inner, flags: O_RDONLY | O_NOFOLLOW).synchronize()
      }
    }
    try synchronize(path)
  }

  /// Moves a file within a file system, over what is there.
  public static func rename(_ source: String, to target: String) throws(SystemCallError) {
    try retrying("rename", target) { Glibc.rename(source, target) }
  }

  /// Moves a file within a file system; `false` when the name is taken.
  public static func renameWithoutReplacing(_ source: String, to target: String)
    throws(SystemCallError) -> Bool
  {
    do {
      try retrying("renameat2", target) {
        renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE_FLAG)
      }
      return true
    } catch {
      switch error.code {
      case EEXIST: return false
      // File systems that cannot (NFS, some FUSE) can still link without replacing.
      case EINVAL, ENOSYS: return try linkAndRemove(source, to: target)
      default: throw error
      }
    }
  }

  /// Lets two files or folders of one file system change names, at once.
  public static func exchange(_ path: String, with other: String) throws(SystemCallError) {
    try retrying("renameat2", other) {
      renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE_FLAG)
    }
  }

  private static func linkAndRemove(_ source: String, to target: String) throws(SystemCallError)
    -> Bool
  {
    do { try retrying("link", target) { link(source, target) } } catch {
      if error.code == EEXIST { return false }
      throw error
    }
    try remove(source)
    return true
  }

  /// Removes a file; `false` when it was not there.
  @discardableResult
  public static func remove(_ path: String) throws(SystemCallError) -> Bool {
    do {
      try retrying("unlink", path) { unlink(path) }
      return true
    } catch  where error.code == ENOENT {
      return false
    }
  }

  /// Removes an empty folder; `false` when it was not there.
  @discardableResult
  public static func removeFolder(_ path: String) throws(SystemCallError) -> Bool {
    do {
      try retrying("rmdir", path) { rmdir(path) }
      return true
    } catch  where error.code == ENOENT {
      return false
    }
  }

  /// Removes a folder and all that is in it, links themselves and not what they lead to; nothing
  /// when it is not there.
  public static func removeTree(_ path: String) throws(SystemCallError) {
    guard let status = try statusOfLink(path) else { return }
    guard status.isDirectory else {
      try remove(path)
      return
    }
    for name in try names(in: path) { try removeTree("\(path)/\(name)") }
    try removeFolder(path)
  }

  /// The names in a folder, sorted, without `.` and `..`. No names when it is not there.
  public static func names(in path: String) throws(SystemCallError) -> [String] {
    guard let stream = opendir(path) else {
      let error = SystemCallError("opendir", path)
      if error.code == ENOENT { return [] }
      throw error
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw SystemCallError("readdir", path) }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
      }
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
  }

  /// The absolute path with links and dots resolved; the file must be there.
  public static func resolve(_ path: String) throws(SystemCallError) -> String {
    guard let resolved = realpath(path, nil) else { throw SystemCallError("realpath", path) }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
