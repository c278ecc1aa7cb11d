import CHDF5
import Tensors

/// The type of a dataset's elements, as far as we know what to do with it.
struct ElementType {
  let elements: HDF5Elements
  /// The bytes of one element.
  let width: Int
  /// The bytes of each number, when those in the file are big-endian and have more than one.
  let swappedWidth: Int?

  init(_ type: borrowing Handle, at location: String) throws(HDF5Error) {
    let size = H5Tget_size(type.id)
    try checked(size > 0 ? 0 : -1, "H5Tget_size", at: location)
    width = size
    elements = Self.elements(type, width: size, at: location)
    switch elements {
    case .numbers(let dtype):
      let component = dtype == .complex64 || dtype == .complex128 ? size / 2 : size
      let isBig = H5Tget_order(type.id) == H5T_ORDER_BE
      swappedWidth = isBig && component > 1 ? component : nil
    case .opaque, .other: swappedWidth = nil
    }
  }

  private static func elements(
    _ type: borrowing Handle, width: Int, at location: String
  ) -> HDF5Elements {
    switch H5Tget_class(type.id) {
    case H5T_INTEGER: integer(type, width: width)
    case H5T_FLOAT: float(type, width: width)
    case H5T_ENUM: enumeration(type, at: location)
    case H5T_COMPOUND: compound(type, width: width, at: location)
    case H5T_OPAQUE: .opaque(byteWidth: width)
    case H5T_STRING where H5Tis_variable_str(type.id) > 0: .other("variable-length string")
    case H5T_STRING: .other("string of \(width) bytes")
    case H5T_BITFIELD: .other("bit field of \(width) bytes")
    case H5T_TIME: .other("time")
    case H5T_REFERENCE: .other("reference")
    case H5T_VLEN: .other("variable-length sequence")
    case H5T_ARRAY: .other("array of \(width) bytes")
    default: .other("unknown class of type")
    }
  }

  /// Whether all bits of the bytes belong to the number, in one of the two orders.
  private static func isPlain(_ type: borrowing Handle, width: Int) -> Bool {
    let order = H5Tget_order(type.id)
    return H5Tget_precision(type.id) == width * 8 && H5Tget_offset(type.id) == 0
      && (order == H5T_ORDER_LE || order == H5T_ORDER_BE)
  }

  private static func integer(_ type: borrowing Handle, width: Int) -> HDF5Elements {
    let signed: [Int: DType] = [1: .int8, 2: .int16, 4: .int32, 8: .int64]
    let unsigned: [Int: DType] = [1: .uint8, 2: .uint16, 4: .uint32, 8: .uint64]
    let isSigned = H5Tget_sign(type.id) == H5T_SGN_2
    guard isPlain(type, width: width), let dtype = (isSigned ? signed : unsigned)[width] else {
      return .other("integer of \(H5Tget_precision(type.id)) bits in \(width) bytes")
    }
    return .numbers(dtype)
  }

  private static func float(_ type: borrowing Handle, width: Int) -> HDF5Elements {
    guard isPlain(type, width: width), H5Tget_norm(type.id) == H5T_NORM_IMPLIED,
      let dtype = FloatLayout(type).flatMap({ FloatLayout.known[$0] }), dtype.byteWidth == width
    else { return .other("float of \(H5Tget_precision(type.id)) bits in \(width) bytes") }
    return .numbers(dtype)
  }

  /// h5py writes NumPy's bool as an enumeration of FALSE and TRUE.
  private static func enumeration(_ type: borrowing Handle, at location: String) -> HDF5Elements {
    guard H5Tget_size(type.id) == 1, H5Tget_nmembers(type.id) == 2,
      enumerationValue("FALSE", in: type) == 0, enumerationValue("TRUE", in: type) == 1
    else { return .other("enumeration") }
    return .numbers(.bool)
  }

  /// The value of a member of an enumeration of one byte; `nil` when there is none of that name.
  private static func enumerationValue(_ name: String, in type: borrowing Handle) -> UInt8? {
    var value: UInt8 = 0
    return H5Tenum_valueof(type.id, name, &value) < 0 ? nil : value
  }

  /// h5py writes complex numbers as a compound of `r` and `i`.
  private static func compound(
    _ type: borrowing Handle, width: Int, at location: String
  ) -> HDF5Elements {
    let half = width / 2
    guard H5Tget_nmembers(type.id) == 2, H5Tget_member_index(type.id, "r") == 0,
      H5Tget_member_index(type.id, "i") == 1, H5Tget_member_offset(type.id, 0) == 0,
      H5Tget_member_offset(type.id, 1) == half, half * 2 == width,
      let real = memberFloat(0, of: type, at: location),
      real == memberFloat(1, of: type, at: location)
    else { return .other("compound of \(width) bytes") }
    switch (real, half) {
    case (.numbers(.float32), 4): return .numbers(.complex64)
    case (.numbers(.float64), 8): return .numbers(.complex128)
    default: return .other("compound of \(width) bytes")
    }
  }

  private static func memberFloat(
    _ index: UInt32, of type: borrowing Handle, at location: String
  ) -> HDF5Elements? {
    guard H5Tget_member_class(type.id, index) == H5T_FLOAT,
      // A member that cannot be read makes the compound one that we do not know.
      let member = try? Handle(
        H5Tget_member_type(type.id, index), "H5Tget_member_type", at: location, closedBy: H5Tclose)
    else { return nil }
    return float(member, width: H5Tget_size(member.id))
  }
}

/// Where the parts of a floating-point number lie in its bits.
private struct FloatLayout: Hashable {
  var sign = 0
  var exponent = 0
  var exponentBits = 0
  var mantissaBits = 0
  var bias = 0

  /// The formats of IEEE 754, and those that are unambiguous without it. Eight bits with four of
  /// exponent are not: whether there are infinities decides between two types.
  static let known: [FloatLayout: DType] = [
    FloatLayout(sign: 7, exponent: 2, exponentBits: 5, mantissaBits: 2, bias: 15): .float8E5M2,
    FloatLayout(sign: 15, exponent: 10, exponentBits: 5, mantissaBits: 10, bias: 15): .float16,
    FloatLayout(sign: 15, exponent: 7, exponentBits: 8, mantissaBits: 7, bias: 127): .bfloat16,
    FloatLayout(sign: 31, exponent: 23, exponentBits: 8, mantissaBits: 23, bias: 127): .float32,
    FloatLayout(sign: 63, exponent: 52, exponentBits: 11, mantissaBits: 52, bias: 1023): .float64,
  ]
}

extension FloatLayout {
  /// `nil` when libhdf5 does not say, or the mantissa is not in the lowest bits.
  init?(_ type: borrowing Handle) {
    var mantissa = 0
    guard
      H5Tget_fields(type.id, &sign, &exponent, &exponentBits, &mantissa, &mantissaBits) >= 0,
      mantissa == 0
    else { return nil }
    bias = H5Tget_ebias(type.id)
  }
}
