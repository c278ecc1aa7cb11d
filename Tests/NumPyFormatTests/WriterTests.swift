import Checksums
import NumPyFormat
import Tensors
import Testing
import ZipFormat

/// Arrays are those that NumPy writes, byte for byte.
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

  private static func crc32(
    _ content: TensorContent, _ algorithm: Checksum.Algorithm
  ) throws -> UInt32 {
    #expect(algorithm == .crc32)
    return CRC32.of(bytes(of: content))
  }

  private static func bytes(of content: TensorContent) -> [UInt8] {
    if case .literal(let bytes) = content { bytes } else { [] }
  }

  private static func bytes(of layout: FileLayout) -> [UInt8] {
    layout.pieces.flatMap { piece -> [UInt8] in
      switch piece.content {
      case .bytes(let bytes): bytes
      case .tensor(let content): bytes(of: content)
      }
    }
  }

  @Test func anArchiveIsThatOfNumPy() throws {
    let dtypes: [DType] = [
      .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32,
      .float64, .complex64, .complex128, .bfloat16, .float8E4M3FN, .int4, .uint4,
    ]
    var tensors = try dtypes.map { try Self.ramp("dense/" + $0.rawValue, $0, [2, 3]) }
    tensors += [
      try Self.ramp("scalar", .float32, []), try Self.ramp("nothing", .float32, [0, 5]),
      try Self.ramp("vector", .int64, [70]), try Self.ramp("größe", .uint8, [300]),
      try Self.ramp("dimensions", .uint8, [Int](repeating: 1, count: 64)),
      try Self.ramp("aligned", .uint8, [Int](repeating: 1, count: 13)),
    ]
    let archive = try NpzWriter.archive(of: tensors, checksum: Self.crc32)
    #expect(Self.bytes(of: archive) == (try Fixture("written.npz").bytes()))
  }

  @Test func anArrayIsThatOfNumPy() throws {
    let array = try NpzWriter.array(try Self.ramp("", .float32, [2, 3]))
    #expect(Self.bytes(of: array) == (try Fixture("written.npy").bytes()))
  }

  /// NumPy writes `<f1` for them, and then does not read it: ml_dtypes has no such name.
  @Test func bytesOfFloat8AreOfNoType() throws {
    for dtype in [DType.float8E5M2, .float8E4M3FN] {
      let array = try NpzWriter.array(try Self.ramp("", dtype, [2]))
      let text = String(decoding: Self.bytes(of: array).dropFirst(10).prefix(15), as: UTF8.self)
      #expect(text == "{'descr': '<V1'")
    }
  }

  @Test func moreDimensionsThanNumPyHasAreRefused() throws {
    let tensor = try Self.ramp("deep", .uint8, [Int](repeating: 1, count: 65))
    #expect(throws: NumPyError.limitExceeded(location: "deep", .rank, allowed: 64, found: 65)) {
      try NpzWriter.array(tensor)
    }
  }

  @Test func namesThatCannotBeReadBackAreRefused() throws {
    let tensor = try Self.ramp("../kernel", .uint8, [1])
    #expect(throws: ZipError.unsafePath(name: "../kernel.npy", .dots)) {
      try NpzWriter.archive(of: [tensor], checksum: Self.crc32)
    }
    let twice = try Self.ramp("kernel", .uint8, [1])
    #expect(throws: ZipError.ambiguous(location: "kernel.npy", .repeatedName)) {
      try NpzWriter.archive(of: [twice, twice], checksum: Self.crc32)
    }
  }
}
