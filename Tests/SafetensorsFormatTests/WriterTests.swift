import SafetensorsFormat
import Tensors
import Testing

/// Files are those that the safetensors library writes, byte for byte.
@Suite struct WriterTests {
  /// A tensor as `Fixtures/make_written.py` makes it.
  private static func ramp(
    _ name: String, _ dtype: DType, _ dimensions: [Int]
  ) throws -> TensorToWrite {
    let shape = try #require(Shape(dimensions))
    let count = try #require(shape.byteCount(of: dtype))
    let bytes = (0..<count).map { UInt8($0 % (dtype == .bool ? 2 : 256)) }
    return try #require(
      TensorToWrite(name: name, dtype: dtype, shape: shape, content: .literal(bytes)))
  }

  private static func bytes(of layout: FileLayout) -> [UInt8] {
    layout.pieces.flatMap { piece -> [UInt8] in
      switch piece.content {
      case .bytes(let bytes), .tensor(.literal(let bytes)): bytes
      case .tensor: []
      }
    }
  }

  private static let dtypes: [DType] = DType.allCases.filter {
    ![.int4, .uint4, .complex128].contains($0)
  }

  @Test func aFileIsThatOfTheLibrary() throws {
    var tensors = try Self.dtypes.map { try Self.ramp("dense/" + $0.rawValue, $0, [2, 3]) }
    for name in ["b", "a", "B", "a/b", "a.b", "ä", "\u{1F600}", "quoted \"\\\n"] {
      tensors.append(try Self.ramp(name, .float32, [3]))
    }
    tensors += [
      try Self.ramp("scalar", .float32, []), try Self.ramp("nothing", .float32, [0, 5]),
    ]
    let expected = try Fixture("written.safetensors").bytes()
    for order in [tensors, tensors.reversed()] {
      let file = try SafetensorsWriter.layout(of: order, metadata: ["format": "tf"])
      #expect(Self.bytes(of: file) == expected)
    }
  }

  @Test func aFileOfNothingIsThatOfTheLibrary() throws {
    let file = try SafetensorsWriter.layout(of: [])
    #expect(Self.bytes(of: file) == (try Fixture("written-nothing.safetensors").bytes()))
  }

  @Test func metadataIsSorted() throws {
    let file = try SafetensorsWriter.layout(of: [], metadata: ["b": "2", "a": "\u{1}", "c": ""])
    let text = String(decoding: Self.bytes(of: file).dropFirst(8), as: UTF8.self)
    #expect(text == #"{"__metadata__":{"a":"\u0001","b":"2","c":""}}  "#)
  }

  /// Lengths and offsets of more than 32 bits, of which none is written.
  @Test func largeFilesAreReadBack() throws {
    let sizes = [5 << 30, 1, 3 << 40]
    let tensors = try sizes.enumerated().map { number, size in
      let shape = try #require(Shape([size]))
      return try #require(
        TensorToWrite(name: "\(number)", dtype: .int8, shape: shape, content: .stored(number)))
    }
    let file = try SafetensorsWriter.layout(of: tensors)
    let offsets = file.pieces.dropFirst(2).map(\.offset)
    let start = try #require(offsets.first)
    #expect(start % 8 == 0)
    #expect(offsets.map { $0 - start } == [0, 5_368_709_120, 5_368_709_121])
    let header = file.pieces.prefix(2).reduce(into: "") { text, piece in
      if case .bytes(let bytes) = piece.content { text += String(decoding: bytes, as: UTF8.self) }
    }
    #expect(header.contains("\"2\":{\"dtype\":\"I8\",\"shape\":[3298534883328]"))
    #expect(header.contains("\"data_offsets\":[5368709121,3303903592449]"))
  }

  @Test(arguments: [DType.int4, .uint4, .complex128])
  func typesWithoutANameAreRefused(_ dtype: DType) throws {
    let tensors = [try Self.ramp("fine", .int8, [1]), try Self.ramp("kernel", dtype, [1])]
    #expect(throws: SafetensorsWriter.Failure.unsupportedType(tensor: "kernel", dtype)) {
      try SafetensorsWriter.layout(of: tensors)
    }
  }

  @Test func namesMustBeDistinctAndFree() throws {
    let tensor = try Self.ramp("kernel", .int8, [1])
    #expect(throws: SafetensorsWriter.Failure.repeatedName("kernel")) {
      try SafetensorsWriter.layout(of: [tensor, tensor])
    }
    let reserved = try Self.ramp("__metadata__", .int8, [1])
    #expect(throws: SafetensorsWriter.Failure.reservedName("__metadata__")) {
      try SafetensorsWriter.layout(of: [reserved])
    }
  }

  @Test func moreThan64BitsAreRefused() throws {
    let tensors = try ["a", "b"].map { name in
      let shape = try #require(Shape([Int.max]))
      return try #require(
        TensorToWrite(name: name, dtype: .int8, shape: shape, content: .stored(0)))
    }
    #expect(throws: SafetensorsWriter.Failure.tooLarge(tensor: "b")) {
      try SafetensorsWriter.layout(of: tensors)
    }
  }
}
