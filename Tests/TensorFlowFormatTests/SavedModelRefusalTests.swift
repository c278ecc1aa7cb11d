import Files
import Testing

@testable import TensorFlowFormat

/// What cannot be a program is an error that says so, whatever its bytes are.
@Suite struct SavedModelRefusalTests {
  private func read(
    _ bytes: [UInt8], padding: Int = 0, fields: Int = TensorFlowLimits().fields
  ) throws -> SavedModel {
    let file = try ScratchFile(bytes, padding: padding)
    var limits = TensorFlowLimits()
    limits.fields = fields
    return try SavedModel(
      file.slice, .binary, fileIndex: 0, kerasMetadata: nil, limits: limits)
  }

  private func nested(_ count: Int, in field: UInt8) -> [UInt8] {
    var message: [UInt8] = []
    for _ in 0..<count {
      var length: [UInt8] = []
      var rest = message.count
      repeat {
        length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
        rest >>= 7
      } while rest > 0
      // Prepending is what makes this quadratic: a few thousand do.
      message = [field << 3 | 2] + length + message
    }
    return message
  }

  @Test func bytesThatAreNoMessageAreErrors() {
    let hostile: [[UInt8]] = [
      [], [0], [0x0A, 0x00, 0x0A, 0x01, 0x0A, 0x00], [0x12], [0x12, 0xFF], [0x12, 0x05, 0x00],
      // Wire types 6 and 7, the end of no group, a group without an end, another's end.
      [0x16], [0x17], [0x14], [0x13], [0x13, 0x1C],
      // A varint of 11 bytes, one of 65 bits, a length of 2^64 - 1, a tag of 2^32.
      [0x08] + Array(repeating: 0xFF, count: 10) + [0x01],
      [0x08] + Array(repeating: 0xFF, count: 9) + [0x02],
      [0x12] + Array(repeating: 0xFF, count: 9) + [0x01], [0x82, 0x80, 0x80, 0x80, 0x10],
      [0x09, 0, 0], [0x0D, 0], [0x08, 0x02, 0x12, 0x00],
    ]
    for bytes in hostile {
      #expect(throws: TensorFlowFormatError.self, "\(bytes)") { try read(bytes) }
    }
  }

  @Test func nestingIsBounded() throws {
    #expect(throws: TensorFlowFormatError.self) {
      try read(Array(repeating: 0x1B, count: 100_000))
    }
    // What is not looked into may be nested at will.
    #expect(try read([0x12, 0x00] + nested(3000, in: 9)).graphs.count == 1)
    // Functions within attributes: field 10 of AttrValue, 2 of NameAttrList and 2 of the entry.
    var value: [UInt8] = []
    for _ in 0..<200 {
      value = message(0x52, message(0x12, message(0x12, value)))
    }
    let node = message(0x2A, message(0x12, value))
    #expect(throws: TensorFlowFormatError.self) {
      try read(message(0x12, message(0x12, message(0x0A, node))))
    }
  }

  private func message(_ tag: UInt8, _ body: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    var rest = body.count
    repeat {
      length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return [tag] + length + body
  }

  @Test func fieldsAreBounded() throws {
    func repeated(_ field: UInt8, _ count: Int) -> [UInt8] {
      (0..<(2 * count)).map { $0 % 2 == 0 ? field << 3 | 2 : 0 }
    }
    let unknown = [0x12, 0x00] + repeated(15, 1999)
    #expect(throws: TensorFlowFormatError.self) { try read(unknown, fields: 1999) }
    #expect(try read(unknown, fields: 2000).graphs.count == 1)
    // Graphs; signatures; objects; functions; attributes of a node.
    #expect(throws: TensorFlowFormatError.self) { try read(repeated(2, 1001)) }
    let inner: [[UInt8]] = [
      repeated(5, 100_001), message(0x3A, repeated(1, 1_000_001)),
      message(0x12, message(0x12, repeated(1, 100_001))),
      message(0x12, message(0x0A, repeated(5, 1_000_001))),
    ]
    for graph in inner {
      #expect(throws: TensorFlowFormatError.self) { try read(message(0x12, graph)) }
    }
  }

  @Test func unreadBytesCostNothing() throws {
    // A gigabyte in a field that nobody knows; the file has a hole there.
    let model = try read([0x12, 0x00, 0x7A, 0x80, 0x80, 0x80, 0x80, 0x04], padding: 1 << 30)
    #expect(model.graphs.count == 1)
    #expect(throws: TensorFlowFormatError.self) { try read([0x12, 0x00], padding: 1 << 31) }
    #expect(throws: TensorFlowFormatError.self) { try read([0x12, 0x00], padding: 1 << 30) }
  }

  @Test(arguments: ["top", "constant", "nested"])
  func aProgramThatEndsEarlyNeverTraps(_ name: String) throws {
    let bytes = try Fixture.bytes("\(name).pb")
    for end in stride(from: 0, to: bytes.count, by: bytes.count > 1000 ? 37 : 1) {
      // Between two fields the rest is a message, too.
      _ = try? read(Array(bytes[..<end]))
    }
    #expect(throws: TensorFlowFormatError.self) { try read(Array(bytes.dropLast())) }
  }

  @Test(arguments: ["top", "constant", "nested", "keras_within"])
  func aChangedProgramNeverTraps(_ name: String) throws {
    var bytes = try Fixture.bytes("\(name).pb")
    for place in stride(from: 0, to: bytes.count, by: bytes.count / 700 + 1) {
      let old = bytes[place]
      for new in [old ^ 1, old ^ 0x80, 0xFF, 0] {
        bytes[place] = new
        _ = try? read(bytes)
      }
      bytes[place] = old
    }
  }

  @Test func aTextThatIsNoProgramIsAnError() throws {
    for text in ["", "meta_graphs {", "{", "meta_graphs { graph_def { node: 1 } }"] {
      let file = try ScratchFile(Array(text.utf8))
      #expect(throws: TensorFlowFormatError.self) {
        try SavedModel(file.slice, .text, fileIndex: 0)
      }
    }
    let bytes = try Fixture.bytes("simple.pbtxt")
    for end in stride(from: 0, to: bytes.count, by: 997) {
      let file = try ScratchFile(Array(bytes[..<end]))
      _ = try? SavedModel(file.slice, .text, fileIndex: 0)
    }
  }
}
