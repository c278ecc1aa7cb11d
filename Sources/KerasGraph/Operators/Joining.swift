import TensorFlowGraph
import Tensors

/// Several tensors as one.
enum Joining {
  static func concatenate(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let tensors = try call.promoted(try call.tensors("xs"))
    guard let axis = try call.integer("axis") else { throw call.malformed("axis", "an axis") }
    return .tensor(try concatenate(tensors, axis, call))
  }

  static func concatenate(
    _ tensors: [Tensor], _ axis: Int, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let rank = tensors.first?.rank ?? 0
    guard rank > 0, tensors.allSatisfy({ $0.rank == rank }), (-rank..<rank).contains(axis) else {
      throw .unfittingInput(
        location: call.layer.location, expected: "tensors of one rank, with axis \(axis)",
        found: "ranks \(tensors.map(\.rank))")
    }
    return call.graph.concat(tensors, along: axis)
  }

  static func append(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensors)
    if let axis = try call.integer("axis") { return .tensor(try concatenate([x, y], axis, call)) }
    let flat = [x, y].map { Reshaping.flat($0, call.graph) }
    return .tensor(call.graph.concat(flat, along: 0))
  }

  static func stack(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let tensors = try call.promoted(try call.tensors("xs"))
    let rank = (tensors.first?.rank ?? 0) + 1
    guard tensors.allSatisfy({ $0.rank == rank - 1 }) else {
      throw .unfittingInput(
        location: call.layer.location, expected: "tensors of one shape",
        found: "ranks \(tensors.map(\.rank))")
    }
    let axis = try call.axis("axis", of: rank, default: 0)
    return .tensor(call.graph.stack(tensors, at: axis))
  }

  /// Along the third axis, which those of fewer dimensions get.
  static func depthStack(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let tensors = try call.promoted(try call.tensors("xs")).map { tensor in
      switch tensor.rank {
      case 0: graph.reshape(tensor, to: [1, 1, 1])
      case 1: graph.expand(graph.expand(tensor, at: 0), at: 2)
      case 2: graph.expand(tensor, at: 2)
      default: tensor
      }
    }
    return .tensor(try concatenate(tensors, 2, call))
  }
}
