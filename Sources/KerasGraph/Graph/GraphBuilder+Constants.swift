import TensorFlowGraph

extension GraphBuilder {
  func constant(_ tensor: ConstantTensor, name: String? = nil) -> Tensor {
    add(
      .const, [], ["dtype": .kind(tensor.kind), "value": .tensor(tensor)],
      shape: tensor.dimensions.map { $0 }, name: name)
  }

  /// A scalar of a kind.
  func scalar(_ value: Double, _ kind: ElementKind) -> Tensor {
    constant(ConstantTensor([value], kind: kind, dimensions: []))
  }

  /// A scalar of the same kind as a tensor.
  func scalar(_ value: Double, like tensor: Tensor) -> Tensor { scalar(value, tensor.kind) }

  /// An int32 scalar, as axes and sizes are.
  func integer(_ value: Int) -> Tensor {
    constant(ConstantTensor([value], kind: .int32, dimensions: []))
  }

  /// An int32 vector, as shapes and permutations are.
  func integers(_ values: [Int]) -> Tensor {
    constant(ConstantTensor(values, kind: .int32, dimensions: [values.count]))
  }

  /// A vector of strings.
  func strings(_ values: [String]) -> Tensor {
    constant(
      ConstantTensor(
        kind: .string, dimensions: [values.count],
        elements: .strings(values.map { Array($0.utf8) })))
  }
}
