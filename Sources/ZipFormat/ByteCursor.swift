/// Reads little-endian numbers, one after the other, from the bytes of a record.
struct ByteCursor {
  private var rest: ArraySlice<UInt8>
  private let location: String

  /// - Parameter location: what the record is, for errors.
  init(_ bytes: some Collection<UInt8>, location: String) {
    rest = Array(bytes)[...]
    self.location = location
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ count: Int) throws(ZipError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest.count else {
      throw .malformed(
        location: location, expected: "\(count) bytes more", found: "\(rest.count)")
    }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func next<Number: FixedWidthInteger & UnsignedInteger>(
    _: Number.Type = Number.self
  ) throws(ZipError) -> Number {
    try take(Number.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  /// Takes a record's signature, which has to be this one.
  mutating func expect(_ signature: Signature) throws(ZipError) {
    let found: UInt32 = try next()
    guard found == signature.rawValue else {
      throw .malformed(
        location: location, expected: "the signature of a \(signature)",
        found: "0x" + String(found, radix: 16))
    }
  }
}

/// The numbers that records begin with.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, section 4.3
enum Signature: UInt32, CustomStringConvertible {
  case localHeader = 0x0403_4B50
  case directoryEntry = 0x0201_4B50
  case endRecord = 0x0605_4B50
  case zip64EndRecord = 0x0606_4B50
  case zip64Locator = 0x0706_4B50
  case dataDescriptor = 0x0807_4B50

  var description: String {
    switch self {
    case .localHeader: "local header"
    case .directoryEntry: "central directory entry"
    case .endRecord: "end record"
    case .zip64EndRecord: "zip64 end record"
    case .zip64Locator: "zip64 locator"
    case .dataDescriptor: "data descriptor"
    }
  }

  /// Its bytes in the file.
  var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> (8 * $0)) } }
}
