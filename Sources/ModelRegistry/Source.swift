import Files
import Glibc
import Tensors

/// What is committed: its files open, mapped, and watched for changes.
struct Source: Sendable {
  let path: String
  let kind: SourceKind
  /// What it is called without the folders round it.
  let name: String
  /// The files that may belong to it: which do, its reader says.
  let files: [Member]
  /// The folders in it that hold nothing, by their paths in it.
  let emptyFolders: [String]

  /// One of its files.
  final class Member: Sendable {
    /// The path within the source.
    let name: String
    let mapped: MappedFile
    private let file: OpenFile
    private let before: FileStatus

    init(_ file: consuming OpenFile, name: String) throws {
      before = try file.status()
      guard !before.isMostlyHoles else {
        throw RegistryError.sourceUnsafe(path: file.path, .holes)
      }
      mapped = try MappedFile(file, byteCount: before.byteCount)
      self.file = file
      self.name = name
    }

    var byteCount: UInt64 { before.byteCount }

    /// All of its bytes.
    var content: Content {
      .mapped(mapped, ByteExtent(offset: 0, length: byteCount).map { [$0] } ?? [])
    }

    /// As a reader wants it.
    var open: SourceFile {
      SourceFile(descriptor: file.descriptor, name: name, byteCount: byteCount)
    }

    /// Throws if the file is not what it was when it was opened, or another has its name.
    func requireUnchanged() throws {
      let now = try file.status()
      let named = try Folder.status(of: file.path)
      // Not the inode's other fields: blocks are given at write-back, links and owners may change.
      guard now.byteCount == before.byteCount, now.modified == before.modified, !mapped.wasCut,
        named?.inode == before.inode
      else { throw RegistryError.sourceChanged(path: file.path) }
    }
  }

  /// All of it, as a reader wants it.
  var open: OpenSource { OpenSource(path: path, kind: kind, files: files.map(\.open)) }

  /// The places of the files that belong to it for sure.
  var mainFiles: Set<Int> { kind == .file ? [0] : Set(files.indices) }

  /// Throws if some of its files are not what they were when they were opened, or a folder has
  /// others than it had.
  func requireUnchanged(_ files: [Member]) throws {
    for file in files { try file.requireUnchanged() }
    guard kind == .folder else { return }
    let tree = try FolderTree(path, fileLimit: Self.fileLimit)
    guard tree.files == self.files.map(\.name), tree.emptyFolders == emptyFolders else {
      throw RegistryError.sourceChanged(path: path)
    }
  }
}

extension FileStatus {
  /// Whether a file of this length takes next to nothing on the disk: reading it through would
  /// take hours, and no program saves a model so.
  fileprivate var isMostlyHoles: Bool {
    byteCount > 4 << 30 && allocatedByteCount < byteCount / 1000
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
