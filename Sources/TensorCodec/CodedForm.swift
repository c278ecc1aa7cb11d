/// The first byte of a coded chunk. The others, up to 0x15, are `ElementMapping`s: planes follow.
///
///     00  the chunk's bytes
///     01  a frame of Zstandard's
///     02  a frame whose prefix is the base's chunk
///     10  planes: 1 byte, the layout (the element's bytes, 1, 2, 4 or 8; 0x80 more with a mask)
///     …           the parts, each behind its form: the mask first, then a plane each from the
///     15          lowest byte
///                 the bytes behind the last element, as they are
enum CodedForm: UInt8 {
  case stored = 0x00
  case frame = 0x01
  case frameBehindBase = 0x02
}

/// How a plane or a mask is written: a byte in front of it, but for frames.
enum PartForm: UInt8 {
  case stored = 0
  /// One byte, which all are.
  case constant = 1
  /// A frame of Zstandard's. In front of it stands a number of three bytes, little-endian: the form
  /// in the lowest two bits, above them the frame's length.
  case frame = 2

  static let bitCount = 2
  static let frameHeadByteCount = 3
}

/// The second byte of planes, and the parts that follow from it.
struct PlaneLayout {
  static let maskFlag: UInt8 = 0x80

  let width: Int
  let hasMask: Bool

  var byte: UInt8 { UInt8(width) | (hasMask ? Self.maskFlag : 0) }
  var partCount: Int { width + (hasMask ? 1 : 0) }

  init(width: Int, hasMask: Bool) {
    self.width = width
    self.hasMask = hasMask
  }

  init(byte: UInt8) throws(CodecError) {
    width = Int(byte & ~Self.maskFlag)
    hasMask = byte & Self.maskFlag != 0
    guard [1, 2, 4, 8].contains(width) else { throw .unknownLayout(byte) }
  }
}
