/// What is wrong with a JSON text, and at which byte.
public enum JSONError: Error, Hashable, Sendable {
  case unexpectedByte(UInt8, at: Int)
  case unexpectedEnd
  case trailingBytes(at: Int)
  case invalidUTF8(at: Int)
  case invalidEscape(at: Int)
  case duplicateKey(String)
  case tooDeep(limit: Int)
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unexpectedByte(let byte, let at): "unexpected byte 0x\(String(byte, radix: 16)) at \(at)"
    case .unexpectedEnd: "it ends too early"
    case .trailingBytes(let at): "more after its end at \(at)"
    case .invalidUTF8(let at): "no UTF-8 in the string at \(at)"
    case .invalidEscape(let at): "no escape at \(at)"
    case .duplicateKey(let key): "the key '\(key)' is there twice"
    case .tooDeep(let limit): "deeper than \(limit)"
    }
  }
}

extension JSONValue {
  /// Nesting deeper than this is refused, unless the caller sets another limit.
  public static let depthLimit = 256

  /// Reads one JSON text (RFC 8259), and nothing after it. Repeated keys are an error, because
  /// parsers disagree on which one counts. `NaN` and infinities are taken as Python writes them.
  public init(
    parsing bytes: some Sequence<UInt8>, depthLimit: Int = JSONValue.depthLimit
  ) throws(JSONError) {
    var parser = JSONParser(bytes: Array(bytes), depthLimit: depthLimit)
    self = try parser.document()
  }

  /// Reads one JSON text.
  public init(
    parsing text: String, depthLimit: Int = JSONValue.depthLimit
  ) throws(JSONError) {
    try self.init(parsing: text.utf8, depthLimit: depthLimit)
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  let depthLimit: Int
  var index = 0
  var depth = 0

  init(bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    guard index == bytes.count else { throw .trailingBytes(at: index) }
    return value
  }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  private func unexpected() -> JSONError {
    next.map { .unexpectedByte($0, at: index) } ?? .unexpectedEnd
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard next == byte else { throw unexpected() }
    index += 1
  }

  private mutating func take(_ word: StaticString, as value: JSONValue) throws(JSONError)
    -> JSONValue
  {
    for position in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[position]) }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try take("true", as: .bool(true))
    case UInt8(ascii: "f"): return try take("false", as: .bool(false))
    case UInt8(ascii: "n"): return try take("null", as: .null)
    case UInt8(ascii: "N"): return try take("NaN", as: .number("NaN"))
    case UInt8(ascii: "I"): return try take("Infinity", as: .number("Infinity"))
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < depthLimit else { throw .tooDeep(limit: depthLimit) }
    depth += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    index += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if next == UInt8(ascii: "}") {
      index += 1
      return .object(members)
    }
    while true {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(UInt8(ascii: ":"))
      let value = try value()
      guard members.updateValue(value, forKey: key) == nil else { throw .duplicateKey(key) }
      skipSpace()
      if next == UInt8(ascii: ",") {
        index += 1
        continue
      }
      try expect(UInt8(ascii: "}"))
      return .object(members)
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    index += 1
    var elements: [JSONValue] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      index += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      skipSpace()
      if next == UInt8(ascii: ",") {
        index += 1
        continue
      }
      try expect(UInt8(ascii: "]"))
      return .array(elements)
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = index
    if next == UInt8(ascii: "-") { index += 1 }
    if next == UInt8(ascii: "I") { return try take("Infinity", as: .number("-Infinity")) }
    if next == UInt8(ascii: "0") { index += 1 } else { try digits() }
    if next == UInt8(ascii: ".") {
      index += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      index += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
      try digits()
    }
    return .number(String(decoding: bytes[start..<index], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let start = index
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    guard index > start else { throw unexpected() }
  }

  private mutating func string() throws(JSONError) -> String {
    try expect(UInt8(ascii: "\""))
    let start = index
    var text: [UInt8] = []
    while true {
      guard let byte = next else { throw .unexpectedEnd }
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw .invalidUTF8(at: start)
        }
        return string
      case UInt8(ascii: "\\"): text += try escape()
      case 0..<0x20: throw .unexpectedByte(byte, at: index)
      default:
        text.append(byte)
        index += 1
      }
    }
  }

  private mutating func escape() throws(JSONError) -> [UInt8] {
    let start = index
    index += 1
    guard let letter = next else { throw .unexpectedEnd }
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape(from: start)
    default: throw .invalidEscape(at: start)
    }
  }

  private mutating func unicodeEscape(from start: Int) throws(JSONError) -> [UInt8] {
    let first = try hexQuad()
    var scalar = UInt32(first)
    if (0xD800..<0xDC00).contains(first) {
      guard next == UInt8(ascii: "\\") else { throw .invalidEscape(at: start) }
      index += 1
      try expect(UInt8(ascii: "u"))
      let second = try hexQuad()
      guard (0xDC00..<0xE000).contains(second) else { throw .invalidEscape(at: start) }
      scalar = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    }
    guard let unicode = Unicode.Scalar(scalar) else { throw .invalidEscape(at: start) }
    return Array(String(Character(unicode)).utf8)
  }

  private mutating func hexQuad() throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected()
      }
      value = value << 4 | UInt16(digit)
      index += 1
    }
    return value
  }
}
