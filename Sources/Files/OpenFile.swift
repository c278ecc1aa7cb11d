import CLinux
public import Glibc

/// An open file. Closed when it goes out of scope.
public struct OpenFile: ~Copyable, Sendable {
  /// The descriptor; it stays this value's.
  public let descriptor: Int32
  /// What it was opened as.
  public let path: String

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  /// Opens with the flags of open(2); always close-on-exec.
  public init(_ path: String, flags: Int32, mode: mode_t = 0) throws(SystemCallError) {
    let descriptor = try retrying("open", path) { open(path, flags | O_CLOEXEC, mode) }
    self.init(descriptor: descriptor, path: path)
  }

  /// Makes an empty file in memory, for reading and writing, which has no path. Only what is
  /// written takes room: it may have holes.
  public static func inMemory(_ title: String) throws(SystemCallError) -> OpenFile {
    let descriptor = memfd_create(title, MEMFD_CLOEXEC_FLAG)
    guard descriptor >= 0 else { throw SystemCallError("memfd_create", title) }
    return OpenFile(descriptor: descriptor, path: title)
  }

  /// Opens for reading what must be a regular file. A FIFO or device is an error, and never waited
  /// for.
  public static func reading(_ path: String) throws(SystemCallError) -> OpenFile {
    let file = try OpenFile(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
    let status = try file.status()
    guard status.isRegular else {
      throw SystemCallError("open", path, code: status.isDirectory ? EISDIR : EINVAL)
    }
    return file
  }

  /// Opens what may be gone already; `nil` when it is, or when a link stands there instead.
  public static func ifPresent(_ path: String, flags: Int32) throws(SystemCallError) -> OpenFile? {
    while true {
      let descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW)
      if descriptor >= 0 { return OpenFile(descriptor: descriptor, path: path) }
      let error = SystemCallError("open", path)
      switch error.code {
      case EINTR: continue
      case ENOENT, ELOOP: return nil
      default: throw error
      }
    }
  }

  /// Makes a file that must not be there yet, for reading and writing.
  public static func creating(_ path: String, mode: mode_t = 0o444) throws(SystemCallError)
    -> OpenFile
  {
    try OpenFile(path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
  }

  /// Makes a file in a folder that has no name, and goes when it is closed unless it is named.
  /// Where the file system has no such files, makes one at `path`. Errors call it `title`.
  public static func nameless(
    in folder: String, else path: String, title: String, mode: mode_t = 0o644
  ) throws(SystemCallError) -> OpenFile {
    while true {
      let descriptor = open(folder, O_RDWR | O_TMPFILE_FLAG | O_CLOEXEC, mode)
      if descriptor >= 0 { return OpenFile(descriptor: descriptor, path: title) }
      let error = SystemCallError("open", title)
      if [EOPNOTSUPP, EISDIR, EINVAL].contains(error.code) {
        return try creating(path, mode: mode)
      }
      if error.code != EINTR { throw error }
    }
  }

  /// Gives a nameless file a name; one that was made at `path` is moved. `false` when the name is
  /// taken.
  public func name(_ target: String, named path: String) throws(SystemCallError) -> Bool {
    if self.path == path {
      if path == target { return true }
      return try Folder.renameWithoutReplacing(path, to: target)
    }
    do throws(SystemCallError) {
      try retrying("linkat", target) {
        linkat(
          AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, target, AT_SYMLINK_FOLLOW)
      }
      return true
    } catch {
      if error.code == EEXIST { return false }
      throw error
    }
  }

  /// What fstat(2) says of it now.
  public func status() throws(SystemCallError) -> FileStatus {
    var raw = stat()
    try retrying("fstat", path) { fstat(descriptor, &raw) }
    return FileStatus(raw)
  }

  /// Fills the buffer from an offset; a file that ends before that is an error (`EIO`).
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64)
    throws(SystemCallError)
  {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try retrying("pread", path) {
        pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
      }
      guard count > 0 else { throw SystemCallError("pread", path, code: EIO) }
      done += count
    }
  }

  /// The bytes of an extent, which must be there.
  public func bytes(at offset: UInt64, count: Int) throws(SystemCallError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: SystemCallError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(SystemCallError) { try read(into: buffer, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Writes all bytes at the file's position.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      done += try retrying("write", path) {
        Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
    }
  }

  /// Writes all bytes at the file's position.
  public func write(_ bytes: [UInt8]) throws(SystemCallError) {
    var failure: SystemCallError?
    bytes.withUnsafeBytes { buffer in
      do throws(SystemCallError) { try write(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Returns when the bytes and the size are on the disk. After a failure the pages may be gone:
  /// never call it again on the same file.
  public func synchronize() throws(SystemCallError) {
    try retrying("fsync", path) { fsync(descriptor) }
  }

  /// Cuts the file, or fills it with zeros, to a size.
  public func truncate(to byteCount: UInt64) throws(SystemCallError) {
    try retrying("ftruncate", path) { ftruncate(descriptor, off_t(byteCount)) }
  }

  /// Takes the file's lock (flock(2)), which goes when the last descriptor on it is closed. Without
  /// `waiting`, `false` when another holds it.
  public func lock(shared: Bool = false, waiting: Bool) throws(SystemCallError) -> Bool {
    let kind = shared ? LOCK_SH : LOCK_EX
    do {
      try retrying("flock", path) { flock(descriptor, kind | (waiting ? 0 : LOCK_NB)) }
      return true
    } catch  where error.code == EWOULDBLOCK {
      return false
    }
  }
}

/// What the file system says of a file, as far as we ask.
public struct FileStatus: Hashable, Sendable {
  public let byteCount: UInt64
  /// What it takes on the disk.
  public let allocatedByteCount: UInt64
  public let isRegular: Bool
  public let isDirectory: Bool
  public let isLink: Bool
  /// Nanoseconds since 1970 of the last change of the bytes.
  public let modified: Int64
  public let inode: UInt64

  init(_ raw: stat) {
    byteCount = UInt64(max(0, raw.st_size))
    allocatedByteCount = UInt64(max(0, raw.st_blocks)) * 512
    isRegular = raw.st_mode & S_IFMT == S_IFREG
    isDirectory = raw.st_mode & S_IFMT == S_IFDIR
    isLink = raw.st_mode & S_IFMT == S_IFLNK
    modified = Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec)
    inode = UInt64(raw.st_ino)
  }
}
