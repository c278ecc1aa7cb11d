import SwiftProtobuf

extension WireSource {
  /// Calls for each field of a message.
  func forEachField(
    _ range: Range<UInt64>, _ body: (WireField) throws -> Void
  ) throws {
    var message = WireMessage(self, range)
    while let field = try message.next() { try body(field) }
  }

  /// Decodes a small message whole.
  func decode<M: Message>(
    _ type: M.Type, _ range: Range<UInt64>, atMost limit: UInt64? = nil
  ) throws -> M {
    let bytes = try bytes(range, atMost: limit ?? limits.messageBytes)
    return try decodeMessage(
      type, bytes, location: "\(name) byte \(range.lowerBound)", depth: limits.depth)
  }

  /// The key and the value of an entry of a protobuf `map` whose keys are texts. As protobuf has
  /// it, an absent one is empty, and of two the last counts.
  func mapEntry(_ range: Range<UInt64>) throws -> (key: String, value: Range<UInt64>) {
    var key = ""
    var value = range.lowerBound..<range.lowerBound
    try forEachField(range) { field in
      switch field.number {
      case 1: key = try string(try field.bytes(in: self))
      case 2: value = try field.bytes(in: self)
      default: break
      }
    }
    return (key, value)
  }
}

/// Decodes a message; an error of the library's becomes ours.
func decodeMessage<M: Message>(
  _ type: M.Type, _ bytes: [UInt8], location: String, depth: Int = TensorFlowLimits().depth
) throws -> M {
  var options = BinaryDecodingOptions()
  options.messageDepthLimit = depth
  options.discardUnknownFields = true
  do {
    return try M(serializedBytes: bytes, options: options)
  } catch {
    throw TensorFlowFormatError.malformed(
      location: location, expected: M.protoMessageName, found: "\(error)")
  }
}

/// Decodes protobuf's text format; an error of the library's becomes ours.
func decodeText<M: Message>(_ type: M.Type, _ text: String, location: String) throws -> M {
  var options = TextFormatDecodingOptions()
  options.messageDepthLimit = TensorFlowLimits().depth
  options.ignoreUnknownFields = true
  options.ignoreUnknownExtensionFields = true
  do {
    return try M(textFormatString: text, options: options)
  } catch {
    throw TensorFlowFormatError.malformed(
      location: location, expected: "\(M.protoMessageName) in text format", found: "\(error)")
  }
}
