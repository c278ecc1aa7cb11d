import StrictJSON
import TensorFlowGraph
import Tensors

/// Elements at other places.
enum Moving {
  static func transpose(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let axes = try call.axes("axes", of: x.rank) ?? x.shape.indices.reversed()
    guard axes.count == x.rank else {
      if axes.isEmpty { return .tensor(call.graph.transpose(x, x.shape.indices.reversed())) }
      throw call.malformed("axes", "a permutation of \(x.rank) axes")
    }
    return .tensor(call.graph.transpose(x, axes))
  }

  static func moveAxis(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let sources = try call.axes("source", of: x.rank) ?? []
    let targets = try call.axes("destination", of: x.rank) ?? []
    guard sources.count == targets.count else {
      throw call.malformed("destination", "\(sources.count) axes")
    }
    return .tensor(move(x, from: sources, to: targets, call.graph))
  }

  /// Axes, counted from 0, to other places.
  static func move(
    _ x: Tensor, from sources: [Int], to targets: [Int], _ graph: GraphBuilder
  ) -> Tensor {
    var permutation = x.shape.indices.filter { !sources.contains($0) }
    for (target, source) in zip(targets, sources).sorted(by: { $0.0 < $1.0 }) {
      permutation.insert(source, at: min(target, permutation.count))
    }
    return graph.transpose(x, permutation)
  }

  static func swapAxes(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    guard let first = try call.axis("axis1", of: x.rank),
      let second = try call.axis("axis2", of: x.rank)
    else { throw call.malformed("axis1", "two axes") }
    return .tensor(swap(x, first, second, call.graph))
  }

  static func swap(_ x: Tensor, _ first: Int, _ second: Int, _ graph: GraphBuilder) -> Tensor {
    guard first != second else { return x }
    var permutation = Array(x.shape.indices)
    permutation.swapAt(first, second)
    return graph.transpose(x, permutation)
  }

  static func flip(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let axes = try call.axes("axis", of: x.rank) ?? Array(x.shape.indices)
    return .tensor(call.graph.reverse(x, along: axes))
  }

  static func flip(_ call: FunctionCall, along axis: Int) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let place = axis < 0 ? axis + x.rank : axis
    guard x.shape.indices.contains(place) else { throw call.malformed("x", "more dimensions") }
    return .tensor(call.graph.reverse(x, along: [place]))
  }

  static func roll(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    guard let shift = try call.integers("shift") else {
      throw call.malformed("shift", "a number of places")
    }
    guard let given = try call.integers("axis") else {
      let rolled = roll(Reshaping.flat(x, graph), shift, [0], graph)
      guard shift.count == 1 else { throw call.malformed("shift", "one number") }
      return .tensor(graph.reshape(rolled, to: graph.extents(of: x)))
    }
    guard shift.count == given.count, given.allSatisfy({ (-x.rank..<x.rank).contains($0) }) else {
      throw call.malformed("axis", "an axis for each shift")
    }
    return .tensor(roll(x, shift, given.map { $0 < 0 ? $0 + x.rank : $0 }, graph))
  }

  private static func roll(
    _ x: Tensor, _ shift: [Int], _ axes: [Int], _ graph: GraphBuilder
  ) -> Tensor {
    graph.add(.roll, [x, graph.integers(shift), graph.integers(axes)], shape: x.shape)
  }

  /// By so many right angles. Keras 3 turns a plane by two as if it were square.
  static func rotate(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 2...32), call.graph)
    let turns = ((try call.integer("k", default: 1) % 4) + 4) % 4
    guard let axes = try call.axes("axes", of: x.rank), axes.count == 2 else {
      throw call.malformed("axes", "two axes")
    }
    guard turns > 0 else { return .tensor(x) }
    let permutation = x.shape.indices.filter { !axes.contains($0) } + axes
    var plane = graph.transpose(x, permutation)
    let extents = graph.extents(of: plane)
    let (height, width) = (extents[x.rank - 2], extents[x.rank - 1])
    let isOdd = turns % 2 == 1
    let end = Array(extents.dropLast(2)) + (isOdd ? [width, height] : [height, width])
    func turn() {
      let flipped = graph.reverse(plane, along: [x.rank - 1])
      plane = swap(flipped, x.rank - 2, x.rank - 1, graph)
    }
    turn()
    if turns > 1 { plane = graph.reshape(plane, to: end) }
    for _ in 1..<max(turns, 1) { turn() }
    plane = graph.reshape(plane, to: end)
    var inverse = Array(x.shape.indices)
    for (place, axis) in permutation.enumerated() { inverse[axis] = place }
    return .tensor(graph.transpose(plane, inverse))
  }
}
