import Tensors

/// Walks an `AttrValue` for the byte strings that are in it, in tensors and lists as well: a graph
/// may be written in any of them.
struct AttributeStrings {
  private let source: WireSource
  private let body: (Range<UInt64>) throws -> Void

  init(_ source: WireSource, _ body: @escaping (Range<UInt64>) throws -> Void) {
    self.source = source
    self.body = body
  }

  /// An entry of the map of attributes. What has no room for a graph is not looked into.
  func visit(entry: Range<UInt64>) throws {
    try source.forEachField(entry) { field in
      guard field.number == 2, case .bytes(let value) = field.value, value.count >= 8 else {
        return
      }
      try visit(attribute: value)
    }
  }

  func visit(attribute value: Range<UInt64>, depth: Int = 0) throws {
    try checkDepth(depth, at: value)
    try source.forEachField(value) { field in
      switch field.number {
      case 1: try visit(list: try field.bytes(in: source), depth: depth + 1)
      case 2: try body(try field.bytes(in: source))
      case 8: try visit(tensor: try field.bytes(in: source), depth: depth + 1)
      case 10: try visit(function: try field.bytes(in: source), depth: depth + 1)
      default: break
      }
    }
  }

  private func visit(list: Range<UInt64>, depth: Int) throws {
    try source.forEachField(list) { field in
      switch field.number {
      case 2: try body(try field.bytes(in: source))
      case 8: try visit(tensor: try field.bytes(in: source), depth: depth + 1)
      case 9: try visit(function: try field.bytes(in: source), depth: depth + 1)
      default: break
      }
    }
  }

  /// `NameAttrList`: a function and values of its own attributes.
  private func visit(function: Range<UInt64>, depth: Int) throws {
    try source.forEachField(function) { field in
      guard field.number == 2 else { return }
      let entry = try source.mapEntry(try field.bytes(in: source))
      try visit(attribute: entry.value, depth: depth + 1)
    }
  }

  func visit(tensor: Range<UInt64>, depth: Int = 0) throws {
    try checkDepth(depth, at: tensor)
    let strings = try StringTensor(source, tensor)
    try strings.forEachString(body)
    guard strings.hasVariants else { return }
    try source.forEachField(tensor) { field in
      guard field.number == 15 else { return }
      try visit(variant: try field.bytes(in: source), depth: depth + 1)
    }
  }

  /// `VariantTensorDataProto`: a dataset's has its graph in the tensors.
  private func visit(variant: Range<UInt64>, depth: Int) throws {
    try source.forEachField(variant) { field in
      switch field.number {
      case 2: try body(try field.bytes(in: source))
      case 3: try visit(tensor: try field.bytes(in: source), depth: depth + 1)
      default: break
      }
    }
  }

  private func checkDepth(_ depth: Int, at range: Range<UInt64>) throws {
    guard depth < source.limits.depth else {
      throw TensorFlowFormatError.limitExceeded(
        location: "\(source.name) byte \(range.lowerBound)", .depth,
        allowed: UInt64(source.limits.depth), found: UInt64(depth) + 1)
    }
  }
}

/// A `TensorProto` of strings: one by one in field 8, or together in field 4, the lengths before
/// the bytes.
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/tensor.proto
struct StringTensor {
  private let source: WireSource
  private(set) var isString = false
  private(set) var hasVariants = false
  private var packed: Range<UInt64>?
  private let range: Range<UInt64>

  init(_ source: WireSource, _ range: Range<UInt64>) throws {
    self.source = source
    self.range = range
    var message = WireMessage(source, range)
    while let field = try message.next() {
      switch field.number {
      case 1: isString = try field.varint(in: source) == UInt64(ElementType.string.number)
      case 4: packed = try field.bytes(in: source)
      case 15: hasVariants = true
      default: break
      }
    }
  }

  func forEachString(_ body: (Range<UInt64>) throws -> Void) throws {
    guard isString else { return }
    try source.forEachField(range) { field in
      if field.number == 8 { try body(try field.bytes(in: source)) }
    }
    if let packed { try forEachPacked(packed, body) }
  }

  /// The lengths' number is the number of elements. It is not needed: the lengths end where
  /// their sum and their own bytes are all bytes.
  private func forEachPacked(
    _ packed: Range<UInt64>, _ body: (Range<UInt64>) throws -> Void
  ) throws {
    guard let start = try endOfLengths(packed) else { return }
    var position = packed.lowerBound
    var next = start
    while position < start {
      let length = try self.length(at: &position, before: packed.upperBound) ?? 0
      try body(next..<(next + length))
      next += length
    }
  }

  private func endOfLengths(_ packed: Range<UInt64>) throws -> UInt64? {
    var position = packed.lowerBound
    var sum: UInt64 = 0
    while position < packed.upperBound {
      if sum > 0 || position > packed.lowerBound, sum == packed.upperBound - position {
        return position
      }
      guard let length = try length(at: &position, before: packed.upperBound) else { return nil }
      guard length <= packed.upperBound - packed.lowerBound else { return nil }
      sum += length
      guard sum <= packed.upperBound - packed.lowerBound else { return nil }
    }
    return sum == 0 ? position : nil
  }

  private func length(at position: inout UInt64, before end: UInt64) throws -> UInt64? {
    try source.countField()
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 28, by: 7) {
      guard position < end else { return nil }
      let byte = try source.byte(at: position)
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
