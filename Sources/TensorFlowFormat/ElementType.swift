import Tensors

/// TensorFlow's `DataType`, by number.
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/types.proto
struct ElementType: Hashable, Sendable {
  let number: Int

  static let string = ElementType(number: 7)
  static let variant = ElementType(number: 21)

  /// The type of elements that are numbers and that the registry knows.
  var dtype: DType? { Self.dtypes[number] }

  /// As `tf.DType.name` spells it: `float32`, `string`, `float32_ref`. A number that TensorFlow
  /// does not have is that number.
  var name: String {
    if number > 100, let name = Self.name(of: number - 100) { return name + "_ref" }
    return Self.name(of: number) ?? "\(number)"
  }

  private static func name(of number: Int) -> String? {
    dtypes[number]?.rawValue ?? others[number]
  }

  private static let dtypes: [Int: DType] = [
    1: .float32, 2: .float64, 3: .int32, 4: .uint8, 5: .int16, 6: .int8, 8: .complex64, 9: .int64,
    10: .bool, 14: .bfloat16, 17: .uint16, 18: .complex128, 19: .float16, 22: .uint32, 23: .uint64,
    24: .float8E5M2, 25: .float8E4M3FN, 29: .int4, 30: .uint4,
  ]

  private static let others: [Int: String] = [
    0: "invalid", 7: "string", 11: "qint8", 12: "quint8", 13: "qint32", 15: "qint16", 16: "quint16",
    20: "resource", 21: "variant", 26: "float8_e4m3fnuz", 27: "float8_e4m3b11fnuz",
    28: "float8_e5m2fnuz", 31: "int2", 32: "uint2", 33: "float4_e2m1fn",
  ]
}
