/// The part of Python's literals that headers of arrays are written in.
enum PythonLiteral: Hashable {
  case bool(Bool)
  case integer(Int)
  /// Escapes are left as they are.
  case string(String)
  case tuple([PythonLiteral])
  case list([PythonLiteral])
  /// A key that is there twice is an error.
  case dictionary([String: PythonLiteral])

  /// Where a text is no such literal.
  struct Fault: Error {
    let position: Int
  }

  /// Reads one literal, with only spaces and line ends behind it.
  init(parsing text: some Collection<UInt8>) throws(Fault) {
    var parser = PythonParser(text: Array(text))
    self = try parser.value(depth: 0)
    try parser.finish()
  }
}

private struct PythonParser {
  private static let depthLimit = 32

  let text: [UInt8]
  private var index = 0

  init(text: [UInt8]) { self.text = text }

  private var next: UInt8? { index < text.count ? text[index] : nil }
  private var fault: PythonLiteral.Fault { PythonLiteral.Fault(position: index) }

  private mutating func skipSpace() {
    while let byte = next, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") { index += 1 }
  }

  /// Takes a byte if it comes next, and the space around it.
  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: scalar) else { return false }
    index += 1
    skipSpace()
    return true
  }

  mutating func finish() throws(PythonLiteral.Fault) {
    skipSpace()
    guard next == nil else { throw fault }
  }

  mutating func value(depth: Int) throws(PythonLiteral.Fault) -> PythonLiteral {
    guard depth < Self.depthLimit else { throw fault }
    if take("{") { return .dictionary(try members(depth: depth)) }
    if take("[") { return .list(try elements(until: "]", depth: depth).values) }
    if take("(") {
      let (values, endsInComma) = try elements(until: ")", depth: depth)
      // One value in parentheses is no tuple.
      guard values.count != 1 || endsInComma else { throw fault }
      return .tuple(values)
    }
    switch next {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "T"): return .bool(try word("True", means: true))
    case UInt8(ascii: "F"): return .bool(try word("False", means: false))
    default: return .integer(try integer())
    }
  }

  private mutating func word(
    _ word: StaticString, means value: Bool
  ) throws(PythonLiteral.Fault) -> Bool {
    for position in 0..<word.utf8CodeUnitCount {
      guard next == word.utf8Start[position] else { throw fault }
      index += 1
    }
    return value
  }

  private mutating func elements(
    until end: Unicode.Scalar, depth: Int
  ) throws(PythonLiteral.Fault) -> (values: [PythonLiteral], endsInComma: Bool) {
    var values: [PythonLiteral] = []
    var hasComma = false
    while !take(end) {
      guard values.isEmpty || hasComma else { throw fault }
      values.append(try value(depth: depth + 1))
      hasComma = take(",")
    }
    return (values, hasComma)
  }

  private mutating func members(
    depth: Int
  ) throws(PythonLiteral.Fault) -> [String: PythonLiteral] {
    var members: [String: PythonLiteral] = [:]
    var hasComma = true
    while !take("}") {
      guard hasComma else { throw fault }
      let key = try string()
      guard take(":") else { throw fault }
      guard members.updateValue(try value(depth: depth + 1), forKey: key) == nil else {
        throw fault
      }
      hasComma = take(",")
    }
    return members
  }

  private mutating func string() throws(PythonLiteral.Fault) -> String {
    guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw fault
    }
    index += 1
    let start = index
    while let byte = next, byte != quote {
      guard byte >= 0x20 else { throw fault }
      index += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard next == quote else { throw fault }
    defer { index += 1 }
    return String(decoding: text[start..<index], as: UTF8.self)
  }

  private mutating func integer() throws(PythonLiteral.Fault) -> Int {
    let start = index
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    let digits = text[start..<index]
    guard let value = Int(String(decoding: digits, as: UTF8.self)),
      digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { throw fault }
    // Python 2 marked long integers so.
    if next == UInt8(ascii: "L") { index += 1 }
    return value
  }
}
