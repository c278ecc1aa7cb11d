import StrictJSON
import TensorFlowGraph
import Tensors

/// The same elements in other shapes.
enum Reshaping {
  static func reshape(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    guard let extents = try call.extents("shape") else { throw call.malformed("shape", "a shape") }
    return .tensor(try reshape(x, to: extents, call))
  }

  private static func reshape(
    _ x: Tensor, to extents: [Extent], _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let open = extents.indices.filter { extents[$0].known.map { $0 < 0 } ?? false }
    guard open.count <= 1, open.allSatisfy({ extents[$0].known == -1 }), extents.count <= 32 else {
      throw call.malformed("shape", "dimensions, and -1 for one of them at most")
    }
    var shape = extents.map(\.known)
    if let place = open.first { shape[place] = rest(of: x.shape, besides: extents) }
    return graph.add(.reshape, [x, graph.vector(extents)], shape: shape)
  }

  /// What is left for the dimension that is -1; `nil` where it is known only when the graph runs.
  private static func rest(of shape: PartialShape, besides extents: [Extent]) -> Int? {
    let sizes = shape.compactMap { $0 }
    let others = extents.compactMap(\.known).filter { $0 >= 0 }
    guard sizes.count == shape.count, others.count == extents.count - 1,
      let count = product(sizes), let known = product(others), known > 0
    else { return nil }
    return count / known
  }

  /// `nil` where it is too large.
  static func product(_ sizes: [Int]) -> Int? {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      product = next
    }
    return product
  }

  static func flatten(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(flat(try call.tensor("x"), call.graph))
  }

  /// All elements in one dimension.
  static func flat(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    let sizes = x.shape.compactMap { $0 }
    let count = sizes.count == x.rank ? product(sizes) : nil
    return graph.add(.reshape, [x, graph.integers([-1])], shape: [count])
  }

  static func expand(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var x = try call.tensor("x")
    guard let given = try call.integers("axis"), given.count <= 32 else {
      throw call.malformed("axis", "axes")
    }
    let rank = x.rank + given.count
    let axes = try call.axes("axis", of: rank) ?? []
    for axis in axes.sorted() { x = call.graph.expand(x, at: axis) }
    return .tensor(x)
  }

  static func squeeze(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let axes = try call.axes("axis", of: x.rank) ?? x.shape.indices.filter { x.shape[$0] == 1 }
    guard axes.allSatisfy({ x.shape[$0] == nil || x.shape[$0] == 1 }) else {
      throw call.malformed("axis", "axes of one place")
    }
    return .tensor(call.graph.squeezeAll(x, axes))
  }

  static func broadcast(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    guard let extents = try call.extents("shape"), extents.count >= x.rank else {
      throw call.malformed("shape", "a shape of as many dimensions at least")
    }
    guard extents.allSatisfy({ $0.known.map { $0 >= 0 } ?? true }) else {
      throw call.malformed("shape", "sizes")
    }
    return .tensor(broadcast(x, to: extents, graph))
  }

  static func broadcast(_ x: Tensor, to extents: [Extent], _ graph: GraphBuilder) -> Tensor {
    graph.add(.broadcastTo, [x, graph.vector(extents)], shape: extents.map(\.known))
  }

  /// Fails when the graph runs and the shape is another.
  static func ensure(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    guard let sizes = try call.constant("shape")?.array, sizes.count == x.rank else {
      throw call.malformed("shape", "a shape of \(x.rank) dimensions")
    }
    let shape = zip(sizes, x.shape).map { $0.integer ?? $0.string.flatMap { Int($0) } ?? $1 }
    guard shape.allSatisfy({ $0.map { $0 >= 0 } ?? true }) else {
      throw call.malformed("shape", "sizes")
    }
    return .tensor(call.graph.add(.ensureShape, [x], ["shape": .shape(shape)], shape: shape))
  }
}
