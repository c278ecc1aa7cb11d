/// The type of a tensor's elements, named as NumPy and TensorFlow name it.
public enum DType: String, Hashable, Sendable, CaseIterable {
  case bool
  case int4, int8, int16, int32, int64
  case uint4, uint8, uint16, uint32, uint64
  case float8E4M3FN = "float8_e4m3fn"
  case float8E5M2 = "float8_e5m2"
  case bfloat16, float16, float32, float64
  case complex64, complex128

  /// The bytes that one element takes in a blob. The 4-bit types take one byte an element, as
  /// TensorFlow stores them.
  public var byteWidth: Int {
    switch self {
    case .bool, .int4, .int8, .uint4, .uint8, .float8E4M3FN, .float8E5M2: 1
    case .int16, .uint16, .bfloat16, .float16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64, .complex64: 8
    case .complex128: 16
    }
  }
}
