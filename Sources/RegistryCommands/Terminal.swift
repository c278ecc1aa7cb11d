import Glibc
import ModelRegistry
import Synchronization

/// Text with its control characters made visible: a name in a hostile file must not drive the
/// terminal. Characters that reorder text count as control characters.
func printable(_ text: String) -> String {
  var out = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      out += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out
}

/// Printable text in quotation marks.
func quoted(_ text: String) -> String { "'" + printable(text) + "'" }

/// Colours and progress, on a terminal only.
enum Terminal {
  static let isOutput = isatty(STDOUT_FILENO) == 1
  static let isError = isatty(STDERR_FILENO) == 1
  private static let wantsColour = isOutput && getenv("NO_COLOR") == nil

  enum Style: String {
    case bold = "1"
    case dim = "2"
    case yellow = "33"
    case green = "32"
  }

  static func styled(_ text: String, _ style: Style) -> String {
    wantsColour && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static let clearedLine = "\r\u{1B}[K"

  static func writeError(_ line: String) {
    fflush(nil)
    // A bar may stand there.
    writePlain((isError ? clearedLine : "") + line + "\n")
  }

  /// A bar on standard error for what takes long; `nil` where nobody would see it.
  static func progressBar(_ verb: String) -> Progress? {
    guard isError else { return nil }
    let bar = Mutex(Bar(verb: verb))
    return { done, total in bar.withLock { $0.show(done, of: total) } }
  }

  private struct Bar {
    let verb: String
    var shown = -1
    let start = ContinuousClock.now

    mutating func show(_ done: UInt64, of total: UInt64) {
      let percent = total == 0 ? 100 : Int(done * 100 / total)
      // What is over in a blink needs no bar.
      guard percent > shown, ContinuousClock.now - start > .milliseconds(300) else { return }
      shown = percent
      let filled = String(repeating: "█", count: percent / 4)
      let rest = String(repeating: "░", count: 25 - percent / 4)
      let text = "\r\(verb) \(filled)\(rest) \(percent) % of \(formatted(bytes: total))"
      Terminal.writePlain(percent == 100 ? Terminal.clearedLine : text + "\u{1B}[K")
    }
  }

  private static func writePlain(_ text: String) {
    text.utf8.withContiguousStorageIfAvailable {
      _ = write(STDERR_FILENO, $0.baseAddress, $0.count)
    }
  }
}
