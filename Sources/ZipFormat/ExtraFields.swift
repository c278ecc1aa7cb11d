/// The extra fields of a header: records of an id, a length and bytes.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.5 and 4.6.9
struct ExtraFields {
  private static let zip64Identifier: UInt16 = 0x0001
  private static let unicodeNameIdentifier: UInt16 = 0x7075

  private var zip64: ByteCursor?
  /// The numbers that did not ask for one of zip64's, in their order.
  private var unasked: [UInt64] = []
  private var isAsked = false
  private var unicodeName: ArraySlice<UInt8>?
  private let location: String

  init(_ bytes: ArraySlice<UInt8>, location: String) throws(ZipError) {
    self.location = location
    var fields = ByteCursor(bytes, location: location)
    while !fields.isAtEnd {
      let identifier: UInt16 = try fields.next()
      let content = try fields.take(Int(try fields.next(UInt16.self)))
      switch identifier {
      case Self.zip64Identifier:
        guard zip64 == nil else { throw .ambiguous(location: location, .zip64(field: "second")) }
        zip64 = ByteCursor(content, location: location)
      case Self.unicodeNameIdentifier:
        // A version and the CRC of the name in the header come first.
        unicodeName = content.dropFirst(5)
      default: break
      }
    }
  }

  /// The number that the header's field stands for: itself, or the next of the zip64 field when
  /// all its bits are set. Ask in the order of the zip64 field.
  mutating func resolve(_ short: UInt32) throws(ZipError) -> UInt64 {
    guard short == .max, var numbers = zip64 else {
      unasked.append(UInt64(short))
      return UInt64(short)
    }
    isAsked = true
    defer { zip64 = numbers }
    return try numbers.next()
  }

  /// The same for the number of the disk.
  mutating func resolve(_ short: UInt16) throws(ZipError) -> UInt32 {
    guard short == .max, var numbers = zip64 else { return UInt32(short) }
    isAsked = true
    defer { zip64 = numbers }
    return try numbers.next()
  }

  /// To be called after the last `resolve`. A zip64 field that no number asks for may repeat them:
  /// Python before 3.11.4 wrote such headers for NumPy's archives
  /// (https://github.com/python/cpython/issues/103861). Readers would differ in what they make of
  /// any other number.
  func checkUsed() throws(ZipError) {
    guard var numbers = zip64 else { return }
    var expected = isAsked ? [] : unasked[...]
    while !numbers.isAtEnd {
      guard let number = expected.popFirst(), try numbers.next() == number else {
        throw .ambiguous(location: location, .zip64(field: "a number too many"))
      }
    }
  }

  /// Some readers prefer a name in the extra field, so it has to be the same.
  func check(name: ArraySlice<UInt8>) throws(ZipError) {
    guard unicodeName?.elementsEqual(name) ?? true else {
      throw .ambiguous(location: location, .unicodeName)
    }
  }
}
