import Harness
import TensorCodec

/// Contexts cost more than to decode an input: one of each serves all.
struct Coders {
  private let encoder: ChunkEncoder
  private let decoder: ChunkDecoder
  /// It has decoded less, so that other bytes are left in its memory.
  private let secondDecoder: ChunkDecoder

  /// libFuzzer calls from one thread only.
  nonisolated(unsafe) private static var shared: (ChunkEncoder, ChunkDecoder, ChunkDecoder)?

  init() throws {
    let coders = try Self.shared ?? (ChunkEncoder(), ChunkDecoder(), ChunkDecoder())
    Self.shared = coders
    (encoder, decoder, secondDecoder) = coders
  }

  /// Decodes what may be damaged, from and to memory that ends where no other is. What comes of it
  /// must not depend on what was in that memory.
  func decode(_ coded: [UInt8], against base: [UInt8]?, byteCount: Int) {
    let coded = FencedMemory.coded.filled(coded)
    let base = base.map { FencedMemory.base.filled($0) }
    let chunk = FencedMemory.chunk.last(byteCount)
    guard (try? decoder.decode(coded, against: base, into: chunk)) != nil else { return }
    let decoded = Array(chunk)
    for place in chunk.indices { chunk[place] = ~chunk[place] }
    guard (try? secondDecoder.decode(coded, against: base, into: chunk)) != nil,
      chunk.elementsEqual(decoded)
    else { fail("it is decoded to another chunk the second time") }
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
