/// A field of a protobuf message, on the wire.
/// https://protobuf.dev/programming-guides/encoding/
struct WireField {
  enum Value {
    case varint(UInt64)
    case fixed64
    /// Where the bytes lie in the source: a message, a text, bytes, or packed numbers.
    case bytes(Range<UInt64>)
    case fixed32
    /// A group, which was skipped.
    case group

    /// What it is, for errors.
    var words: String {
      switch self {
      case .varint(let number): "the varint \(number)"
      case .fixed64: "8 bytes"
      case .bytes(let range): "a string of \(range.count) bytes"
      case .fixed32: "4 bytes"
      case .group: "a group"
      }
    }
  }

  let number: UInt64
  let value: Value

  /// The bytes of a field that must have some.
  func bytes(in source: WireSource) throws -> Range<UInt64> {
    if case .bytes(let range) = value { return range }
    throw malformed("bytes", in: source)
  }

  /// The number of a field that must be a varint.
  func varint(in source: WireSource) throws -> UInt64 {
    if case .varint(let number) = value { return number }
    throw malformed("a varint", in: source)
  }

  private func malformed(_ expected: String, in source: WireSource) -> TensorFlowFormatError {
    .malformed(location: "\(source.name) field \(number)", expected: expected, found: value.words)
  }
}

/// The fields of a message one after the other; what is in them is not looked at.
struct WireMessage {
  let source: WireSource
  private var position: UInt64
  private let end: UInt64

  init(_ source: WireSource, _ range: Range<UInt64>) {
    self.source = source
    position = range.lowerBound
    end = range.upperBound
  }

  /// `nil` after the last field.
  mutating func next() throws -> WireField? {
    guard position < end else { return nil }
    let start = position
    let (number, type) = try tag()
    let value: WireField.Value
    switch type {
    case 3:
      try skipGroup(number)
      value = .group
    case 4: throw malformed(at: start, expected: "a field", found: "an end of no group")
    default: value = try self.value(of: type, at: start)
    }
    return WireField(number: number, value: value)
  }

  private mutating func tag() throws -> (number: UInt64, type: UInt64) {
    try source.countField()
    let start = position
    let tag = try varint()
    let number = tag >> 3
    guard number > 0, number < 1 << 29 else {
      throw malformed(at: start, expected: "a field's number", found: "\(number)")
    }
    return (number, tag & 7)
  }

  private mutating func value(of type: UInt64, at start: UInt64) throws -> WireField.Value {
    switch type {
    case 0: return .varint(try varint())
    case 1:
      try skip(8)
      return .fixed64
    case 2:
      let length = try varint()
      let first = position
      try skip(length)
      return .bytes(first..<position)
    case 5:
      try skip(4)
      return .fixed32
    default:
      throw malformed(at: start, expected: "a wire type of 0 to 5", found: "\(type)")
    }
  }

  /// Nested groups take no stack of ours.
  private mutating func skipGroup(_ number: UInt64) throws {
    var open = [number]
    while let last = open.last {
      guard position < end else {
        throw malformed(at: end, expected: "the end of group \(last)", found: "the message's end")
      }
      let start = position
      let (number, type) = try tag()
      switch type {
      case 3:
        guard open.count < source.limits.depth else {
          throw TensorFlowFormatError.limitExceeded(
            location: "\(source.name) byte \(start)", .depth,
            allowed: UInt64(source.limits.depth), found: UInt64(open.count) + 1)
        }
        open.append(number)
      case 4:
        guard number == last else {
          throw malformed(at: start, expected: "the end of group \(last)", found: "of \(number)")
        }
        open.removeLast()
      default: _ = try value(of: type, at: start)
      }
    }
  }

  private mutating func skip(_ count: UInt64) throws {
    guard count <= end - position else {
      throw TensorFlowFormatError.truncated(
        location: "\(source.name) byte \(position)", needed: count, available: end - position)
    }
    position += count
  }

  /// At most ten bytes, of which the last has one bit left.
  private mutating func varint() throws -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = try source.byte(at: position)
      position += 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    if position < end || shift >= 63 {
      throw malformed(at: start, expected: "a varint of 64 bits", found: "more")
    }
    throw TensorFlowFormatError.truncated(
      location: "\(source.name) byte \(start)", needed: end - start + 1, available: end - start)
  }

  private func malformed(
    at position: UInt64, expected: String, found: String
  ) -> TensorFlowFormatError {
    .malformed(location: "\(source.name) byte \(position)", expected: expected, found: found)
  }
}
