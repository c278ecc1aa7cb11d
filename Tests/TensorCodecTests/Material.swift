import TensorCodec

/// Bytes to code, the same in every run.
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// https://prng.di.unimi.it/splitmix64.c
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// What bytes may be like.
enum Pattern: CaseIterable {
  case random, constant, zero, sparse, ramp, floats, special, text

  func bytes(_ count: Int, width: Int, seed: UInt64 = 1) -> [UInt8] {
    var randomness = Randomness(seed: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 40)
    let special = Self.special(width)
    while bytes.count < count {
      switch self {
      case .random: bytes += randomness.next().littleEndianBytes
      case .constant: bytes += [0xC3, 0xF5, 0x48, 0x40, 1, 2, 3, 4].prefix(width)
      case .zero: bytes += [0, 0, 0, 0, 0, 0, 0, 0]
      case .sparse:
        // Rows of 100 elements, of which most are untouched.
        let row = bytes.count / width / 100
        bytes += [UInt8](
          repeating: row % 5 == 2 ? UInt8(truncatingIfNeeded: bytes.count) : 0, count: width)
      case .ramp: bytes += (bytes.count / width).littleEndianBytes.prefix(width)
      case .floats:
        bytes += Float.random(in: -0.1...0.1, using: &randomness).bitPattern.littleEndianBytes
      case .special: bytes += special[bytes.count / width % special.count]
      case .text: bytes += Array(#"{"name": "kernel", "shape": [3, 4]}"#.utf8)
      }
    }
    return bytes.first(count)
  }

  /// Zeros and infinities of both signs, denormals, quiet and signalling NaNs with payloads, and
  /// the borders between them.
  private static func special(_ width: Int) -> [[UInt8]] {
    switch width {
    case 1: (0...255).map { [$0] }
    case 2:
      [
        0, 0x8000, 1, 0x8001, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0xFC00, 0x7C01, 0x7E2A, 0xFFFF, 0x7F80,
        0x7F81, 0x7FC1, 0xFF80, 0x7FFF,
      ].map { (bits: UInt16) in bits.littleEndianBytes }
    case 4:
      [
        0, 0x8000_0000, 1, 0x8000_0001, 0x7F_FFFF, 0x80_0000, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x7F80_0000,
        0xFF80_0000, 0x7F80_0001, 0xFF80_1234, 0x7FC0_0000, 0xFFC0_BEEF, 0x7FFF_FFFF, 0xFFFF_FFFF,
      ].map { (bits: UInt32) in bits.littleEndianBytes }
    default:
      [
        0, 1 << 63, 1, 1 << 63 | 1, 0xF_FFFF_FFFF_FFFF, 0x10_0000_0000_0000, 0x7FEF_FFFF_FFFF_FFFF,
        0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x7FF0_0000_0000_0001, 0xFFF8_0000_DEAD_BEEF,
        0x7FFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF,
      ].map { (bits: UInt64) in bits.littleEndianBytes }
    }
  }
}

/// What a base may be to a chunk.
enum Relation: CaseIterable {
  case none, equal, near, rowsChanged, unrelated, longer, shorter

  func base(of chunk: [UInt8], width: Int) -> [UInt8]? {
    var randomness = Randomness(seed: 7)
    switch self {
    case .none: return nil
    case .equal: return chunk
    case .near:
      // The low bytes of elements move.
      return chunk.enumerated().map {
        $0 % width == 0 ? $1 &+ UInt8.random(in: 0...3, using: &randomness) : $1
      }
    case .rowsChanged:
      return chunk.enumerated().map { $0 / width / 100 % 7 == 3 ? ~$1 : $1 }
    case .unrelated: return chunk.map { _ in UInt8.random(in: 0...255, using: &randomness) }
    case .longer: return chunk + [1, 2, 3, 4, 5, 6, 7, 8, 9]
    case .shorter: return Array(chunk.dropLast())
    }
  }
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

extension [UInt8] {
  /// So many of them; all must be there.
  func first(_ count: Int) -> [UInt8] { Array(self[..<count]) }
}

/// A coder of each direction, which tests use one after another.
struct Coders {
  let encoder: ChunkEncoder
  let decoder: ChunkDecoder

  init() throws {
    encoder = try ChunkEncoder()
    decoder = try ChunkDecoder()
  }

  func encode(
    _ chunk: [UInt8], as kind: ElementKind, against base: [UInt8]?, effort: CodingEffort = .fast
  ) throws -> [UInt8] {
    try chunk.withUnsafeBytes { chunk in
      try base.withBytes { Array(try encoder.encode(chunk, as: kind, against: $0, effort: effort)) }
    }
  }

  /// Decodes from memory and into memory that end where no other memory is.
  func decode(_ coded: [UInt8], against base: [UInt8]?, byteCount: Int) throws -> [UInt8] {
    let codedMemory = GuardedMemory(coded)
    let baseMemory = base.map { GuardedMemory($0) }
    let chunk = GuardedMemory([UInt8](repeating: 0xA5, count: byteCount))
    try decoder.decode(
      codedMemory.bytes, against: baseMemory?.bytes, into: chunk.mutableBytes)
    return Array(chunk.bytes)
  }
}

extension [UInt8]? {
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer?) throws -> Result) rethrows -> Result {
    guard let bytes = self else { return try body(nil) }
    return try bytes.withUnsafeBytes { try body($0) }
  }
}
