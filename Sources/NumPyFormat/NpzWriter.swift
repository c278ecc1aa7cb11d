public import Tensors
import ZipFormat

/// Writes arrays as NumPy does.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
public enum NpzWriter {
  private static let suffix = ".npy"

  /// An archive of arrays in their order, as `numpy.savez` writes it: `numpy.load` gives each
  /// under its tensor's name.
  ///
  /// NumPy has no names for the types of ml_dtypes. Their elements are written as bytes of no
  /// type, of which bfloat16 is the only one of two bytes; `numpy.load(…)[name].view(dtype)` makes
  /// them numbers again. So does NumPy, but for float8_e5m2, for which it writes what it then does
  /// not read.
  ///
  /// - Throws: `NumPyError.limitExceeded`, what `ZipWriter` throws of names, and what `checksum`
  ///   throws.
  public static func archive(
    of tensors: [TensorToWrite], checksum: TensorChecksum
  ) throws -> FileLayout {
    let members = try tensors.map { tensor in
      ZipMemberToWrite(
        name: tensor.name + suffix, content: try array(tensor), hasLongHeader: true)
    }
    return try ZipWriter.layout(of: members, checksum: checksum)
  }

  /// A single array, as `numpy.save` writes it.
  public static func array(_ tensor: TensorToWrite) throws(NumPyError) -> FileLayout {
    var file = FileLayout()
    file.append(try ArrayHeader.bytes(for: tensor))
    file.append(tensor)
    return file
  }
}

extension ArrayHeader {
  /// Where elements begin: a multiple of it.
  private static let alignment = 64
  /// Room that is left for the first dimension to grow in place: digits of 2^64 and a sign.
  private static let growingDigits = 21

  /// The header of a tensor, of version 1.0: with so few dimensions its 16 bits of length do.
  fileprivate static func bytes(for tensor: TensorToWrite) throws(NumPyError) -> [UInt8] {
    let dimensions = tensor.shape.dimensions
    guard dimensions.count <= NumPyLimits.rank else {
      throw .limitExceeded(
        location: tensor.name, .rank, allowed: UInt64(NumPyLimits.rank),
        found: UInt64(dimensions.count))
    }
    let description = ElementType.description(of: tensor.dtype)
    let fields =
      "{'descr': '\(description)', 'fortran_order': False, 'shape': \(tensor.shape), }"
    var text = Array(fields.utf8)
    if let first = dimensions.first {
      pad(&text, by: growingDigits - String(first).utf8.count)
    }
    let prefixByteCount = magic.count + 4
    // The line's end is part of it. Where nothing is missing NumPy adds 64 blanks.
    pad(&text, by: alignment - (prefixByteCount + text.count + 1) % alignment)
    text.append(UInt8(ascii: "\n"))
    let length = UInt16(text.count)
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + text
  }

  private static func pad(_ text: inout [UInt8], by count: Int) {
    text += repeatElement(UInt8(ascii: " "), count: count)
  }
}

extension ElementType {
  /// The `descr` of little-endian elements.
  fileprivate static func description(of dtype: DType) -> String {
    switch dtype {
    case .bool: "|b1"
    case .int8: "|i1"
    case .uint8: "|u1"
    case .int16, .int32, .int64: "<i\(dtype.byteWidth)"
    case .uint16, .uint32, .uint64: "<u\(dtype.byteWidth)"
    case .float16, .float32, .float64: "<f\(dtype.byteWidth)"
    case .complex64, .complex128: "<c\(dtype.byteWidth)"
    case .int4, .uint4, .float8E4M3FN, .float8E5M2, .bfloat16: "<V\(dtype.byteWidth)"
    }
  }
}
