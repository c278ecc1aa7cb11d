import TensorCodec
import Testing

@Suite struct RoundTripTests {
  /// All lengths that end within an element or beside the end of a block of 64.
  @Test(arguments: ElementKind.allCases)
  func shortChunksComeBack(_ kind: ElementKind) throws {
    let coders = try Coders()
    let block = 64 * kind.byteCount
    for pattern in Pattern.allCases {
      for relation in Relation.allCases {
        for length in Array(0...40) + [63, 64, 65, block - 1, block, block + 1, 2 * block] {
          try check(coders, kind, .fast, pattern.bytes(length, width: kind.byteCount), relation)
        }
      }
    }
  }

  /// The same with the other effort, at fewer lengths: it tries much.
  @Test(arguments: ElementKind.allCases)
  func theBestOfShortChunksComesBack(_ kind: ElementKind) throws {
    let coders = try Coders()
    for pattern in Pattern.allCases {
      for relation in [Relation.none, .near, .rowsChanged, .longer] {
        for length in [0, 1, 7, 8, 9, 65, 64 * kind.byteCount + 1] {
          try check(coders, kind, .best, pattern.bytes(length, width: kind.byteCount), relation)
        }
      }
    }
  }

  /// Chunks of more elements than a sample has, with an odd tail.
  @Test(arguments: ElementKind.allCases)
  func sampledChunksComeBack(_ kind: ElementKind) throws {
    let coders = try Coders()
    for pattern in Pattern.allCases {
      let chunk = pattern.bytes(4097 * kind.byteCount + 3, width: kind.byteCount)
      for relation in Relation.allCases { try check(coders, kind, .fast, chunk, relation) }
      try check(coders, kind, .best, chunk, .near)
    }
  }

  @Test(
    arguments: [1_048_575, 1_048_576], [ElementKind.text, .integer8, .float16, .float32, .float64])
  func aWholeChunkComesBack(_ length: Int, _ kind: ElementKind) throws {
    let coders = try Coders()
    for (pattern, relation) in [
      (Pattern.floats, Relation.near), (.sparse, .none), (.random, .none), (.special, .rowsChanged),
    ] {
      try check(coders, kind, .fast, pattern.bytes(length, width: kind.byteCount), relation)
    }
  }

  /// Elements of 8 and of 16 bits have few enough values for all of them, against others.
  @Test(arguments: [ElementKind.integer8, .float8, .integer16, .float16])
  func everyBitPatternComesBack(_ kind: ElementKind) throws {
    let coders = try Coders()
    let count = 1 << (8 * kind.byteCount)
    let all = (0..<count).flatMap { Array($0.littleEndianBytes.prefix(kind.byteCount)) }
    for shift in [0, 1, 127, count / 2, count - 1] {
      let base = Array(all[(shift * kind.byteCount)...] + all[..<(shift * kind.byteCount)])
      for effort in [CodingEffort.fast, .best] {
        let coded = try coders.encode(all, as: kind, against: base, effort: effort)
        #expect(try coders.decode(coded, against: base, byteCount: all.count) == all)
      }
    }
  }

  @Test func codersAreUsedForManyKindsOneAfterAnother() throws {
    let coders = try Coders()
    for round in 0..<3 {
      for kind in ElementKind.allCases {
        let chunk = Pattern.floats.bytes(5000 + round, width: kind.byteCount, seed: 3)
        for relation in Relation.allCases { try check(coders, kind, .fast, chunk, relation) }
      }
    }
  }

  private func check(
    _ coders: Coders, _ kind: ElementKind, _ effort: CodingEffort, _ chunk: [UInt8],
    _ relation: Relation
  ) throws {
    let base = relation.base(of: chunk, width: kind.byteCount)
    let coded = try coders.encode(chunk, as: kind, against: base, effort: effort)
    #expect(coded.count <= chunk.count + 1)
    let needsBase = try coded.withUnsafeBytes { try ChunkDecoder.needsBase($0) }
    #expect(base != nil || !needsBase)
    // What does not need the base does not look at it.
    let decoded = try coders.decode(
      coded, against: needsBase ? base : nil, byteCount: chunk.count)
    #expect(decoded == chunk, "\(kind), \(effort), \(chunk.count) bytes, \(relation)")
  }
}
