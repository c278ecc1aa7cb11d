/// How the bytes of a blob are read where their bits are compared. All are little-endian.
public enum ElementKind: UInt8, Hashable, Sendable, CaseIterable {
  /// Bytes without elements: JSON, headers.
  case text
  case integer8, integer16, integer32, integer64
  /// Floats: the sign is the highest bit, and the exponent lies below it. `float16` is bfloat16's
  /// too; complex64 is `float32`, complex128 `float64`.
  case float8, float16, float32, float64

  /// Of one element; 1 for text.
  public var byteCount: Int {
    switch self {
    case .text, .integer8, .float8: 1
    case .integer16, .float16: 2
    case .integer32, .float32: 4
    case .integer64, .float64: 8
    }
  }

  /// The mappings that may make a chunk of this kind smaller by itself, the likeliest first.
  var mappingsAlone: [ElementMapping] {
    switch self {
    case .text: []
    case .integer8, .integer16, .integer32, .integer64: [.identity, .zigzag]
    case .float8, .float16, .float32, .float64: [.rotation]
    }
  }

  /// Those that may make it smaller against another chunk, the likeliest first.
  var mappingsAgainstBase: [ElementMapping] {
    switch self {
    case .text: []
    case .integer8, .integer16, .integer32, .integer64: [.difference, .exclusiveOr]
    case .float8, .float16, .float32, .float64: [.orderedDifference, .exclusiveOr]
    }
  }
}

/// How much time may go into making a chunk small.
public enum CodingEffort: Hashable, Sendable {
  /// What a sample says is good, at the speed of a disk.
  case fast
  /// The smallest of all that is known, some fifty times slower.
  case best
}

/// The unit that blobs are coded in: each chunk can be decoded by itself.
public enum Chunk {
  /// Of every chunk of a blob but the last, which has the rest. A multiple of every element.
  public static let byteCount = 1 << 20

  /// No chunk takes more when coded: one that gains nothing is stored behind a byte that says so.
  public static let largestCodedByteCount = byteCount + 1
}

/// What coding would make of a chunk, by a sample of it, as shares of its raw length.
public struct CodingEstimate: Hashable, Sendable {
  /// Without another chunk.
  public var alone: Double
  /// Against the base; nil where it cannot be used.
  public var delta: Double?

  public init(alone: Double, delta: Double?) {
    self.alone = alone
    self.delta = delta
  }
}
