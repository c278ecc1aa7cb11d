import CHDF5
import Tensors

/// The types of what is written, as h5py makes them of NumPy's.
/// https://github.com/h5py/h5py/blob/master/h5py/h5t.pyx
enum WriterTypes {
  /// Elements of a tensor. The 4-bit integers have a byte each, and are those of 8 bits; the types
  /// that NumPy does not have are opaque, with an empty tag.
  static func elements(_ dtype: DType, at location: String) throws(HDF5Error) -> Handle {
    switch dtype {
    case .bool: try boolean(at: location)
    case .int4, .int8: try copy(of: chdf5_signed8(), at: location)
    case .int16: try copy(of: chdf5_signed16(), at: location)
    case .int32: try copy(of: chdf5_signed32(), at: location)
    case .int64: try copy(of: chdf5_signed64(), at: location)
    case .uint4, .uint8: try copy(of: chdf5_unsigned8(), at: location)
    case .uint16: try copy(of: chdf5_unsigned16(), at: location)
    case .uint32: try copy(of: chdf5_unsigned32(), at: location)
    case .uint64: try copy(of: chdf5_unsigned64(), at: location)
    case .float8E4M3FN, .float8E5M2, .bfloat16:
      try opaque(byteWidth: dtype.byteWidth, at: location)
    case .float16: try half(at: location)
    case .float32: try copy(of: chdf5_float32(), at: location)
    case .float64: try copy(of: chdf5_float64(), at: location)
    case .complex64: try complex(of: chdf5_float32(), at: location)
    case .complex128: try complex(of: chdf5_float64(), at: location)
    }
  }

  /// Text of variable length in UTF-8, as h5py writes Python's `str`.
  static func text(at location: String) throws(HDF5Error) -> Handle {
    let type = try copy(of: chdf5_string(), at: location)
    try checked(H5Tset_size(type.id, chdf5_variable_length()), "H5Tset_size", at: location)
    try checked(H5Tset_cset(type.id, H5T_CSET_UTF8), "H5Tset_cset", at: location)
    return type
  }

  /// Text of some bytes, filled up with zeros, as h5py writes NumPy's arrays of bytes: its
  /// character set is called ASCII, whatever the bytes.
  static func fixedText(width: Int, at location: String) throws(HDF5Error) -> Handle {
    let type = try copy(of: chdf5_string(), at: location)
    try checked(H5Tset_size(type.id, width), "H5Tset_size", at: location)
    try checked(H5Tset_strpad(type.id, H5T_STR_NULLPAD), "H5Tset_strpad", at: location)
    return type
  }

  static func copy(of type: hid_t, at location: String) throws(HDF5Error) -> Handle {
    try Handle(H5Tcopy(type), "H5Tcopy", at: location, closedBy: H5Tclose)
  }

  private static func boolean(at location: String) throws(HDF5Error) -> Handle {
    let type = try Handle(
      H5Tenum_create(chdf5_signed8()), "H5Tenum_create", at: location, closedBy: H5Tclose)
    for (name, value) in [("FALSE", Int8(0)), ("TRUE", 1)] {
      var value = value
      try checked(H5Tenum_insert(type.id, name, &value), "H5Tenum_insert", at: location)
    }
    return type
  }

  private static func opaque(
    byteWidth: Int, at location: String
  ) throws(HDF5Error) -> Handle {
    let type = try Handle(
      H5Tcreate(H5T_OPAQUE, byteWidth), "H5Tcreate", at: location, closedBy: H5Tclose)
    try checked(H5Tset_tag(type.id, ""), "H5Tset_tag", at: location)
    return type
  }

  /// IEEE 754's binary16, for which libhdf5 1.10 has no name.
  private static func half(at location: String) throws(HDF5Error) -> Handle {
    let type = try copy(of: chdf5_float32(), at: location)
    try checked(H5Tset_fields(type.id, 15, 10, 5, 0, 10), "H5Tset_fields", at: location)
    try checked(H5Tset_size(type.id, 2), "H5Tset_size", at: location)
    try checked(H5Tset_ebias(type.id, 15), "H5Tset_ebias", at: location)
    return type
  }

  private static func complex(of part: hid_t, at location: String) throws(HDF5Error) -> Handle {
    let width = H5Tget_size(part)
    let type = try Handle(
      H5Tcreate(H5T_COMPOUND, 2 * width), "H5Tcreate", at: location, closedBy: H5Tclose)
    for (name, offset) in [("r", 0), ("i", width)] {
      try checked(H5Tinsert(type.id, name, offset, part), "H5Tinsert", at: location)
    }
    return type
  }
}
