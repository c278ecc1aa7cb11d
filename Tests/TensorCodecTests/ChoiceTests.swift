import TensorCodec
import Testing

/// What coding saves: not how much, but that it is not forgotten.
@Suite struct ChoiceTests {
  @Test func aChunkThatGainsNothingIsStored() throws {
    let coders = try Coders()
    let chunk = Pattern.random.bytes(100_000, width: 1)
    let coded = try coders.encode(chunk, as: .float32, against: nil)
    #expect(coded == [0] + chunk)
    #expect(try coders.encode([], as: .float32, against: nil) == [0])
  }

  @Test func longestCodedChunkIsAsDeclared() throws {
    let chunk = Pattern.random.bytes(Chunk.byteCount, width: 1)
    let coded = try Coders().encode(chunk, as: .integer64, against: nil)
    #expect(coded.count == Chunk.largestCodedByteCount)
  }

  @Test func anEqualBaseCostsNextToNothing() throws {
    let coders = try Coders()
    let chunk = Pattern.random.bytes(400_000, width: 1)
    for kind in ElementKind.allCases where kind != .text {
      let coded = try coders.encode(chunk, as: kind, against: chunk)
      #expect(coded.count < 64, "\(kind)")
    }
  }

  /// Of floats of one sign and one magnitude a fraction's 23 bits are left; ordered neighbours
  /// leave 8.
  @Test func floatsTakeWhatIsRandomInThem() throws {
    let coders = try Coders()
    var randomness = Randomness(seed: 5)
    let bits = (0..<50_000).map { _ in
      UInt32(0x3F80_0000) | UInt32.random(in: 0..<1 << 23, using: &randomness)
    }
    let moved = bits.map { $0 + UInt32.random(in: 0..<256, using: &randomness) }
    let chunk = moved.flatMap(\.littleEndianBytes)
    let base = bits.flatMap(\.littleEndianBytes)
    let alone = try coders.encode(chunk, as: .float32, against: nil).count
    #expect((Double(alone) / 200_000) < 23.5 / 32)
    let delta = try coders.encode(chunk, as: .float32, against: base).count
    #expect((Double(delta) / 200_000) < 9.5 / 32)
  }

  @Test func rowsOfZerosAreLeftOut() throws {
    let coders = try Coders()
    // Every tenth row of 512 floats is not zero.
    let rows = (0..<100).map { row in
      row % 10 == 0
        ? Pattern.random.bytes(2048, width: 4, seed: UInt64(row))
        : [UInt8](repeating: 0, count: 2048)
    }
    let coded = try coders.encode(rows.flatMap { $0 }, as: .float32, against: nil)
    #expect(coded.count < 10 * 2048 + 200)
  }

  @Test func aBaseIsNotUsedWhereItDoesNotHelp() throws {
    let coders = try Coders()
    let chunk = Pattern.ramp.bytes(300_000, width: 4)
    let base = Pattern.random.bytes(300_000, width: 4)
    let coded = try coders.encode(chunk, as: .integer32, against: base)
    #expect(try coded.withUnsafeBytes { try ChunkDecoder.needsBase($0) } == false)
  }

  @Test(arguments: ElementKind.allCases)
  func bestIsNotLargerThanFast(_ kind: ElementKind) throws {
    let coders = try Coders()
    for pattern in Pattern.allCases {
      let chunk = pattern.bytes(5000, width: kind.byteCount)
      let base = Relation.near.base(of: chunk, width: kind.byteCount)
      let fast = try coders.encode(chunk, as: kind, against: base).count
      let best = try coders.encode(chunk, as: kind, against: base, effort: .best).count
      #expect(best <= fast, "\(kind), \(pattern)")
    }
  }

  @Test(arguments: ElementKind.allCases)
  func anEstimateIsNear(_ kind: ElementKind) throws {
    let coders = try Coders()
    for pattern in Pattern.allCases {
      for length in [2000, 80_000] {
        let chunk = pattern.bytes(length, width: kind.byteCount)
        let base = Relation.near.base(of: chunk, width: kind.byteCount)
        let estimate = chunk.withUnsafeBytes { chunk in
          base.withBytes { coders.encoder.estimate(chunk, as: kind, against: $0) }
        }
        let alone = try coders.encode(chunk, as: kind, against: nil)
        let delta = try coders.encode(chunk, as: kind, against: base)
        let share = { (coded: [UInt8]) in Double(coded.count) / Double(length) }
        // Repetitions take less than a sample of frequencies says.
        #expect(estimate.alone > share(alone) - 0.03, "\(pattern), \(length)")
        let smaller = min(estimate.alone, try #require(estimate.delta))
        #expect(smaller > share(delta) - 0.03, "\(pattern), \(length)")
        if pattern == .random { #expect(estimate.alone > 0.97) }
        if pattern == .floats, kind == .float32 {
          #expect(abs(estimate.alone - share(alone)) < 0.03)
          #expect(abs(smaller - share(delta)) < 0.03)
        }
      }
    }
  }

  @Test func anEstimateSaysNothingOfWhatCannotBeCoded() throws {
    let encoder = try ChunkEncoder()
    let tooLong = [UInt8](repeating: 0, count: Chunk.byteCount + 1)
    tooLong.withUnsafeBytes {
      #expect(
        encoder.estimate($0, as: .float32, against: nil) == CodingEstimate(alone: 1, delta: nil))
    }
    #expect(throws: CodecError.chunkTooLong(byteCount: Chunk.byteCount + 1)) {
      try Coders().encode(tooLong, as: .float32, against: nil)
    }
  }
}
