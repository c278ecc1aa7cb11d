import Files

/// What a blob is in its file or pack: mapped, or read where that is less work.
final class StoredBytes {
  /// Valid as long as this object is.
  let bytes: UnsafeRawBufferPointer
  private let mapped: MappedFile?
  private let owned: UnsafeMutableRawBufferPointer?

  /// - Parameters:
  ///   - file: long enough for the extent.
  ///   - offset: where the extent begins.
  init(_ file: borrowing OpenFile, at offset: UInt64, byteCount: UInt64) throws(SystemCallError) {
    guard byteCount < UInt64(BlobStore.packLimit) else {
      let mapped = try MappedFile(file, at: offset, byteCount: byteCount)
      bytes = mapped.bytes
      self.mapped = mapped
      owned = nil
      return
    }
    let owned = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(byteCount), alignment: 64)
    do throws(SystemCallError) { try file.read(into: owned, at: offset) } catch {
      owned.deallocate()
      throw error
    }
    bytes = UnsafeRawBufferPointer(owned)
    mapped = nil
    self.owned = owned
  }

  deinit { owned?.deallocate() }

  /// Whether the file was found shorter than what was mapped.
  var wasCut: Bool { mapped?.wasCut ?? false }
}
