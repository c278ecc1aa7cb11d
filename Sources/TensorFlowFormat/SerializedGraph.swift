/// What a byte string in a graph can be besides a text: a graph, a library of functions or a
/// function, written in it. `DatasetFromGraph` makes a dataset of the first.
enum SerializedGraph {
  case graph, library, function

  /// All that are written in the value of an attribute, and where.
  static func all(
    _ source: WireSource, inAttribute entry: Range<UInt64>
  ) throws -> [(SerializedGraph, Range<UInt64>)] {
    var written: [(SerializedGraph, Range<UInt64>)] = []
    let strings = AttributeStrings(source) { range in
      if let graph = try SerializedGraph(source, range) { written.append((graph, range)) }
    }
    try strings.visit(entry: entry)
    return written
  }

  /// `nil` when the bytes are none of these. Nothing is reported of what they are: a text that
  /// does not happen to read as one of these messages, whole and with at least one operation, is
  /// no graph, and TensorFlow would not take it for one either.
  init?(_ source: WireSource, _ range: Range<UInt64>) throws {
    guard range.count >= 4, try Self.couldBeMessage(source, range) else { return nil }
    if try Self.reads({ try Self.hasOperation(source, range, in: 1) }) {
      self = .graph
    } else if try Self.reads({
      try Self.anyMessage(source, range, 2) { library in
        try Self.anyMessage(source, library, 1) { try Self.hasOperation(source, $0, in: 3) }
      }
    }) {
      self = .graph
    } else if try Self.reads({
      try Self.anyMessage(source, range, 1) { function in
        try Self.hasOperation(source, function, in: 3)
      }
    }) {
      self = .library
    } else if try Self.reads({ try Self.hasOperation(source, range, in: 3) }) {
      self = .function
    } else {
      return nil
    }
  }

  /// What is no message is `false`; a limit stays an error.
  private static func reads(_ body: () throws -> Bool) throws -> Bool {
    do {
      return try body()
    } catch TensorFlowFormatError.malformed, TensorFlowFormatError.truncated {
      return false
    } catch TensorFlowFormatError.limitExceeded(_, let limit, _, _)
      where limit == .messageBytes || limit == .depth
    {
      return false
    }
  }

  /// Whether all is a message, and one of its fields of a number passes.
  private static func anyMessage(
    _ source: WireSource, _ range: Range<UInt64>, _ number: UInt64,
    _ test: (Range<UInt64>) throws -> Bool
  ) throws -> Bool {
    var passed = false
    try source.forEachField(range) { field in
      guard field.number == number else { return }
      if try test(try field.bytes(in: source)) { passed = true }
    }
    return passed
  }

  private static func hasOperation(
    _ source: WireSource, _ range: Range<UInt64>, in number: UInt64
  ) throws -> Bool {
    try anyMessage(source, range, number) { node in
      GraphNode.isOperationName(try GraphNode(source, node).operation)
    }
  }

  /// Whether the outermost fields fill the bytes. Vocabularies of a million words come by here, so
  /// that no error is made for each.
  private static func couldBeMessage(
    _ source: WireSource, _ range: Range<UInt64>
  ) throws -> Bool {
    var position = range.lowerBound
    while position < range.upperBound {
      try source.countField()
      guard let tag = try varint(source, &position, range.upperBound), tag >> 3 > 0 else {
        return false
      }
      let length: UInt64
      switch tag & 7 {
      case 0:
        guard try varint(source, &position, range.upperBound) != nil else { return false }
        length = 0
      case 1: length = 8
      case 2:
        guard let count = try varint(source, &position, range.upperBound) else { return false }
        length = count
      // What is in groups no graph has; TensorFlow skips them.
      case 3, 4: length = 0
      case 5: length = 4
      default: return false
      }
      guard length <= range.upperBound - position else { return false }
      position += length
    }
    return true
  }

  private static func varint(
    _ source: WireSource, _ position: inout UInt64, _ end: UInt64
  ) throws -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else { return nil }
      let byte = try source.byte(at: position)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
