public import Files

/// The bytes that libFuzzer made up, as a reader's source.
///
/// A source of several files stands in one input with `separator` between them, which mutations
/// move but seldom break: a length would be wrong as soon as a byte is put in.
public struct Input {
  /// All of them, or one part.
  public let bytes: [UInt8]

  init(_ buffer: UnsafeRawBufferPointer) { bytes = Array(buffer) }

  private init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

  /// Between the parts of an input.
  public static let separator = Array("\n<next>\n".utf8)

  /// The parts, exactly so many: missing ones are empty, and the last keeps what is too much.
  public func parts(_ count: Int) -> [Input] {
    var parts: [Input] = []
    var rest = bytes[...]
    while parts.count < count - 1, let end = rest.firstIndex(of: Self.separator) {
      parts.append(Input(rest[..<end]))
      rest = rest[(end + Self.separator.count)...]
    }
    parts.append(Input(rest))
    while parts.count < count { parts.append(Input([])) }
    return parts
  }

  /// As UTF-8, with replacements for what is none.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// As a file of its own.
  public func file(_ name: String) -> FileSlice { MemoryFile.slice(of: bytes, name: name) }
}

extension ArraySlice<UInt8> {
  /// Where a run of bytes begins.
  fileprivate func firstIndex(of run: [UInt8]) -> Int? {
    guard let first = run.first, count >= run.count else { return nil }
    return (startIndex...(endIndex - run.count)).first { start in
      self[start] == first && self[start..<start + run.count].elementsEqual(run)
    }
  }
}
