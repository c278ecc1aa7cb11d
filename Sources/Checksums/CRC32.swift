import CISAL

/// A running CRC-32 as zip, gzip and PNG use it: polynomial 0x04C11DB7, reflected.
/// https://www.rfc-editor.org/rfc/rfc1952#section-8
public struct CRC32: Hashable, Sendable {
  /// The CRC of all that was taken in.
  public private(set) var value: UInt32 = 0

  /// Starts over no bytes.
  public init() {}

  /// Takes in more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    // Inverts the CRC before and after by itself.
    value = crc32_gzip_refl(
      value, base.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// The CRC of bytes in memory.
  public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32()
    crc.update(bytes)
    return crc.value
  }

  /// The CRC of bytes in memory.
  public static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { of($0) } }
}
