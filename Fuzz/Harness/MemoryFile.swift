import CMemory
public import Files
import Glibc

/// A file in memory, which is made once a name and filled anew for each input.
public struct MemoryFile {
  private let descriptor: Int32

  private init(name: String) {
    descriptor = memfd_create(name, 0)
    guard descriptor >= 0 else { fatalError("memfd_create: errno \(errno)") }
  }

  /// libFuzzer calls from one thread only.
  nonisolated(unsafe) private static var files: [String: MemoryFile] = [:]

  private static func empty(_ name: String) -> MemoryFile {
    let file = files[name] ?? MemoryFile(name: name)
    files[name] = file
    guard ftruncate(file.descriptor, 0) == 0 else { fatalError("ftruncate: errno \(errno)") }
    return file
  }

  /// A file of these bytes, until the next of that name.
  public static func slice(of bytes: [UInt8], name: String) -> FileSlice {
    let file = empty(name)
    guard pwrite(file.descriptor, bytes, bytes.count, 0) == bytes.count else {
      fatalError("pwrite: errno \(errno)")
    }
    return FileSlice(descriptor: file.descriptor, name: name, byteCount: UInt64(bytes.count))
  }

  /// An empty spool. It grants what a worker would grant a small source, up to a size that would
  /// be noticed if it were taken as memory.
  public static func spool() -> Spool {
    var granted: UInt64 = 0
    return Spool(descriptor: empty("spool").descriptor) { byteCount in
      let (sum, overflow) = granted.addingReportingOverflow(byteCount)
      guard !overflow, sum <= spoolLimit else { throw TooMuch() }
      granted = sum
    }
  }

  private static let spoolLimit: UInt64 = 1 << 30

  private struct TooMuch: Error {}
}
