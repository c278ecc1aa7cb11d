import TensorFlowGraph

/// What Keras 3 makes of numbers of several types that meet.
/// keras/src/backend/common/dtypes.py of https://github.com/keras-team/keras
enum NumberType: Hashable {
  case kind(ElementKind)
  /// A Python integer or float, that takes the type of what it meets.
  case integer
  case float

  /// The next higher types of each.
  private static let above: [NumberType: [NumberType]] = [
    .kind(.bool): [.integer],
    .integer: [.kind(.uint8), .kind(.int8), .kind(.complex64)],
    .kind(.uint8): [.kind(.int16), .kind(.uint16)],
    .kind(.uint16): [.kind(.int32), .kind(.uint32)],
    .kind(.uint32): [.kind(.int64), .kind(.uint64)],
    .kind(.uint64): [.float],
    .kind(.int8): [.kind(.int16)],
    .kind(.int16): [.kind(.int32)],
    .kind(.int32): [.kind(.int64)],
    .kind(.int64): [.float],
    .float: [.kind(.bfloat16), .kind(.float16)],
    .kind(.bfloat16): [.kind(.float32)],
    .kind(.float16): [.kind(.float32)],
    .kind(.float32): [.kind(.float64), .kind(.complex64)],
    .kind(.float64): [.kind(.complex128)],
    .kind(.complex64): [.kind(.complex128)],
    .kind(.complex128): [],
  ]

  /// The type itself and all above it; `nil` for what is no number.
  private var upperBounds: Set<NumberType>? {
    guard Self.above[self] != nil else { return nil }
    var bounds: Set<NumberType> = []
    var pending = [self]
    while let type = pending.popLast() {
      if bounds.insert(type).inserted { pending += Self.above[type] ?? [] }
    }
    return bounds
  }

  /// The least type that all can be. TensorFlow's 64 bits stay, but for unsigned and complex ones.
  ///
  /// - Returns: `nil` where there is none: strings, say.
  static func common(_ types: [NumberType]) -> ElementKind? {
    guard let first = types.first else { return nil }
    if types.allSatisfy({ $0 == first }), case .kind(let kind) = first { return narrowed(kind) }
    var common: Set<NumberType>?
    for type in types {
      guard let bounds = type.upperBounds else { return nil }
      common = common.map { $0.intersection(bounds) } ?? bounds
    }
    let candidates = common ?? []
    let least = candidates.first { $0.upperBounds.map(candidates.isSubset) == true }
    switch least {
    case .kind(let kind): return narrowed(kind)
    case .integer: return .int32
    case .float: return .float32
    case nil: return nil
    }
  }

  private static func narrowed(_ kind: ElementKind) -> ElementKind {
    switch kind {
    case .uint64: .uint32
    case .complex128: .complex64
    default: kind
    }
  }
}
