import TensorCodec
import Testing

/// Coded bytes that nobody vouches for. Memory that they do not have, and that behind the chunk,
/// cannot be touched here without the test's death.
@Suite struct DamageTests {
  /// A chunk in every form, with its base.
  private static func samples(_ coders: Coders) throws -> [Sample] {
    var samples: [Sample] = []
    for kind in ElementKind.allCases {
      for (pattern, relation) in [
        (Pattern.floats, Relation.near), (.sparse, .none), (.sparse, .rowsChanged), (.text, .none),
        (.ramp, .equal), (.random, .none),
      ] {
        let chunk = pattern.bytes(603, width: kind.byteCount)
        let base = relation.base(of: chunk, width: kind.byteCount)
        samples.append(
          Sample(
            coded: try coders.encode(chunk, as: kind, against: base), base: base,
            byteCount: chunk.count))
      }
    }
    return samples
  }

  private struct Sample {
    let coded: [UInt8]
    let base: [UInt8]?
    let byteCount: Int
  }

  @Test func everyFormIsAmongTheSamples() throws {
    let forms = Set(try Self.samples(Coders()).compactMap(\.coded.first))
    #expect(forms.isSuperset(of: [0x00, 0x01, 0x10, 0x11, 0x14, 0x15]))
  }

  @Test func truncatedAtEachPlaceIsAnError() throws {
    let coders = try Coders()
    for sample in try Self.samples(coders) {
      for length in 0..<sample.coded.count {
        #expect(throws: CodecError.self) {
          try coders.decode(
            Array(sample.coded[..<length]), against: sample.base, byteCount: sample.byteCount)
        }
      }
    }
  }

  @Test func excessBytesAreAnError() throws {
    let coders = try Coders()
    for sample in try Self.samples(coders) {
      #expect(throws: CodecError.self) {
        try coders.decode(sample.coded + [0], against: sample.base, byteCount: sample.byteCount)
      }
    }
  }

  @Test func aChangedByteIsAnErrorOrOtherBytes() throws {
    let coders = try Coders()
    for sample in try Self.samples(coders) {
      for place in sample.coded.indices {
        // The head says most of what can be believed wrongly.
        for change in (place < 50 ? [1, 2, 4, 8, 16, 32, 64, 128, 255] : [16, 255]) as [UInt8] {
          var coded = sample.coded
          coded[place] ^= change
          _ = try? coders.decode(coded, against: sample.base, byteCount: sample.byteCount)
        }
      }
    }
  }

  @Test func anotherLengthIsAnError() throws {
    let coders = try Coders()
    for sample in try Self.samples(coders) {
      for byteCount in [0, 1, 300, 602, 604, 1200, Chunk.byteCount, Chunk.byteCount + 1] {
        // Planes that are constant have no length of their own, nor has a last block of zeros.
        guard sample.coded.count > 100, sample.coded[0] < 0x10 || sample.coded[1] < 0x80 else {
          continue
        }
        #expect(throws: CodecError.self) {
          try coders.decode(sample.coded, against: sample.base, byteCount: byteCount)
        }
      }
    }
  }

  @Test func randomBytesAreAnErrorOrBytes() throws {
    let coders = try Coders()
    var randomness = Randomness(seed: 11)
    for _ in 0..<10_000 {
      var coded = Pattern.random.bytes(
        Int.random(in: 0...60, using: &randomness), width: 1, seed: randomness.next())
      if coded.count > 2 {
        coded[0] = UInt8.random(in: 0...0x16, using: &randomness)
        coded[1] =
          [1, 2, 4, 8, 0x81, 0x82, 0x84, 0x88, 3, 0][Int.random(in: 0..<10, using: &randomness)]
      }
      let byteCount = Int.random(in: 0...300, using: &randomness)
      let base = [UInt8](repeating: 3, count: Int.random(in: 0...300, using: &randomness))
      _ = try? coders.decode(coded, against: base, byteCount: byteCount)
    }
  }

  @Test func aMissingOrShortBaseIsNamed() throws {
    let coders = try Coders()
    let chunk = Pattern.random.bytes(1000, width: 4)
    let coded = try coders.encode(chunk, as: .float32, against: chunk)
    #expect(try coded.withUnsafeBytes { try ChunkDecoder.needsBase($0) })
    #expect(throws: CodecError.baseMissing) {
      try coders.decode(coded, against: nil, byteCount: 1000)
    }
    #expect(throws: CodecError.baseTooShort(needed: 1000, available: 999)) {
      try coders.decode(coded, against: Array(chunk.dropLast()), byteCount: 1000)
    }
  }

  @Test func unknownFormsAreNamed() throws {
    let coders = try Coders()
    #expect(throws: CodecError.truncated(needed: 1, available: 0)) {
      try coders.decode([], against: nil, byteCount: 0)
    }
    #expect(throws: CodecError.unknownForm(0x16)) {
      try coders.decode([0x16, 4], against: nil, byteCount: 4)
    }
    #expect(throws: CodecError.unknownLayout(3)) {
      try coders.decode([0x10, 3], against: nil, byteCount: 4)
    }
    for form in [3, 4, 5, 0x80] as [UInt8] {
      #expect(throws: CodecError.unknownPartForm(part: 0, form)) {
        try coders.decode([0x10, 1, form, 1, 2, 3, 4], against: nil, byteCount: 4)
      }
    }
    #expect(throws: CodecError.truncated(needed: 7, available: 4)) {
      try coders.decode([0x10, 1, 0, 7], against: nil, byteCount: 4)
    }
    #expect(throws: CodecError.truncated(needed: 5 + 0x3F_FFFF, available: 6)) {
      try coders.decode([0x10, 1, 0xFE, 0xFF, 0xFF, 0x28], against: nil, byteCount: 4)
    }
  }

  /// A mask of one bit, and one that marks a second block, which is not there.
  @Test func aMaskMarksOnlyBlocksThatAreThere() throws {
    let coders = try Coders()
    func decoded(mask: UInt8) throws -> [UInt8] {
      try coders.decode([0x10, 0x81, 0, mask, 0], against: nil, byteCount: 4)
    }
    #expect(try decoded(mask: 1) == [0, 0, 0, 0])
    for mask in [2, 3, 0x80] as [UInt8] {
      #expect(throws: CodecError.maskTooLong) { try decoded(mask: mask) }
    }
  }

  /// A frame that says it has 4 GiB, and has four bytes: it takes none of the memory that it names.
  @Test func aFrameThatLiesAboutItsLengthIsAnError() throws {
    let coders = try Coders()
    let frame: [UInt8] = [
      0x28, 0xB5, 0x2F, 0xFD, 0xA0, 0xFF, 0xFF, 0xFF, 0xFF, 0x21, 0, 0, 1, 2, 3, 4,
    ]
    #expect(throws: CodecError.self) {
      try coders.decode([1] + frame, against: nil, byteCount: 4)
    }
  }
}
