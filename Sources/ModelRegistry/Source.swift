import Files
import Glibc
import Tensors

/// The file that is committed: open, mapped, and watched for changes.
struct Source: ~Copyable {
  let file: OpenFile
  let mapped: MappedFile
  let name: String
  private let before: FileStatus

  init(opening path: String) throws {
    try Registry.requireSource(at: path)
    let file = try OpenFile.reading(path)
    let before = try file.status()
    mapped = try MappedFile(file, byteCount: before.byteCount)
    self.before = before
    self.file = file
    name = path.split(separator: "/").last.map(String.init) ?? path
  }

  var byteCount: UInt64 { before.byteCount }

  /// As a reader wants it.
  var open: OpenSource {
    OpenSource(descriptor: file.descriptor, path: file.path, byteCount: byteCount)
  }

  /// Throws if the file is not what it was when it was opened.
  func requireUnchanged() throws {
    let now = try file.status()
    // Not the inode's other fields: blocks are given at write-back, links and owners may change.
    guard now.byteCount == before.byteCount, now.modified == before.modified, !mapped.wasCut else {
      throw RegistryError.sourceChanged(path: file.path)
    }
  }
}

/// Bytes on their way into the store: in memory, or parts of a mapped file.
enum Content: Sendable {
  case memory([UInt8])
  case mapped(MappedFile, [ByteExtent])

  var byteCount: UInt64 {
    switch self {
    case .memory(let bytes): UInt64(bytes.count)
    case .mapped(_, let extents): extents.reduce(0) { $0 + $1.length }
    }
  }

  /// Lends the bytes, piece by piece in order.
  func withPieces<Result>(_ body: ([UnsafeRawBufferPointer]) throws -> Result) rethrows -> Result {
    switch self {
    case .memory(let bytes):
      return try bytes.withUnsafeBytes { try body([$0]) }
    case .mapped(let file, let extents):
      return try withExtendedLifetime(file) {
        try body(
          extents.map { extent in
            UnsafeRawBufferPointer(
              rebasing: file.bytes[Int(extent.offset)..<Int(extent.end)])
          })
      }
    }
  }
}
