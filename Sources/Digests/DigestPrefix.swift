/// The first half of a digest: enough to find a blob among those that are known. It names none:
/// what is found by it is compared with its whole digest.
public struct DigestPrefix: Hashable, Sendable {
  /// The number of bytes in a prefix.
  public static let byteCount = Digest.byteCount / 2

  // Two big-endian words, as a digest has four.
  private let high: UInt64
  private let low: UInt64

  /// The first 16 bytes of a digest.
  public init(of digest: Digest) {
    (high, low) = digest.firstWords
  }

  /// Takes exactly 16 bytes as they are; `nil` for any other number.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The 16 bytes, first byte first.
  public var bytes: [UInt8] {
    [high, low].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
  }

  public func hash(into hasher: inout Hasher) {
    // The first word of a SHA-256 is as good a hash as any.
    hasher.combine(high)
  }
}
