public import Digests
import Files

// A pack holds many blobs in one file, so that a commit costs one create, one fsync and one rename
// for all of them, and no blob a block of its own. Coded blobs are nowhere else.
//
//   "REGPACK3"                                   8 bytes
//   the blobs, raw or coded, one after another
//   an entry a blob, in the same order:
//     digest                                     32
//     what the blob takes in the pack            varint
//     form                                       1
//     unless it is raw, the blob's own bytes     varint
//     the first half of the base's digest        16, if there is a base
//   what the entries take                        8
//   SHA-256 of the entries and that number       32
//   "REGPKEND"                                   8
//
// Integers are little-endian. Form is 0 for raw, 1 for coded, 2 for coded against the base. Packs
// that begin with "REGPACK1" have entries of digest, offset from the start of the file, and length,
// 8 each, and instead of what these take their number; all blobs in them are raw.

/// One blob in a pack.
public struct PackEntry: Hashable, Sendable {
  /// What an entry takes in the footer, about: small blobs' entries and raw ones' take less.
  public static let usualByteCount: UInt64 = 56

  public let digest: Digest
  /// Where it begins in the file.
  public let offset: UInt64
  /// What it takes in the pack.
  public let length: UInt64
  /// The blob's own bytes.
  public let byteCount: UInt64
  public let isCoded: Bool
  /// Of the blob without which it cannot be decoded.
  public let base: DigestPrefix?

  /// What the entry of a coded blob takes more than that of a raw one.
  static func surplus(ofCoded byteCount: UInt64, hasBase: Bool) -> UInt64 {
    UInt64(Varint.encoded(byteCount).count + (hasBase ? DigestPrefix.byteCount : 0))
  }
}

enum PackLayout {
  static let head = Array("REGPACK3".utf8)
  private static let firstHead = Array("REGPACK1".utf8)
  private static let tail = Array("REGPKEND".utf8)
  private static let firstEntryByteCount: UInt64 = UInt64(Digest.byteCount) + 16
  private static let trailerByteCount = 8 + Digest.byteCount + tail.count
  /// What a pack has besides blobs and their entries.
  static let emptyByteCount = UInt64(head.count + trailerByteCount)

  private enum Form: UInt8 {
    case raw, coded, codedAgainstBase
  }

  /// The footer and trailer for some entries, which lie one after another.
  static func footer(_ entries: [PackEntry]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      let form: Form = entry.base != nil ? .codedAgainstBase : entry.isCoded ? .coded : .raw
      bytes += entry.digest.bytes + Varint.encoded(entry.length) + [form.rawValue]
      if entry.isCoded { bytes += Varint.encoded(entry.byteCount) }
      bytes += entry.base?.bytes ?? []
    }
    bytes += littleEndian(UInt64(bytes.count))
    return bytes + Digest(of: bytes).bytes + tail
  }

  /// The entries of a pack, from its footer alone: the catalog is not needed.
  static func entries(of file: borrowing OpenFile) throws -> [PackEntry] {
    let path = file.path
    let size = try file.status().byteCount
    let least = emptyByteCount
    guard size >= least else { throw StoreError.packDamaged(path: path, defect: .tooShort) }
    let trailerStart = size - UInt64(trailerByteCount)
    let trailer = try file.bytes(at: trailerStart, count: trailerByteCount)
    let found = try file.bytes(at: 0, count: head.count)
    guard found == head || found == firstHead, trailer.suffix(tail.count) == tail[...]
    else { throw StoreError.packDamaged(path: path, defect: .wrongMagic) }
    let (byteCount, overflow) = integer(trailer[0..<8])
      .multipliedReportingOverflow(by: found == head ? 1 : firstEntryByteCount)
    guard !overflow, byteCount <= size - least else {
      throw StoreError.packDamaged(path: path, defect: .footerDamaged)
    }
    let start = trailerStart - byteCount
    let footer = try file.bytes(at: start, count: Int(byteCount))
    guard Digest(of: footer + trailer[0..<8]).bytes == Array(trailer[8..<8 + Digest.byteCount])
    else { throw StoreError.packDamaged(path: path, defect: .footerDamaged) }
    do throws(PackDefect) {
      return try found == head
        ? entries(footer[...], before: start) : firstEntries(footer[...], before: start)
    } catch {
      throw StoreError.packDamaged(path: path, defect: error)
    }
  }

  /// - Parameter end: where the blobs end, and the entries begin.
  private static func entries(
    _ bytes: ArraySlice<UInt8>, before end: UInt64
  ) throws(PackDefect) -> [PackEntry] {
    var entries: [PackEntry] = []
    var rest = bytes
    var offset = UInt64(head.count)
    while !rest.isEmpty {
      guard let entry = entry(taking: &rest, at: offset) else { throw .entryMalformed }
      guard entry.length <= end - offset else { throw .entryOutside }
      offset += entry.length
      entries.append(entry)
    }
    guard offset == end else { throw .bytesBetween }
    return entries
  }

  /// Takes an entry off the front; `nil` when it ends before its end, or its parts contradict each
  /// other.
  private static func entry(
    taking bytes: inout ArraySlice<UInt8>, at offset: UInt64
  ) -> PackEntry? {
    guard let digest = Digest(bytes: bytes.prefix(Digest.byteCount)) else { return nil }
    bytes = bytes.dropFirst(Digest.byteCount)
    guard let length = Varint.taken(from: &bytes), let form = bytes.popFirst().flatMap(Form.init)
    else { return nil }
    var (byteCount, base) = (length, DigestPrefix?.none)
    if form != .raw {
      guard let found = Varint.taken(from: &bytes),
        CodedLayout.leastByteCount(of: found) <= length
      else { return nil }
      byteCount = found
    }
    if form == .codedAgainstBase {
      base = DigestPrefix(bytes: bytes.prefix(DigestPrefix.byteCount))
      guard let base, base != DigestPrefix(of: digest) else { return nil }
      bytes = bytes.dropFirst(DigestPrefix.byteCount)
    }
    return PackEntry(
      digest: digest, offset: offset, length: length, byteCount: byteCount,
      isCoded: form != .raw, base: base)
  }

  private static func firstEntries(
    _ bytes: ArraySlice<UInt8>, before end: UInt64
  ) throws(PackDefect) -> [PackEntry] {
    var entries: [PackEntry] = []
    var rest = bytes
    while let digest = Digest(bytes: rest.prefix(Digest.byteCount)) {
      let numbers = rest.dropFirst(Digest.byteCount)
      let (offset, length) = (
        integer(numbers.prefix(8)), integer(numbers.dropFirst(8).prefix(8))
      )
      guard offset >= UInt64(head.count), offset <= end, length <= end - offset else {
        throw .entryOutside
      }
      entries.append(
        PackEntry(
          digest: digest, offset: offset, length: length, byteCount: length, isCoded: false,
          base: nil))
      rest = rest.dropFirst(Int(firstEntryByteCount))
    }
    return entries
  }

  static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
