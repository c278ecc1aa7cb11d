import Files
import Tensors

/// Finds in a safetensors file what makes it a file of another kind as well.
enum Polyglot {
  /// A zip archive is read from its end: PK\5\6, and the directory that it points to before it.
  /// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3.16
  private static let endSignature: [UInt8] = [0x50, 0x4B, 5, 6]
  private static let entrySignature: [UInt8] = [0x50, 0x4B, 1, 2]
  private static let endByteCount = 22

  static func findings(in file: FileSlice) throws(SafetensorsError) -> [Finding] {
    do throws(SystemCallError) {
      var kinds: [String] = []
      if try isPickle(file) { kinds.append("begins as a pickle") }
      if try isZip(file) { kinds.append("ends as a zip archive") }
      return kinds.map { Finding(kind: .polyglot, location: file.name, detail: $0) }
    } catch { throw .unreadable(error) }
  }

  /// A pickle of protocol 2 or later begins with 0x80 and that number, and an instruction. So do
  /// lengths of some long headers: those of 2.6 MB and more.
  private static func isPickle(_ file: FileSlice) throws(SystemCallError) -> Bool {
    let start = try file.bytes(at: 0, count: Int(min(file.byteCount, 3)))
    return start.count == 3 && start[0] == 0x80 && (2...5).contains(start[1])
      && ((0x28...0x7D).contains(start[2]) || (0x80...0x98).contains(start[2]))
  }

  private static func isZip(_ file: FileSlice) throws(SystemCallError) -> Bool {
    let count = Int(min(file.byteCount, UInt64(endByteCount + Int(UInt16.max))))
    let tailStart = file.byteCount - UInt64(count)
    let tail = try file.bytes(at: tailStart, count: count)
    guard count >= endByteCount else { return false }
    for start in 0...(count - endByteCount)
    where tail[start] == endSignature[0] && tail[start..<start + 4].elementsEqual(endSignature) {
      let length = tail[start + 12..<start + 16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
      let end = tailStart + UInt64(start)
      // The directory may be empty, or be told of by a zip64 record before this one.
      if length == 0 || length == UInt64(UInt32.max) { return true }
      guard length <= end, length >= 4 else { continue }
      if try file.bytes(at: end - length, count: 4) == entrySignature { return true }
    }
    return false
  }
}
