import StrictJSON
import TensorFlowGraph
import Tensors

extension FunctionCall {
  /// A tensor argument that has to be there; a constant becomes a tensor.
  ///
  /// - Parameter kind: a constant's type, where it is not what Python's numbers are.
  func tensor(_ name: String, as kind: ElementKind? = nil) throws(CompileError) -> Tensor {
    guard let tensor = try optionalTensor(name, as: kind) else {
      throw missing(name)
    }
    return tensor
  }

  func optionalTensor(
    _ name: String, as kind: ElementKind? = nil
  ) throws(CompileError) -> Tensor? {
    guard let value = value(name) else { return nil }
    return try tensor(of: value, name, as: kind)
  }

  /// A tensor of a rank within bounds.
  func tensor(_ name: String, ranks: ClosedRange<Int>) throws(CompileError) -> Tensor {
    let tensor = try tensor(name)
    guard ranks.contains(tensor.rank) else {
      throw .unfittingInput(
        location: layer.location, expected: "rank \(ranks.lowerBound) to \(ranks.upperBound)",
        found: "rank \(tensor.rank)")
    }
    return tensor
  }

  /// What a function takes as a tensor: one, a constant, or a list of both.
  func tensor(
    of value: CallValue, _ name: String, as kind: ElementKind? = nil
  ) throws(CompileError) -> Tensor {
    if case .tensor(let tensor) = value { return tensor }
    if let constant = value.constant { return try literal(constant, name, as: kind) }
    guard case .list(let elements) = value, elements.count <= 1 << 16 else {
      throw malformed(name, "a tensor")
    }
    let kind = kind ?? value.tensors.first?.kind
    var tensors: [Tensor] = []
    for element in elements { tensors.append(try tensor(of: element, name, as: kind)) }
    guard Set(tensors.map(\.rank)).count == 1, Set(tensors.map(\.kind)).count == 1 else {
      throw malformed(name, "tensors of one shape and type")
    }
    return graph.stack(tensors, at: 0)
  }

  /// The tensors of a list.
  func tensors(_ name: String) throws(CompileError) -> [Tensor] {
    guard let value = value(name) else { throw missing(name) }
    var elements = [value]
    if case .list(let listed) = value { elements = listed }
    if case .constant(let constant) = value, let listed = constant.plain.array {
      elements = listed.map(CallValue.constant)
    }
    let kind = value.tensors.first?.kind
    var tensors: [Tensor] = []
    for element in elements {
      tensors.append(try tensor(of: element, name, as: isTensorFlow ? kind : nil))
    }
    guard !tensors.isEmpty else { throw malformed(name, "tensors") }
    return tensors
  }

  // MARK: Constants

  /// A constant as a tensor.
  func literal(
    _ json: JSONValue, _ name: String, as kind: ElementKind? = nil
  ) throws(CompileError) -> Tensor {
    let written = json["config"]?["dtype"]?.string.flatMap(ElementKind.init(named:))
    var leaves: [JSONValue] = []
    guard let dimensions = json.plain.dimensions(collecting: &leaves) else {
      throw malformed(name, "numbers, in lists of one length")
    }
    guard let own = written ?? Self.kind(of: leaves) else { throw malformed(name, "numbers") }
    // Keras converts with the number's own type before it casts, where that cuts.
    let kind = kind ?? own
    if own == .string {
      return graph.constant(
        ConstantTensor(
          kind: .string, dimensions: dimensions,
          elements: .strings(leaves.map { Array(($0.string ?? "").utf8) })))
    }
    if own.isInteger, kind.isInteger {
      return graph.constant(
        ConstantTensor(leaves.map { $0.integer ?? 0 }, kind: kind, dimensions: dimensions))
    }
    guard kind != .string, kind.dtype != nil, kind != .complex64, kind != .complex128 else {
      throw malformed(name, "numbers of a type of numbers")
    }
    return graph.constant(
      ConstantTensor(
        leaves.map { $0.double ?? ($0.bool == true ? 1 : 0) }, kind: kind,
        dimensions: dimensions))
  }

  /// The type that TensorFlow gives Python's numbers.
  private static func kind(of leaves: [JSONValue]) -> ElementKind? {
    if leaves.allSatisfy({ $0.bool != nil }), !leaves.isEmpty { return .bool }
    if leaves.allSatisfy({ $0.string != nil }), !leaves.isEmpty { return .string }
    let integers = leaves.compactMap(\.integer)
    if integers.count == leaves.count, !leaves.isEmpty {
      return integers.allSatisfy { Int32(exactly: $0) != nil } ? .int32 : .int64
    }
    return leaves.allSatisfy { $0.double != nil } ? .float32 : nil
  }

  // MARK: Shapes

  /// A shape, or numbers for its axes: constants, scalars, or a vector of a length that is known.
  func extents(_ name: String) throws(CompileError) -> [Extent]? {
    guard let value = value(name) else { return nil }
    if case .tensor(let tensor) = value {
      guard tensor.rank <= 1, tensor.kind.isInteger else { throw malformed(name, "integers") }
      let vector = graph.cast(tensor, to: .int32)
      if tensor.rank == 0 { return [.dynamic(vector)] }
      guard let count = tensor.dimension(0), count <= 32 else {
        throw unsupported(name, "the rank is known only when the graph runs")
      }
      return (0..<count).map { .dynamic(graph.slice(vector, [.index($0)])) }
    }
    if value.tensors.isEmpty { return try integers(name)?.map(Extent.known) }
    guard case .list(let elements) = value else { throw malformed(name, "integers") }
    var extents: [Extent] = []
    for element in elements {
      if case .tensor(let tensor) = element, tensor.rank == 0, tensor.kind.isInteger {
        extents.append(.dynamic(graph.cast(tensor, to: .int32)))
      } else if let size = element.constant?.integer, size.magnitude <= UInt(Int32.max) {
        extents.append(.known(size))
      } else {
        throw malformed(name, "integers")
      }
    }
    return extents
  }
}

extension JSONValue {
  /// The lengths of nested lists, with what is in them; `nil` where they differ.
  fileprivate func dimensions(collecting leaves: inout [JSONValue]) -> [Int]? {
    guard let elements = array else {
      if isNull || object != nil { return nil }
      leaves.append(self)
      return []
    }
    var inner: [Int]?
    for element in elements {
      guard let own = element.dimensions(collecting: &leaves), inner == nil || inner == own else {
        return nil
      }
      inner = own
    }
    return [elements.count] + (inner ?? [])
  }
}
