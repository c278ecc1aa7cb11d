import StrictJSON
import TensorFlowGraph
import Tensors

/// What Keras 3 does with the type of a number before it computes. TensorFlow does nothing.
enum Casting: Sendable {
  case none
  /// To the least type of floats that can hold it; of 64 bits, to float32.
  case float
  /// Integers and bools to float32.
  case integersToFloat
  /// The same, but integers of 64 bits to float64.
  case integersToWideFloat
  /// Bools to int32.
  case boolsToInteger
  /// Small integers to those of 32 bits.
  case smallToInteger
  /// To bools.
  case bool
}

extension FunctionCall {
  func cast(_ x: Tensor, _ casting: Casting) -> Tensor {
    isTensorFlow ? x : graph.cast(x, to: Self.kind(x.kind, casting))
  }

  private static func kind(_ kind: ElementKind, _ casting: Casting) -> ElementKind {
    let isCount = kind.isInteger || kind == .bool
    switch casting {
    case .none: return kind
    case .float:
      return kind == .int64 ? .float32 : NumberType.common([.kind(kind), .float]) ?? kind
    case .integersToFloat: return isCount ? .float32 : kind
    case .integersToWideFloat: return kind == .int64 ? .float64 : isCount ? .float32 : kind
    case .boolsToInteger: return kind == .bool ? .int32 : kind
    case .smallToInteger:
      switch kind {
      case .bool, .int8, .int16: return .int32
      case .uint8, .uint16: return .uint32
      default: return kind
      }
    case .bool: return .bool
    }
  }

  /// How the types of two operands meet in Keras 3.
  enum Meeting: Sendable {
    /// Python's numbers take the type of the tensor.
    case numbersFollow
    /// Python's numbers are tensors of their own type first.
    case tensors
    /// As `numbersFollow`, and the result is of floats.
    case numbersFollowToFloat
    /// As `tensors`, and the result is of floats.
    case tensorsToFloat
  }

  /// Two operands in one type.
  func pair(
    _ first: String, _ second: String, _ meeting: Meeting = .numbersFollow
  ) throws(CompileError) -> (Tensor, Tensor) {
    guard let x = value(first) else { throw missing(first) }
    guard let y = value(second) else { throw missing(second) }
    if isTensorFlow {
      let kind = x.tensors.first?.kind ?? y.tensors.first?.kind
      let pair = (try tensor(of: x, first, as: kind), try tensor(of: y, second, as: kind))
      guard pair.0.kind == pair.1.kind else {
        throw .unfittingInput(
          location: layer.location, expected: "two tensors of one type",
          found: "\(pair.0.kind.name) and \(pair.1.kind.name)")
      }
      return pair
    }
    let isFloat = meeting == .numbersFollowToFloat || meeting == .tensorsToFloat
    let follows = meeting == .numbersFollow || meeting == .numbersFollowToFloat
    var types: [NumberType] = isFloat ? [.float] : []
    types.append(try type(of: x, first, follows))
    types.append(try type(of: y, second, follows))
    let kind = try common(types)
    return (try operand(x, first, kind, follows), try operand(y, second, kind, follows))
  }

  private func type(
    of value: CallValue, _ name: String, _ follows: Bool
  ) throws(CompileError) -> NumberType {
    if follows, let number = value.constant {
      if number.bool != nil { return .kind(.bool) }
      if number.integer != nil { return .integer }
      if number.double != nil { return .float }
    }
    return .kind(try tensor(of: value, name).kind)
  }

  private func operand(
    _ value: CallValue, _ name: String, _ kind: ElementKind, _ follows: Bool
  ) throws(CompileError) -> Tensor {
    if follows, let number = value.constant, number.object == nil, number.array == nil {
      return try literal(number, name, as: kind)
    }
    return graph.cast(try tensor(of: value, name), to: kind)
  }

  func common(_ types: [NumberType]) throws(CompileError) -> ElementKind {
    guard let kind = NumberType.common(types) else {
      throw .unfittingInput(
        location: layer.location, expected: "types that promote to one", found: "\(types)")
    }
    return kind
  }

  /// Tensors in one type.
  func promoted(_ tensors: [Tensor]) throws(CompileError) -> [Tensor] {
    let kinds = Set(tensors.map(\.kind))
    guard kinds.count > 1 else { return tensors }
    guard !isTensorFlow else {
      throw .unfittingInput(
        location: layer.location, expected: "tensors of one type",
        found: kinds.map(\.name).sorted().joined(separator: ", "))
    }
    let kind = try common(tensors.map { .kind($0.kind) })
    return tensors.map { graph.cast($0, to: kind) }
  }
}

/// What a function makes of one tensor.
extension TensorFunction {
  /// - Parameter transform: the function of the tensor `x`.
  static func unary(
    _ casting: Casting, _ transform: @escaping @Sendable (GraphBuilder, Tensor) -> Tensor
  ) -> Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in
      .tensor(transform(call.graph, call.cast(try call.tensor("x"), casting)))
    }
  }

  static func unary(_ casting: Casting, _ operation: Operation) -> Body {
    unary(casting) { $0.unary(operation, $1) }
  }

  /// - Parameter transform: the function of the tensors `x1` and `x2` of one type.
  static func binary(
    _ meeting: FunctionCall.Meeting,
    _ transform: @escaping @Sendable (GraphBuilder, Tensor, Tensor) -> Tensor
  ) -> Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in
      let (x, y) = try call.pair("x1", "x2", meeting)
      return .tensor(transform(call.graph, x, y))
    }
  }

  static func binary(_ meeting: FunctionCall.Meeting, _ operation: Operation) -> Body {
    binary(meeting) { $0.binary(operation, $1, $2) }
  }
}
