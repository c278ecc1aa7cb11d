/// The SHA-256 of some bytes: the only name a blob has.
public struct Digest: Hashable, Sendable {
  /// The number of bytes in a digest (FIPS 180-4).
  public static let byteCount = 32

  // Four big-endian words: comparing and hashing them never touches the heap.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Takes exactly 32 bytes as they are; `nil` for any other number.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var word = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
    for (index, byte) in bytes.enumerated() {
      switch index / 8 {
      case 0: word.0 = word.0 << 8 | UInt64(byte)
      case 1: word.1 = word.1 << 8 | UInt64(byte)
      case 2: word.2 = word.2 << 8 | UInt64(byte)
      default: word.3 = word.3 << 8 | UInt64(byte)
      }
    }
    words = word
  }

  /// Parses 64 lowercase hex digits, with or without `sha256:` before them. No other spelling is
  /// accepted; `nil` for those.
  public init?(parsing text: some StringProtocol) {
    let hex = text.hasPrefix("sha256:") ? text.utf8.dropFirst(7) : text.utf8.dropFirst(0)
    guard hex.count == Self.byteCount * 2 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    var high: UInt8?
    for digit in hex {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      if let upper = high {
        bytes.append(upper << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    self.init(bytes: bytes)
  }

  /// The 32 bytes, first byte first.
  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  /// 64 lowercase hex digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The first 16 bytes, as two big-endian words.
  var firstWords: (UInt64, UInt64) { (words.0, words.1) }

  public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  public func hash(into hasher: inout Hasher) {
    // The first word of a SHA-256 is as good a hash as any.
    hasher.combine(words.0)
  }
}

extension Digest: Comparable {
  public static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }
}

extension Digest: CustomStringConvertible {
  public var description: String { hex }
}
