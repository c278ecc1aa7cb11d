extension JSONValue {
  /// The canonical text: members sorted by the UTF-8 bytes of their keys, no space, only `"`, `\`
  /// and control characters escaped. The same value always gives the same bytes.
  public var canonicalText: String {
    var writer = JSONWriter(isPretty: false)
    writer.write(self, indent: 0)
    return String(decoding: writer.text, as: UTF8.self)
  }

  /// The same order and escapes, spread over lines for people.
  public var prettyText: String {
    var writer = JSONWriter(isPretty: true)
    writer.write(self, indent: 0)
    return String(decoding: writer.text, as: UTF8.self)
  }
}

/// Gathers bytes: appending to a `String` scalar by scalar takes ten times as long.
private struct JSONWriter {
  let isPretty: Bool
  var text: [UInt8] = []

  mutating func write(_ value: JSONValue, indent: Int) {
    switch value {
    case .null: text += "null".utf8
    case .bool(let value): text += (value ? "true" : "false").utf8
    case .number(let number): text += number.utf8
    case .string(let string): write(string)
    case .array(let elements):
      write(elements, brackets: "[]", indent: indent) { writer, element in
        writer.write(element, indent: indent + 1)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      write(sorted, brackets: "{}", indent: indent) { writer, member in
        writer.write(member.key)
        writer.text += (writer.isPretty ? ": " : ":").utf8
        writer.write(member.value, indent: indent + 1)
      }
    }
  }

  private mutating func write<Part>(
    _ parts: [Part], brackets: StaticString, indent: Int,
    each: (inout JSONWriter, Part) -> Void
  ) {
    text.append(brackets.utf8Start[0])
    for (index, part) in parts.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      breakLine(indent + 1)
      each(&self, part)
    }
    if !parts.isEmpty { breakLine(indent) }
    text.append(brackets.utf8Start[1])
  }

  private mutating func breakLine(_ indent: Int) {
    guard isPretty else { return }
    text.append(UInt8(ascii: "\n"))
    text += repeatElement(UInt8(ascii: " "), count: 2 * indent)
  }

  private mutating func write(_ string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): text += "\\\"".utf8
      case UInt8(ascii: "\\"): text += "\\\\".utf8
      case UInt8(ascii: "\n"): text += "\\n".utf8
      case UInt8(ascii: "\r"): text += "\\r".utf8
      case UInt8(ascii: "\t"): text += "\\t".utf8
      case 0..<0x20, 0x7F:
        let hex = String(byte, radix: 16)
        text += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
