import CISAL

/// A running CRC-32C (Castagnoli's), as iSCSI and TensorFlow use it: polynomial 0x1EDC6F41,
/// reflected. https://www.rfc-editor.org/rfc/rfc3720#section-12.1
public struct CRC32C: Hashable, Sendable {
  /// The CRC of all that was taken in.
  public private(set) var value: UInt32 = 0

  /// Starts over no bytes.
  public init() {}

  /// Takes in more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    // The library takes the length as a C int.
    while case let piece = rest.prefix(1 << 30), !piece.isEmpty {
      guard let base = UnsafeRawBufferPointer(rebasing: piece).baseAddress else { return }
      // It does not write to the bytes, though it does not declare that. It leaves the inversion
      // before and after to its caller.
      let start = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: UInt8.self)
      value = ~crc32_iscsi(start, Int32(piece.count), ~value)
      rest = rest[piece.endIndex...]
    }
  }

  /// The CRC of bytes in memory.
  public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// The CRC of bytes in memory.
  public static func of(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { of($0) } }
}

extension CRC32C {
  /// What TensorFlow adds, so that the CRC of bytes that hold CRCs is no special number.
  /// https://github.com/tensorflow/tensorflow/blob/master/third_party/xla/xla/tsl/lib/hash/crc32c.h
  private static let maskDelta: UInt32 = 0xA282_EAD8

  /// A CRC as TensorFlow's files store it: rotated right by 15 bits, plus a constant.
  public static func masked(_ value: UInt32) -> UInt32 {
    (value >> 15 | value << 17) &+ maskDelta
  }

  /// The CRC that TensorFlow's files store as `masked`.
  public static func unmasked(_ masked: UInt32) -> UInt32 {
    let rotated = masked &- maskDelta
    return rotated >> 17 | rotated << 15
  }
}
