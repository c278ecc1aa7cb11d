public import Digests
import Files

// A pack holds the small blobs of one commit in one file, so that a commit costs one create, one
// fsync and one rename for all of them, and no blob a block of its own.
//
//   "REGPACK1"                                   8 bytes
//   the blobs' bytes, one after another
//   an entry a blob: digest 32, offset 8, length 8
//   the number of entries                        8
//   SHA-256 of the entries and their number      32
//   "REGPKEND"                                   8
//
// Integers are little-endian, offsets count from the start of the file.

/// One blob in a pack.
public struct PackEntry: Hashable, Sendable {
  public let digest: Digest
  public let offset: UInt64
  public let length: UInt64
}

enum PackLayout {
  static let head = Array("REGPACK1".utf8)
  static let tail = Array("REGPKEND".utf8)
  static let entryByteCount = Digest.byteCount + 16
  static let trailerByteCount = 8 + Digest.byteCount + tail.count

  /// The footer and trailer for some entries.
  static func footer(_ entries: [PackEntry]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * entryByteCount + trailerByteCount)
    for entry in entries {
      bytes += entry.digest.bytes
      bytes += littleEndian(entry.offset)
      bytes += littleEndian(entry.length)
    }
    bytes += littleEndian(UInt64(entries.count))
    bytes += Digest(of: bytes).bytes
    return bytes + tail
  }

  /// The entries of a pack, from its footer alone: the catalog is not needed.
  static func entries(of file: borrowing OpenFile) throws -> [PackEntry] {
    let path = file.path
    let size = try file.status().byteCount
    let least = UInt64(head.count + trailerByteCount)
    guard size >= least else { throw StoreError.packDamaged(path: path, defect: .tooShort) }
    let trailerStart = size - UInt64(trailerByteCount)
    let trailer = try file.bytes(at: trailerStart, count: trailerByteCount)
    guard try file.bytes(at: 0, count: head.count) == head, trailer.suffix(tail.count) == tail[...]
    else { throw StoreError.packDamaged(path: path, defect: .wrongMagic) }
    let count = integer(trailer[0..<8])
    guard count <= (size - least) / UInt64(entryByteCount) else {
      throw StoreError.packDamaged(path: path, defect: .footerDamaged)
    }
    let footerByteCount = Int(count) * entryByteCount
    let footerStart = trailerStart - UInt64(footerByteCount)
    let footer = try file.bytes(at: footerStart, count: footerByteCount)
    guard Digest(of: footer + trailer[0..<8]).bytes == Array(trailer[8..<8 + Digest.byteCount])
    else { throw StoreError.packDamaged(path: path, defect: .footerDamaged) }
    return try (0..<Int(count)).map { index in
      let entry = footer[(index * entryByteCount)..<((index + 1) * entryByteCount)]
      return try parse(entry, before: footerStart, path: path)
    }
  }

  private static func parse(_ bytes: ArraySlice<UInt8>, before end: UInt64, path: String) throws
    -> PackEntry
  {
    let start = bytes.startIndex + Digest.byteCount
    let offset = integer(bytes[start..<start + 8])
    let length = integer(bytes[(start + 8)..<(start + 16)])
    guard let digest = Digest(bytes: bytes.prefix(Digest.byteCount)),
      offset >= UInt64(head.count), offset <= end, length <= end - offset
    else { throw StoreError.packDamaged(path: path, defect: .entryOutside) }
    return PackEntry(digest: digest, offset: offset, length: length)
  }

  private static func littleEndian(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
