/// The key that a slice's bytes have in the index of a checkpoint: the tensor's name and the box,
/// written so that keys sort as what they stand for does (`EncodeTensorNameSlice`).
/// tensorflow/core/util/saved_tensor_slice_util.cc of
/// https://github.com/tensorflow/tensorflow
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/strings/ordered_code.cc
enum SliceKey {
  static func bytes(name: String, _ listed: BundleListing.ListedSlice) -> [UInt8] {
    // The number 0, so that slices come before all names.
    var bytes: [UInt8] = [0]
    append(name, to: &bytes)
    append(unsigned: UInt64(listed.isWhole.count), to: &bytes)
    for (dimension, isWhole) in listed.isWhole.enumerated() {
      append(listed.slice.start[dimension], to: &bytes)
      append(isWhole ? -1 : listed.slice.length[dimension], to: &bytes)
    }
    return bytes
  }

  /// The text; a byte that could be taken for its end is marked.
  private static func append(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case 0: bytes += [0, 0xFF]
      case 0xFF: bytes += [0xFF, 0]
      default: bytes.append(byte)
      }
    }
    bytes += [0, 1]
  }

  /// The bytes' number, and the bytes that are not leading zeros, the highest first.
  private static func append(unsigned number: UInt64, to bytes: inout [UInt8]) {
    let count = (64 - number.leadingZeroBitCount + 7) / 8
    bytes.append(UInt8(count))
    for index in (0..<count).reversed() {
      bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(index))))
    }
  }

  /// As many bytes as the number takes at seven bits each, one of them for the sign; as many
  /// leading ones in front, with which the sign's bit is turned over. The highest byte is first.
  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    let magnitude = UInt64(bitPattern: Int64(number < 0 ? ~number : number))
    let count = (64 - magnitude.leadingZeroBitCount) / 7 + 1
    var digits = (0..<10).reversed().map { index in
      index > 7
        ? UInt8(number < 0 ? 0xFF : 0)
        : UInt8(truncatingIfNeeded: number >> (8 * index))
    }
    digits.removeFirst(10 - count)
    // The leading ones: `count` bits over the first two bytes.
    let ones = UInt16(truncatingIfNeeded: 0xFFFF << (16 - count))
    digits[0] ^= UInt8(ones >> 8)
    if count > 1 { digits[1] ^= UInt8(ones & 0xFF) }
    bytes += digits
  }
}
