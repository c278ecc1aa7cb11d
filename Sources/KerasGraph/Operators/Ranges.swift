import StrictJSON
import TensorFlowGraph
import Tensors

/// Numbers in a row.
enum Ranges {
  private static let limit = 1 << 24

  /// `0, 1, …` up to a size.
  static func upTo(_ size: Extent, _ graph: GraphBuilder) -> Tensor {
    graph.add(
      .range, [graph.integer(0), graph.scalar(size), graph.integer(1)], shape: [size.known])
  }

  static func range(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    var bounds: [Tensor] = []
    for name in ["start", "stop", "step"] {
      if let bound = try call.optionalTensor(name) { bounds.append(bound) }
    }
    guard bounds.allSatisfy({ $0.rank == 0 }), !bounds.isEmpty else {
      throw call.malformed("start", "numbers")
    }
    var kind = try common(bounds, call)
    if let given = try call.kind("dtype") { kind = given }
    let isCounted = [.int32, .int64, .float32, .float64].contains(kind)
    let computed = isCounted ? kind : .float32
    if call.value("stop") == nil { bounds.insert(graph.scalar(0, computed), at: 0) }
    if call.value("step") == nil { bounds.append(graph.scalar(1, computed)) }
    guard bounds.count == 3 else { throw call.malformed("start", "numbers") }
    let range = graph.add(.range, bounds.map { graph.cast($0, to: computed) }, shape: [nil])
    return .tensor(graph.cast(range, to: kind))
  }

  /// TensorFlow takes the greatest of its types, Keras what they promote to.
  private static func common(
    _ bounds: [Tensor], _ call: FunctionCall
  ) throws(CompileError) -> ElementKind {
    if call.isTensorFlow {
      let order: [ElementKind] = [.float64, .float32, .int64, .int32]
      return order.first { kind in bounds.contains { $0.kind == kind } } ?? .int32
    }
    return try call.common(bounds.map { .kind($0.kind) })
  }

  static func linear(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(try linear(call, "start", "stop") { $0 })
  }

  static func logarithmic(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let base = try call.number("base") ?? 10
    let exponents = try linear(call, "start", "stop") { $0 }
    return .tensor(graph.binary(.pow, graph.scalar(base, like: exponents), exponents))
  }

  static func geometric(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let exponents = try linear(call, "start", "stop") {
      Elements.log(graph.unary(.abs, $0), 10, graph)
    }
    let result = graph.binary(.pow, graph.scalar(10, like: exponents), exponents)
    let start = graph.cast(try call.tensor("start"), to: result.kind)
    let axis = try call.axis("axis", of: result.rank, default: 0)
    let sign = graph.unary(.sign, start)
    // Keras multiplies without a new axis.
    guard sign.rank == 0 || axis == 0 else {
      throw call.unsupported("axis", "only the first is compiled")
    }
    return .tensor(graph.multiply(result, sign))
  }

  /// So many numbers between two.
  private static func linear(
    _ call: FunctionCall, _ first: String, _ last: String, _ map: (Tensor) -> Tensor
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    let pair = try call.pair(first, last, .numbersFollowToFloat)
    let given = try call.kind("dtype")
    let kind = given ?? pair.0.kind
    guard kind.isFloating else {
      throw call.unsupported("dtype", "numbers between two are compiled as floats only")
    }
    let start = map(graph.cast(pair.0, to: kind))
    let stop = map(graph.cast(pair.1, to: kind))
    let count = try call.integer("num", default: 50)
    guard (0...limit).contains(count) else { throw call.malformed("num", "a number of numbers") }
    let hasEnd = try call.constant("endpoint")?.bool ?? true
    let shape = GraphBuilder.broadcast(start.shape, stop.shape)
    let axis = try call.axis("axis", of: shape.count + 1, default: 0)
    let parts = Double(max(hasEnd ? count - 1 : count, 1))
    let shares = graph.binary(
      .realDiv,
      graph.cast(upTo(.known(count), graph), to: kind), parts)
    var column = PartialShape(repeating: 1, count: shape.count + 1)
    column[axis] = count
    let low = axisInserted(start, shape.count, axis, graph)
    let distance = axisInserted(graph.minus(stop, start), shape.count, axis, graph)
    return graph.plus(low, graph.multiply(distance, graph.reshape(shares, to: column)))
  }

  /// A tensor with a new axis, where others have `rank` dimensions.
  private static func axisInserted(
    _ x: Tensor, _ rank: Int, _ axis: Int, _ graph: GraphBuilder
  ) -> Tensor {
    let place = axis - (rank - x.rank)
    return place < 0 ? x : graph.expand(x, at: place)
  }

  static func mesh(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let tensors = try call.tensors("x").map { Reshaping.flat($0, graph) }
    let indexing = try call.text("indexing") ?? "xy"
    guard tensors.count <= 32, ["xy", "ij"].contains(indexing) else {
      throw call.malformed("indexing", "xy or ij")
    }
    var order = Array(tensors.indices)
    if indexing == "xy", order.count > 1 { order.swapAt(0, 1) }
    let extents = order.map { graph.extent(of: tensors[$0], 0) }
    return .list(
      tensors.enumerated().map { number, tensor in
        var shape = PartialShape(repeating: 1, count: tensors.count)
        shape[order.firstIndex(of: number) ?? 0] = nil
        return .tensor(
          Reshaping.broadcast(graph.reshape(tensor, to: shape), to: extents, graph))
      })
  }

  /// For each length as many places that are true.
  static func sequenceMask(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (lengths, graph) = (try call.tensor("lengths"), call.graph)
    let size: Extent
    if let given = try call.extents("maxlen") {
      guard given.count == 1 else { throw call.malformed("maxlen", "a size") }
      size = given[0]
    } else {
      let longest = graph.reduce(.max, lengths, along: Array(lengths.shape.indices))
      size = .dynamic(graph.binary(.maximum, graph.cast(longest, to: .int32), graph.integer(0)))
    }
    let places = graph.cast(upTo(size, graph), to: lengths.kind)
    let mask = graph.binary(.less, places, graph.expand(lengths, at: -1))
    return .tensor(graph.cast(mask, to: try call.kind("dtype") ?? .bool))
  }
}
