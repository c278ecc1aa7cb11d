public import Digests
import Files

// A pack holds many blobs in one file, so that a commit costs one create, one fsync and one rename
// for all of them, and no blob a block of its own. Coded blobs are nowhere else.
//
//   "REGPACK2"                                   8 bytes
//   the blobs, raw or coded, one after another
//   an entry a blob: digest 32, offset 8, stored length 8, length 8, form 8, base 32
//   the number of entries                        8
//   SHA-256 of the entries and their number      32
//   "REGPKEND"                                   8
//
// Integers are little-endian, offsets count from the start of the file. Form is 0 for raw, 1 for
// coded, 2 for coded against the base; else the base is zeros. Packs that begin with "REGPACK1"
// have entries of digest, offset and length alone, and raw blobs.

/// One blob in a pack.
public struct PackEntry: Hashable, Sendable {
  /// What an entry takes in the footer.
  public static let footerByteCount: UInt64 = 96

  public let digest: Digest
  /// Where it begins in the file.
  public let offset: UInt64
  /// What it takes in the pack.
  public let length: UInt64
  /// The blob's own bytes.
  public let byteCount: UInt64
  public let isCoded: Bool
  /// The blob without which it cannot be decoded.
  public let base: Digest?
}

enum PackLayout {
  static let head = Array("REGPACK2".utf8)
  private static let firstHead = Array("REGPACK1".utf8)
  private static let tail = Array("REGPKEND".utf8)
  private static let entryByteCount = 2 * Digest.byteCount + 32
  private static let firstEntryByteCount = Digest.byteCount + 16
  private static let trailerByteCount = 8 + Digest.byteCount + tail.count

  private enum Form: UInt64 {
    case raw, coded, codedAgainstBase
  }

  /// The footer and trailer for some entries.
  static func footer(_ entries: [PackEntry]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * entryByteCount + trailerByteCount)
    for entry in entries {
      let form: Form = entry.base != nil ? .codedAgainstBase : entry.isCoded ? .coded : .raw
      bytes += entry.digest.bytes
      for value in [entry.offset, entry.length, entry.byteCount, form.rawValue] {
        bytes += littleEndian(value)
      }
      bytes += entry.base?.bytes ?? [UInt8](repeating: 0, count: Digest.byteCount)
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
    let found = try file.bytes(at: 0, count: head.count)
    guard found == head || found == firstHead, trailer.suffix(tail.count) == tail[...]
    else { throw StoreError.packDamaged(path: path, defect: .wrongMagic) }
    let entryByteCount = found == head ? entryByteCount : firstEntryByteCount
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
      let bytes = footer[(index * entryByteCount)..<((index + 1) * entryByteCount)]
      guard let entry = found == head ? entry(bytes) : firstEntry(bytes) else {
        throw StoreError.packDamaged(path: path, defect: .entryMalformed)
      }
      guard entry.offset >= UInt64(head.count), entry.offset <= footerStart,
        entry.length <= footerStart - entry.offset
      else { throw StoreError.packDamaged(path: path, defect: .entryOutside) }
      return entry
    }
  }

  /// `nil` when its parts contradict each other.
  private static func entry(_ bytes: ArraySlice<UInt8>) -> PackEntry? {
    let numbers = bytes.dropFirst(Digest.byteCount)
    let values = (0..<4).map { integer(numbers.dropFirst(8 * $0).prefix(8)) }
    let last = bytes.suffix(Digest.byteCount)
    guard let digest = Digest(bytes: bytes.prefix(Digest.byteCount)),
      let base = Digest(bytes: last), let form = Form(rawValue: values[3])
    else { return nil }
    let isSound =
      switch form {
      case .raw: values[1] == values[2] && last.allSatisfy { $0 == 0 }
      case .coded: last.allSatisfy { $0 == 0 }
      case .codedAgainstBase: base != digest
      }
    guard isSound, form == .raw || CodedLayout.leastByteCount(of: values[2]) <= values[1] else {
      return nil
    }
    return PackEntry(
      digest: digest, offset: values[0], length: values[1], byteCount: values[2],
      isCoded: form != .raw, base: form == .codedAgainstBase ? base : nil)
  }

  private static func firstEntry(_ bytes: ArraySlice<UInt8>) -> PackEntry? {
    let numbers = bytes.dropFirst(Digest.byteCount)
    let length = integer(numbers.suffix(8))
    return Digest(bytes: bytes.prefix(Digest.byteCount)).map { digest in
      PackEntry(
        digest: digest, offset: integer(numbers.prefix(8)), length: length, byteCount: length,
        isCoded: false, base: nil)
    }
  }

  static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
