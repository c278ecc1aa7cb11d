import Checksums
import StrictJSON
import TensorFlowGraph
import Tensors
import Testing

@testable import TensorFlowFormat

/// SavedModels are the messages that TensorFlow's own classes make, byte for byte;
/// `Fixtures/make_saved_models.py` has TensorFlow and Keras 2 run them.
@Suite struct SavedModelWriterTests {
  static func write(_ model: SavedModelToWrite) throws -> [(path: String, bytes: [UInt8])] {
    let files = try SavedModelWriter.files(of: model) { content, _ in
      guard case .literal(let bytes) = content else { return 0 }
      return CRC32C.of(bytes)
    }
    return files.map { file in
      let bytes = file.layout.pieces.flatMap { piece -> [UInt8] in
        switch piece.content {
        case .bytes(let bytes), .tensor(.literal(let bytes)): bytes
        case .tensor: []
        }
      }
      return (file.path, bytes)
    }
  }

  static func toy() throws -> SavedModelToWrite {
    let metadata = try JSONValue(parsing: Fixture.bytes("saved-toy-metadata.json"))
    return WrittenModels.toy(metadata: (metadata.array ?? []).compactMap(\.string))
  }

  private static func expect(_ model: SavedModelToWrite, is name: String) throws {
    for (path, bytes) in try write(model) {
      let file = path.split(separator: "/").last ?? ""
      #expect(bytes == (try Fixture.bytes("saved-\(name)-\(file)")), "\(path)")
    }
  }

  @Test func aModelOfKerasIsAsTensorFlowHasIt() throws {
    try Self.expect(try Self.toy(), is: "toy")
  }

  @Test func aModelWithoutVariablesIsAsTensorFlowHasIt() throws {
    try Self.expect(WrittenModels.lookup, is: "lookup")
  }

  @Test func theFileThatMakesADirectoryAModelIsTheLast() throws {
    let variables = [
      "variables/variables.data-00000-of-00001", "variables/variables.index",
    ]
    #expect(
      try Self.write(try Self.toy()).map(\.path) == variables + [
        "keras_metadata.pb", "saved_model.pb",
      ])
    #expect(try Self.write(WrittenModels.lookup).map(\.path) == variables + ["saved_model.pb"])
  }

  @Test func theSameModelIsTheSameBytes() throws {
    let first = try Self.write(try Self.toy())
    // Attributes, objects and sets of nodes are in no order.
    for _ in 0..<8 {
      var model = try Self.toy()
      model.objects = Dictionary(uniqueKeysWithValues: model.objects.shuffled())
      model.trainable = Set(model.trainable.shuffled())
      #expect(try Self.write(model).map(\.bytes) == first.map(\.bytes))
    }
  }

  @Test func attributesOfEveryKindAreAsTensorFlowHasThem() throws {
    let expected = try #require(JSONValue(parsing: Fixture.bytes("attributes.json")).object)
    #expect(Set(expected.keys) == Set(Self.attributes.keys))
    for (name, value) in Self.attributes {
      let hex = value.serialized.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }
      #expect(hex.joined() == expected[name]?.string, "\(name)")
    }
  }

  private static let attributes: [String: AttributeValue] = [
    "kind": .kind(.bfloat16), "kinds": .kinds([.float32, .resource, .uint4]),
    "no kinds": .kinds([]), "integer": .integer(-2), "zero": .integer(0),
    "integers": .integers([0, -1, 300]), "real": .real(-0.25), "no real": .real(0),
    "reals": .reals([1, 0]), "flag": .flag(true), "no flag": .flag(false), "text": .text("é"),
    "no text": .text(""), "texts": .texts(["", "SAME"]), "shape": .shape([nil, 0, 3]),
    "scalar": .shape([]), "shapes": .shapes([[nil], []]), "function": .function("f"),
    "tensor": .tensor(.init(kind: .bool, dimensions: [2], elements: .bytes([0, 1]))),
    "empty": .tensor(.init(kind: .float16, dimensions: [0], elements: .bytes([]))),
    "words": .tensor(
      .init(kind: .string, dimensions: [2], elements: .strings([[], Array("b".utf8)]))),
  ]
}
