import StrictJSON
import TensorFlowGraph
import Tensors

/// Sums of products, as Einstein wrote them: `abc,cd->abd`.
enum Einsum {
  static func keras(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let operands = try call.tensors("operands")
    let result = try call.common(operands.map { .kind($0.kind) })
    let isSmall = operands.allSatisfy { $0.kind == .int8 }
    let computed = result.isInteger ? .float32 : result
    let sum = try sum(operands.map { graph.cast($0, to: computed) }, call)
    return .tensor(graph.cast(sum, to: isSmall ? .int32 : result))
  }

  static func tensorFlow(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(try sum(try call.promoted(try call.tensors("operands")), call))
  }

  private static func sum(
    _ operands: [Tensor], _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    guard let text = try call.text("subscripts"), operands.count <= 32 else {
      throw call.malformed("subscripts", "an equation of 32 operands at most")
    }
    return try sum(operands, text, call)
  }

  private static func sum(
    _ operands: [Tensor], _ text: String, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    guard let equation = Equation(text.filter { !$0.isWhitespace }, operands),
      let shape = equation.shape(of: operands)
    else {
      throw call.malformed("subscripts", "a letter for each dimension of the operands")
    }
    guard operands.count > 2 else {
      return call.graph.einsum(equation.text, operands, shape: shape)
    }
    // TensorFlow's operation takes two at once.
    guard let first = equation.ofFirstTwo,
      let step = Equation(first, Array(operands.prefix(2))),
      let inner = step.shape(of: Array(operands.prefix(2)))
    else { throw call.unsupported("subscripts", "'...' is compiled for two operands only") }
    let joined = call.graph.einsum(step.text, Array(operands.prefix(2)), shape: inner)
    let rest = [joined] + operands.dropFirst(2)
    return try sum(rest, equation.afterFirstTwo, call)
  }

  private struct Equation {
    let inputs: [[Character]]
    let output: [Character]
    let text: String

    /// What stands for `...`, which is no letter.
    private static let rest: Character = "."

    init?(_ text: String, _ operands: [Tensor]) {
      let sides = text.replacing("->", with: ">").split(
        separator: ">", omittingEmptySubsequences: false)
      let terms = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false)
        .map { Array($0.replacing("...", with: ".")) }
      guard terms.count == operands.count, sides.count <= 2 else { return nil }
      inputs = terms
      let letters = terms.joined()
      guard letters.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == Self.rest) }) else {
        return nil
      }
      if sides.count == 2 {
        output = Array(sides[1].replacing("...", with: "."))
        guard output.allSatisfy({ letters.contains($0) || $0 == Self.rest }) else { return nil }
      } else {
        let once = Set(letters).filter { letter in letters.count { $0 == letter } == 1 }
        let rest: [Character] = letters.contains(Self.rest) ? [Self.rest] : []
        output = rest + once.filter { $0 != Self.rest }.sorted()
      }
      self.text =
        inputs.map { String($0) }.joined(separator: ",").replacing(".", with: "...") + "->"
        + String(output).replacing(".", with: "...")
    }

    /// The letters of the first two that are needed later.
    private var kept: String {
      let later = inputs.dropFirst(2).joined() + output
      var kept: [Character] = []
      for letter in inputs.prefix(2).joined() where later.contains(letter) {
        if !kept.contains(letter) { kept.append(letter) }
      }
      return String(kept)
    }

    /// The equation of the first two of several operands; `nil` where one has `...`.
    var ofFirstTwo: String? {
      guard !inputs.joined().contains(Self.rest) else { return nil }
      return inputs.prefix(2).map { String($0) }.joined(separator: ",") + "->" + kept
    }

    /// The equation of their result and the others.
    var afterFirstTwo: String {
      ([kept] + inputs.dropFirst(2).map { String($0) }).joined(separator: ",") + "->"
        + String(output)
    }

    /// `nil` where the operands have other dimensions.
    func shape(of operands: [Tensor]) -> PartialShape? {
      var sizes: [Character: Int?] = [:]
      var rest: PartialShape = []
      for (letters, operand) in zip(inputs, operands) {
        let named = letters.count { $0 != Self.rest }
        let others = operand.rank - named
        guard letters.count - named <= 1, others >= 0, others == 0 || letters.count > named else {
          return nil
        }
        var dimensions = operand.shape[...]
        for letter in letters {
          if letter == Self.rest {
            rest = GraphBuilder.broadcast(rest, dimensions.prefix(others))
            dimensions = dimensions.dropFirst(others)
          } else if let size = dimensions.popFirst() {
            sizes[letter] = (sizes[letter] ?? nil) ?? size
          }
        }
      }
      return output.flatMap { $0 == Self.rest ? rest : [sizes[$0] ?? nil] }
    }
  }
}
