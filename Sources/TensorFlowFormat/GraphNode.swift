/// A `NodeDef`, of whose attributes only the places are known.
struct GraphNode {
  private(set) var name = ""
  private(set) var operation = ""
  private(set) var inputs: [Range<UInt64>] = []
  private(set) var attributes: [Range<UInt64>] = []

  /// Longer names of operations than any there is.
  private static let operationBytes: UInt64 = 256

  init(_ source: WireSource, _ range: Range<UInt64>) throws {
    var message = WireMessage(source, range)
    while let field = try message.next() {
      switch field.number {
      case 1: name = try source.string(try field.bytes(in: source))
      case 2:
        operation = try source.string(
          try field.bytes(in: source), atMost: Self.operationBytes)
      case 3: inputs.append(try field.bytes(in: source))
      case 5: attributes.append(try field.bytes(in: source))
      default: break
      }
      try source.check(inputs.count + attributes.count, source.limits.links, .links)
    }
  }

  /// The node or function argument that an input comes from; `nil` of one that is not there or
  /// only says what comes first (`^node`).
  func source(ofInput index: Int, in source: WireSource) throws -> String? {
    guard inputs.indices.contains(index) else { return nil }
    let input = try source.string(inputs[index])
    if input.hasPrefix("^") { return nil }
    // `node`, `node:1`, and in a function `node:output:1`.
    return String(input.prefix { $0 != ":" })
  }

  /// The last value of an attribute, as protobuf has it.
  func attribute(_ name: String, in source: WireSource) throws -> Range<UInt64>? {
    var found: Range<UInt64>?
    for attribute in attributes {
      let (key, value) = try source.mapEntry(attribute)
      if key == name { found = value }
    }
    return found
  }

  /// Whether a name could be that of an operation:
  /// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/op_def.proto
  static func isOperationName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: "_") || name.utf8.count > 1 else {
      return false
    }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ">"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
  }
}
