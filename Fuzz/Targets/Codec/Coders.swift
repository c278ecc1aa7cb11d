import Harness
import TensorCodec

/// Contexts cost more than to decode an input: one of each serves all.
struct Coders {
  private let encoder: ChunkEncoder
  private let decoder: ChunkDecoder

  /// libFuzzer calls from one thread only.
  nonisolated(unsafe) private static var shared: (ChunkEncoder, ChunkDecoder)?

  init() throws {
    let coders = try Self.shared ?? (ChunkEncoder(), ChunkDecoder())
    Self.shared = coders
    (encoder, decoder) = coders
  }

  /// Decodes what may be damaged, from and to memory that ends where no other is.
  func decode(_ coded: [UInt8], against base: [UInt8]?, byteCount: Int) {
    _ = try? decoder.decode(
      FencedMemory.coded.filled(coded), against: base.map { FencedMemory.base.filled($0) },
      into: FencedMemory.chunk.last(byteCount))
  }

  /// Codes bytes as elements of every kind; what was coded must come back.
  func check(_ bytes: [UInt8], against base: [UInt8]) throws {
    let chunk = FencedMemory.coded.filled(bytes)
    let base = FencedMemory.base.filled(base)
    for kind in ElementKind.allCases {
      let coded = try encoder.encode(chunk, as: kind, against: base, effort: .fast)
      let decoded = FencedMemory.chunk.last(bytes.count)
      try decoder.decode(coded, against: base, into: decoded)
      guard decoded.elementsEqual(bytes) else { fail("\(kind) comes back as other bytes") }
    }
  }
}
