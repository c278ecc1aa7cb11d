import TensorFlowGraph
import Tensors

/// `activation(einsum(equation, x, kernel) + bias)`.
enum EinsumDense: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    try layer.refuseQuantization()
    let input = try graph.numbers(call.input(ranks: 1...16), of: layer)
    let kernel = try layer.adapted("kernel", as: layer.policy.compute, in: graph)
    let text = try layer.settings.text("equation", default: "")
    guard let equation = EinsumEquation(text) else {
      throw layer.settings.malformed("equation", "'ab,bc->ac', with letters for axes")
    }
    guard let shape = equation.shape(input: input.shape, kernel: kernel.shape) else {
      throw call.unfitting("what \(text) takes", "\(input.shape) and \(kernel.shape)")
    }
    var output = graph.einsum(equation.text, [input, kernel], shape: shape)
    if layer.settings["bias_axes"] != nil {
      let bias = spread(
        try layer.read("bias", as: layer.policy.compute, in: graph), over: output, of: layer,
        in: graph)
      guard GraphBuilder.canBroadcast(bias.shape, to: output.shape) else {
        throw .missingWeight(location: layer.location, weight: "bias of the output's shape")
      }
      output = graph.plus(output, bias)
    }
    return .tensor(try Activation.apply("activation", of: layer, to: output, in: graph))
  }

  /// A bias with one dimension that is not 1. Keras 3 adds such a one along the last axis when that
  /// has its size, else along the second, whichever axis it was made for.
  /// `add` of keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras
  private static func spread(
    _ bias: Tensor, over output: Tensor, of layer: Layer, in graph: GraphBuilder
  ) -> Tensor {
    let sizes = bias.shape.filter { $0 != 1 }
    guard layer.dialect == .keras3, sizes.count == 1, let size = sizes[0], output.rank > 1
    else { return bias }
    if output.dimension(-1) == size { return graph.reshape(bias, to: [size]) }
    guard output.dimension(1) == size else { return bias }
    return graph.reshape(
      bias, to: [size] + PartialShape(repeating: 1, count: max(0, output.rank - 2)))
  }
}

/// An equation of two operands: `...X,Y->...Z`, where each letter is an axis and `...` those that
/// have none.
struct EinsumEquation {
  private struct Operand {
    let before: [Character]
    let after: [Character]
    let isElided: Bool

    var letters: [Character] { before + after }

    init?(_ text: Substring) {
      let parts = text.split(separator: "...", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count) else { return nil }
      before = Array(parts[0])
      after = parts.count == 2 ? Array(parts[1]) : []
      isElided = parts.count == 2
      guard letters.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    }
  }

  /// Without blanks.
  let text: String
  private let input: Operand
  private let kernel: Operand
  private let output: Operand

  init?(_ equation: String) {
    text = equation.filter { $0 != " " }
    let sides = text.split(separator: "->", omittingEmptySubsequences: false)
    guard sides.count == 2 else { return nil }
    let operands = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard operands.count == 2, let input = Operand(operands[0]), let kernel = Operand(operands[1]),
      let output = Operand(sides[1]), !kernel.isElided, input.isElided == output.isElided,
      Set(output.letters).count == output.letters.count
    else { return nil }
    (self.input, self.kernel, self.output) = (input, kernel, output)
  }

  /// The result's shape; `nil` when the operands do not fit.
  func shape(input: PartialShape, kernel: PartialShape) -> PartialShape? {
    let elided = input.count - self.input.letters.count
    guard self.input.isElided ? elided >= 0 : elided == 0,
      kernel.count == self.kernel.letters.count
    else { return nil }
    var sizes: [Character: Int?] = [:]
    let named = input.prefix(self.input.before.count) + input.suffix(self.input.after.count)
    let axes = zip(self.input.letters + self.kernel.letters, Array(named) + kernel)
    for (letter, size) in axes {
      let known = sizes[letter] ?? nil
      guard GraphBuilder.canBe(known, size) else { return nil }
      sizes[letter] = .some(known ?? size)
    }
    guard output.letters.allSatisfy({ sizes[$0] != nil }) else { return nil }
    let middle = input.dropFirst(self.input.before.count).prefix(elided)
    return output.before.map { sizes[$0] ?? nil } + Array(middle)
      + output.after.map { sizes[$0] ?? nil }
  }
}
