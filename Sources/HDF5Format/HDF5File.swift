import CHDF5
public import Files

/// An HDF5 file that is open for reading.
///
/// libhdf5 crashes on about one in a hundred damaged files. Only a process that may die, and that
/// has given up all it does not need, may make one of these.
public struct HDF5File: ~Copyable {
  private let byteCount: UInt64
  // Given up in this order: the file is closed before its driver goes.
  private let file: Handle
  private let source: DriverSource

  /// Opens an HDF5 file that is a file or lies in one, and no other: libhdf5 is never given a path.
  /// All offsets that it gives count from the slice's beginning.
  ///
  /// - Parameter slice: its descriptor has to stay open as long as this value is used.
  public init(_ slice: FileSlice) throws(HDF5Error) {
    let byteCount = slice.byteCount
    guard let superblock = Superblock(slice) else { throw .notHDF5 }
    if let end = superblock.end, end > byteCount {
      throw .truncated(location: "/", needed: end, available: byteCount)
    }
    if superblock.namesDriver { throw .unsafeLink(location: "/", .fileDriver) }
    try configureLibrary()
    let source = try DriverSource(slice)
    file = try source.open()
    self.source = source
    self.byteCount = byteCount
  }

  /// All groups and datasets that hard links lead to, each once; committed datatypes are left out.
  /// A link of another kind is an error, wherever it is.
  public func tree() throws(HDF5Error) -> HDF5Group {
    var walk = TreeWalk(byteCount: byteCount)
    return try walk.tree(of: file)
  }

  /// Hands out a dataset's elements, little-endian and in C order, a piece at a time.
  ///
  /// Each chunk is decoded once, and memory is bounded by `HDF5Limits.chunkRowBytes`.
  ///
  /// - Parameters:
  ///   - datasetPath: the dataset's path from the root, of a file whose `tree()` was read without
  ///     error.
  ///   - receive: gets the pieces in order.
  /// - Throws: `HDF5Error`, or what `receive` throws.
  public func decode(
    _ datasetPath: String, into receive: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try DatasetDecoder(file: file, path: datasetPath).decode(into: receive)
  }
}
