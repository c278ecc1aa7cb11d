import Foundation
import TensorCodec
import Testing

/// Coded chunks that a program of others made, which shares nothing with ours but the format.
@Suite struct KnownAnswerTests {
  /// A line of `Fixtures/vectors.txt`, which `Fixtures/make_vectors.py` writes: hex digits, `.` for
  /// no bytes, `-` for no base.
  private struct Vector {
    let name: String
    let chunk: [UInt8]
    let base: [UInt8]?
    let coded: [UInt8]

    init(_ line: Substring) throws {
      let words = line.split(separator: " ")
      try #require(words.count == 4)
      name = String(words[0])
      chunk = words[1] == "." ? [] : try Self.bytes(words[1])
      base = words[2] == "-" ? nil : try Self.bytes(words[2])
      coded = try Self.bytes(words[3])
    }

    private static func bytes(_ hex: Substring) throws -> [UInt8] {
      let digits = try hex.map { try #require($0.hexDigitValue) }
      return stride(from: 0, to: digits.count - 1, by: 2).map { index in
        UInt8(digits[index] * 16 + digits[index + 1])
      }
    }
  }

  private static func vectors() throws -> [Vector] {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/vectors.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try Vector($0)
    }
  }

  @Test func theyDecodeToTheirBytes() throws {
    let coders = try Coders()
    let vectors = try Self.vectors()
    for vector in vectors {
      let decoded = try coders.decode(
        vector.coded, against: vector.base, byteCount: vector.chunk.count)
      #expect(decoded == vector.chunk, "\(vector.name)")
    }
    #expect(
      Set(vectors.compactMap(\.coded.first)) == [0, 1, 2, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15])
  }
}
