import Glibc

/// How often each byte value is in a sample of a plane.
struct ByteStatistics {
  /// The most bytes that are looked at.
  static let sampleLength = 4096
  /// Where they are looked for: so many pieces, evenly apart.
  static let pieceCount = 16
  static let pieceLength = sampleLength / pieceCount

  /// Whether all bytes that were looked at are one.
  let isOneValue: Bool
  /// Bits a byte that a code by frequency alone cannot go below.
  let entropy: Double
  /// Whether to look for repetitions makes the plane smaller than a code by frequency does.
  let isRepetitive: Bool

  /// Looks at all of a plane, or at pieces when it is longer than a sample. A plane may be itself
  /// made of pieces of one that is longer.
  init(_ plane: UnsafeRawBufferPointer, isSample: Bool = false) {
    let count = min(plane.count, Self.sampleLength)
    let (frequencies, repeated) = withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) {
      counts in
      counts.initialize(repeating: 0)
      var repeated = 0
      for piece in Self.pieces(of: plane.count, unit: 1) {
        for byte in plane[piece] { counts[Int(byte)] &+= 1 }
        for index in piece.dropFirst() where plane[index] == plane[index - 1] { repeated &+= 1 }
      }
      return (Frequencies(counts, total: count), repeated)
    }
    isOneValue = frequencies.valueCount <= 1
    let total = Double(max(1, count))
    isRepetitive =
      frequencies.largestShare > Self.commonShare
      || Double(repeated) / total > Self.repeatedFactor * frequencies.repeatedByChance
        + Self.repeatedMargin
    // Of values that are rare not all were seen.
    // https://en.wikipedia.org/wiki/Entropy_estimation (Miller and Madow)
    let unseen =
      isSample || count < plane.count
      ? Double(max(0, frequencies.valueCount - 1)) / (2 * 0.6931 * total) : 0
    entropy = min(8, frequencies.entropy + unseen)
  }

  // The next three are where, on the planes of trained weights and of Adam's slots, alone and
  // against those of epochs before, zstd's first level begins to win over its Huffman code.

  /// A value that is so frequent wastes much of the whole bit that a Huffman code takes.
  private static let commonShare = 0.8
  /// Bytes are the one before so many times as often as by chance,
  private static let repeatedFactor = 1.3
  /// and so much more, as a share of all: a sample varies.
  private static let repeatedMargin = 0.01

  /// Where the pieces of a sample are, in what has so many elements; all of it when that is short.
  static func pieces(of count: Int, unit: Int) -> [Range<Int>] {
    guard count > sampleLength else { return [0..<count * unit] }
    let last = count - pieceLength
    return (0..<pieceCount).map { piece in
      let start = last * piece / (pieceCount - 1)
      return start * unit..<(start + pieceLength) * unit
    }
  }
}

/// What follows from how often each byte value was seen.
private struct Frequencies {
  var valueCount = 0
  /// Bits a byte.
  var entropy = 0.0
  /// Of the most frequent value.
  var largestShare = 0.0
  /// The share of bytes that would be the one before if there were no order in them.
  var repeatedByChance = 0.0

  init(_ counts: UnsafeMutableBufferPointer<UInt16>, total: Int) {
    guard total > 0 else { return }
    var logs: Float = 0
    var squares = 0
    var largest = 0
    for count in counts where count > 0 {
      let count = Int(count)
      logs += Self.countTimesLog[count]
      squares += count * count
      largest = max(largest, count)
      valueCount += 1
    }
    let all = Double(total)
    entropy = log2(all) - Double(logs) / all
    largestShare = Double(largest) / all
    repeatedByChance = Double(squares) / (all * all)
  }

  /// Of every number of times that a sample can have a value.
  private static let countTimesLog: [Float] =
    [0] + (1...ByteStatistics.sampleLength).map { Float($0) * log2(Float($0)) }
}
