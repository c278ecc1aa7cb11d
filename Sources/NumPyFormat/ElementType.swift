import Tensors

/// What an array's `descr` says that its elements are.
/// https://numpy.org/doc/stable/reference/arrays.interface.html
enum ElementType: Hashable {
  /// Numbers that we know. A complex number's two parts are swapped each by itself.
  case numbers(DType, isBigEndian: Bool)
  /// Python objects, which are pickled.
  case objects
  /// Text, dates, records, and numbers of other widths.
  case other

  /// `nil` when it is nothing that NumPy writes.
  init?(_ description: PythonLiteral) {
    switch description {
    case .string(let text): self.init(text)
    case .list(let fields): self = Self.hasObjects(.list(fields)) ? .objects : .other
    default: return nil
    }
  }

  private init?(_ text: String) {
    guard let order = text.unicodeScalars.first, "<>|".unicodeScalars.contains(order) else {
      return nil
    }
    let code = String(text.dropFirst())
    guard let kind = code.first, "biufcmMOSUV".contains(kind) else { return nil }
    guard kind != "O" else {
      self = .objects
      return
    }
    guard code.dropFirst().first?.isWholeNumber == true else { return nil }
    if let dtype = Self.dtypes[code], Self.isOrdered(dtype, by: order) {
      self = .numbers(dtype, isBigEndian: order == ">")
    } else {
      self = .other
    }
  }

  /// Whether numbers of a type may have their bytes in an order: one byte has none, more must.
  private static func isOrdered(_ dtype: DType, by order: Unicode.Scalar) -> Bool {
    if dtype == .bfloat16 { return order != ">" }
    return dtype.byteWidth == 1 || order != "|"
  }

  /// By the letter of the kind and the width in bytes. The types of ml_dtypes are not NumPy's own:
  /// it writes bfloat16 as two bytes of no type, `<V2` (`|V2` after it was read and written again)
  /// and float8_e5m2, of all its types, as `<f1`. Its other types of one byte are all `<V1`, and
  /// cannot be told apart.
  private static let dtypes: [String: DType] = [
    "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
    "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
    "f1": .float8E5M2, "f2": .float16, "f4": .float32, "f8": .float64, "V2": .bfloat16,
    "c8": .complex64, "c16": .complex128,
  ]

  private static func hasObjects(_ description: PythonLiteral) -> Bool {
    switch description {
    case .string(let text): text == "|O"
    case .list(let parts), .tuple(let parts): parts.contains(where: hasObjects)
    default: false
    }
  }
}
