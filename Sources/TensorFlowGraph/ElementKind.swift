public import Tensors

/// The type of the elements of a tensor in a graph, by its number in TensorFlow's `DataType`.
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/types.proto
public enum ElementKind: Int, Hashable, Sendable, CaseIterable {
  case float32 = 1
  case float64, int32, uint8, int16, int8
  case string
  case complex64
  case int64
  case bool
  case bfloat16 = 14
  case uint16 = 17
  case complex128, float16
  case resource
  case variant
  case uint32, uint64
  case float8E5M2
  case float8E4M3FN
  case int4 = 29
  case uint4

  public init(_ dtype: DType) {
    self =
      switch dtype {
      case .bool: .bool
      case .int4: .int4
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint4: .uint4
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .float8E4M3FN: .float8E4M3FN
      case .float8E5M2: .float8E5M2
      case .bfloat16: .bfloat16
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .complex64: .complex64
      case .complex128: .complex128
      }
  }

  /// The type as Keras and NumPy name it: `float32`, `string`.
  public init?(named name: String) {
    if name == "string" {
      self = .string
    } else if let dtype = DType(rawValue: name) {
      self.init(dtype)
    } else {
      return nil
    }
  }

  /// `nil` for what is no number: strings, and the handles of variables and tables.
  public var dtype: DType? { DType.allCases.first { ElementKind($0) == self } }

  /// As Keras and NumPy name it.
  public var name: String { dtype?.rawValue ?? "\(self)" }

  public var isFloating: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  public var isInteger: Bool {
    switch self {
    case .int4, .int8, .int16, .int32, .int64, .uint4, .uint8, .uint16, .uint32, .uint64: true
    default: false
    }
  }
}
