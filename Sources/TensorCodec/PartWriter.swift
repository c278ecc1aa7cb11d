/// Writes planes and masks in the form that suits each.
final class PartWriter {
  private let entropyCompressor: Compressor
  private let fastCompressor: Compressor
  private var bestCompressors: [Compressor]?

  init() throws(CodecError) {
    entropyCompressor = try Compressor(.entropyOnly)
    fastCompressor = try Compressor(.level(1))
  }

  /// Above so many bits a byte, what coding saves is not worth the time to decode it.
  private static let storedEntropy = 7.93

  /// Adds a part to a draft.
  func write(
    _ part: UnsafeRawBufferPointer, effort: CodingEffort, to draft: inout Draft
  ) throws(CodecError) {
    let statistics = ByteStatistics(part)
    if statistics.isOneValue, let first = part.first, part.allSatisfy({ $0 == first }) {
      draft.append(PartForm.constant.rawValue)
      draft.append(first)
      return
    }
    let frame =
      try effort == .best
      ? smallestFrame(part, statistics, in: draft) : likelyFrame(part, statistics, in: draft)
    if let frame {
      draft.appendFrame(byteCount: frame)
    } else {
      draft.append(PartForm.stored.rawValue)
      draft.append(part)
    }
  }

  /// Where a draft has room for it, the frame that the entropy calls for; nil when it saves too
  /// little.
  private func likelyFrame(
    _ part: UnsafeRawBufferPointer, _ statistics: ByteStatistics, in draft: Draft
  ) -> Int? {
    guard statistics.isRepetitive || statistics.entropy <= Self.storedEntropy else { return nil }
    let compressor = statistics.isRepetitive ? fastCompressor : entropyCompressor
    guard let count = compressor.compress(part, into: draft.freeForFrame),
      count < part.count - part.count / 64
    else { return nil }
    return count
  }

  /// The smallest of several frames, where a draft has room for it; nil when none saves anything.
  private func smallestFrame(
    _ part: UnsafeRawBufferPointer, _ statistics: ByteStatistics, in draft: Draft
  ) throws(CodecError) -> Int? {
    // In what is nearly random nothing repeats, however long one looks.
    let isRandom = !statistics.isRepetitive && statistics.entropy > Self.storedEntropy
    let compressors = isRandom ? [entropyCompressor] : try allCompressors()
    let counts = compressors.map { $0.compress(part, into: draft.freeForFrame) ?? .max }
    guard let best = counts.indices.min(by: { counts[$0] < counts[$1] }), counts[best] < part.count
    else { return nil }
    return compressors[best].compress(part, into: draft.freeForFrame)
  }

  private func allCompressors() throws(CodecError) -> [Compressor] {
    if let bestCompressors { return bestCompressors }
    let compressors = [
      entropyCompressor, fastCompressor, try Compressor(.level(3)), try Compressor(.level(9)),
    ]
    bestCompressors = compressors
    return compressors
  }
}
