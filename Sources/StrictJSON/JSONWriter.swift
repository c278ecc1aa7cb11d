extension JSONValue {
  /// The canonical text: members sorted by the UTF-8 bytes of their keys, no space, only `"`, `\`
  /// and control characters escaped. The same value always gives the same bytes.
  public var canonicalText: String {
    var text = ""
    write(into: &text, indent: nil)
    return text
  }

  /// The same order and escapes, spread over lines for people.
  public var prettyText: String {
    var text = ""
    write(into: &text, indent: "")
    return text
  }

  private func write(into text: inout String, indent: String?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let number): text += number
    case .string(let string): Self.write(string, into: &text)
    case .array(let elements):
      var lines = Lines(open: "[", close: "]", indent: indent)
      for element in elements {
        lines.next(in: &text)
        element.write(into: &text, indent: lines.inner)
      }
      lines.end(in: &text)
    case .object(let members):
      var lines = Lines(open: "{", close: "}", indent: indent)
      for (key, value) in members.sorted(by: {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }) {
        lines.next(in: &text)
        Self.write(key, into: &text)
        text += indent == nil ? ":" : ": "
        value.write(into: &text, indent: lines.inner)
      }
      lines.end(in: &text)
    }
  }

  /// The brackets, commas and line breaks round the parts of one array or object.
  private struct Lines {
    let open: String
    let close: String
    let indent: String?
    var isEmpty = true

    var inner: String? { indent.map { $0 + "  " } }

    mutating func next(in text: inout String) {
      text += isEmpty ? open : ","
      if let inner { text += "\n" + inner }
      isEmpty = false
    }

    func end(in text: inout String) {
      if isEmpty { text += open } else if let indent { text += "\n" + indent }
      text += close
    }
  }

  private static func write(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let hex = String(scalar.value, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }
}
