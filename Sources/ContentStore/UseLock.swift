import Files
import Glibc

/// Held by every process that has a registry open, shared. What must have the registry for itself
/// takes it alone: making it, and making its catalog anew.
public final class UseLock: Sendable {
  private let file: OpenFile

  private init(file: consuming OpenFile) { self.file = file }

  /// Takes the lock shared; `nil` when a process has the registry for itself.
  public static func shared(_ paths: StorePaths) throws -> UseLock? {
    // Who may only read opens what is there.
    if let file = try OpenFile.ifPresent(paths.useLock, flags: O_RDONLY) {
      return try locked(file, shared: true)
    }
    return try locked(open(paths), shared: true)
  }

  /// Takes the lock alone; `nil` when another process has the registry open.
  public static func alone(_ paths: StorePaths) throws -> UseLock? {
    try locked(open(paths), shared: false)
  }

  /// Takes the lock alone, when all others have let it go.
  public static func aloneAfterOthers(_ paths: StorePaths) throws -> UseLock {
    let file = try open(paths)
    _ = try file.lock(waiting: true)
    return UseLock(file: file)
  }

  private static func open(_ paths: StorePaths) throws -> OpenFile {
    try OpenFile(paths.useLock, flags: O_RDWR | O_CREAT, mode: 0o644)
  }

  private static func locked(_ file: consuming OpenFile, shared: Bool) throws -> UseLock? {
    try file.lock(shared: shared, waiting: false) ? UseLock(file: file) : nil
  }

  /// Lets others in.
  public func share() throws {
    _ = try file.lock(shared: true, waiting: true)
  }
}
