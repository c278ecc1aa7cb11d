import Glibc

/// Bytes as people read them: `0 B`, `999 B`, `41.2 kB`, `1.07 GB`. A kilobyte has 1000 bytes.
func formatted(bytes: UInt64) -> String {
  let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 999.5, unit + 1 < units.count {
    value /= 1000
    unit += 1
  }
  if unit == 0 { return "\(bytes) B" }
  return "\(rounded(value, digits: value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)) \(units[unit])"
}

/// A number with so many digits after the point.
func rounded(_ value: Double, digits: Int) -> String {
  var buffer = [CChar](repeating: 0, count: 400)
  let count = withVaList([Int32(digits), value]) {
    vsnprintf(&buffer, buffer.count, "%.*f", $0)
  }
  return String(decoding: buffer.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// A whole number with a space between thousands.
func formatted(count: Int) -> String {
  let digits = Array(String(abs(count)))
  let groups = stride(from: 0, to: digits.count, by: 3).map { start in
    String(digits[max(0, digits.count - start - 3)..<(digits.count - start)])
  }
  return (count < 0 ? "-" : "") + groups.reversed().joined(separator: " ")
}

/// A time as people read it, in the local zone: `2026-11-22 14:05`.
func formatted(time nanoseconds: Int64) -> String {
  text(of: nanoseconds, format: "%Y-%m-%d %H:%M", utc: false)
}

/// A time as programs read it: RFC 3339, UTC, to the second.
func isoTime(_ nanoseconds: Int64) -> String {
  text(of: nanoseconds, format: "%Y-%m-%dT%H:%M:%SZ", utc: true)
}

private func text(of nanoseconds: Int64, format: String, utc: Bool) -> String {
  var seconds = time_t(nanoseconds / 1_000_000_000)
  var parts = tm()
  if utc { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
  var buffer = [CChar](repeating: 0, count: 64)
  let count = strftime(&buffer, buffer.count, format, &parts)
  return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Columns set out in rows. A column is as wide as its widest cell; numbers stand right.
struct TextTable {
  private var rows: [[String]] = []
  private let right: Set<Int>

  /// - Parameter right: the columns that stand right.
  init(right: Set<Int> = []) { self.right = right }

  mutating func add(_ cells: String...) { rows.append(cells) }

  /// The lines, each behind an indent.
  func lines(indent: String = "") -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = indent
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        let isLast = column == row.count - 1
        line += right.contains(column) ? space + cell : isLast ? cell : cell + space
        if !isLast { line += "  " }
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
