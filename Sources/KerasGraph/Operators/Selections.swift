import StrictJSON
import TensorFlowGraph
import Tensors

/// Which elements are taken.
enum Selections {
  /// One of two where a condition holds, or not.
  static func choose(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let condition = try call.tensor("condition")
    guard call.value("x1") != nil, call.value("x2") != nil else {
      if call.isTensorFlow { return .tensor(places(condition, graph)) }
      return try nonZero(graph.cast(condition, to: .bool), call)
    }
    let (x, y) = try call.pair("x1", "x2")
    return .tensor(graph.select(graph.cast(condition, to: .bool), x, y))
  }

  /// The places of what is not 0, a row for each.
  private static func places(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    graph.add(.where, [x], shape: [nil, x.rank])
  }

  static func nonZero(_ call: FunctionCall) throws(CompileError) -> CallValue {
    try nonZero(call.graph.cast(try call.tensor("x"), to: .bool), call)
  }

  private static func nonZero(_ x: Tensor, _ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let rows = graph.cast(places(x, graph), to: .int32)
    return .list(
      graph.addAll(
        .unpack, [rows], ["num": .integer(x.rank), "axis": .integer(1)], shapes: [[nil]]
      ).map(CallValue.tensor))
  }

  /// The first choice whose condition holds.
  static func firstThatHolds(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let conditions = try call.tensors("condlist")
    let choices = try call.tensors("choicelist")
    guard conditions.count == choices.count else {
      throw call.malformed("condlist", "a condition for each choice")
    }
    let kind = try call.common(choices.map { .kind($0.kind) })
    var result = graph.cast(try call.tensor("default", as: kind), to: kind)
    for (condition, choice) in zip(conditions, choices).reversed() {
      result = graph.select(
        graph.cast(condition, to: .bool), graph.cast(choice, to: kind), result)
    }
    return .tensor(result)
  }

  // MARK: By places

  /// Places from the end are negative.
  private static func fromZero(
    _ indices: Tensor, in size: Extent, _ graph: GraphBuilder
  ) -> Tensor {
    guard !indices.kind.isUnsigned else { return indices }
    let size = graph.cast(graph.scalar(size), to: indices.kind)
    return graph.select(
      graph.binary(.less, indices, 0), graph.plus(indices, size), indices)
  }

  static func take(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x"), call.graph)
    // Of one table there are no parts, and CPUs always validate.
    _ = (call.value("partition_strategy"), call.value("validate_indices"))
    let axis = try call.axis("axis", of: x.rank)
    if axis == nil { x = Reshaping.flat(x, graph) }
    let indices = try integral(try call.tensor("indices"), call)
    guard x.rank > 0 else { throw call.malformed("x", "a tensor of one dimension at least") }
    let places =
      call.isTensorFlow
      ? indices : fromZero(indices, in: graph.extent(of: x, axis ?? 0), graph)
    return .tensor(graph.gather(x, at: places, along: axis ?? 0))
  }

  /// Of a type that places can have.
  private static func integral(
    _ indices: Tensor, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    guard indices.kind.isInteger else { throw call.malformed("indices", "integers") }
    let isWide = indices.kind == .int64 || indices.kind == .uint32 || indices.kind == .uint64
    return call.graph.cast(indices, to: isWide ? .int64 : .int32)
  }

  static func gather(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    _ = call.value("validate_indices")
    let indices = try integral(try call.tensor("indices"), call)
    guard x.rank > 0 else { throw call.malformed("params", "one dimension at least") }
    let given = try call.integer("batch_dims", default: 0)
    let batch = given < 0 ? given + indices.rank : given
    guard (0..<x.rank).contains(batch), batch <= indices.rank else {
      throw call.malformed("batch_dims", "dimensions of both tensors")
    }
    let axis = try call.axis("axis", of: x.rank) ?? batch
    guard axis >= batch else { throw call.malformed("axis", "an axis after the batch's") }
    let shape = x.shape.prefix(axis) + indices.shape.dropFirst(batch) + x.shape.dropFirst(axis + 1)
    return .tensor(
      graph.add(
        .gatherV2, [x, indices, graph.integer(axis)], ["batch_dims": .integer(batch)],
        shape: Array(shape)))
  }

  static func gatherTuples(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let indices = try integral(try call.tensor("indices"), call)
    guard try call.integer("batch_dims", default: 0) == 0 else {
      throw call.unsupported("batch_dims", "only 0 is compiled")
    }
    guard let depth = indices.dimension(-1), (0...x.rank).contains(depth) else {
      throw call.malformed("indices", "places in \(x.rank) dimensions")
    }
    let shape = indices.shape.dropLast() + x.shape.dropFirst(depth)
    return .tensor(graph.add(.gatherNd, [x, indices], shape: Array(shape)))
  }

  static func takeAlongAxis(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x"), call.graph)
    let given = try call.axis("axis", of: x.rank)
    if given == nil { x = Reshaping.flat(x, graph) }
    var indices = graph.cast(try call.tensor("indices"), to: .int64)
    let axis = given ?? 0
    guard indices.rank == x.rank, x.rank > 0 else {
      throw call.malformed("indices", "places in \(x.rank) dimensions")
    }
    indices = fromZero(indices, in: graph.extent(of: x, axis), graph)
    let last = x.rank - 1
    let moved = (Moving.swap(x, axis, last, graph), Moving.swap(indices, axis, last, graph))
    let batch = (0..<last).map { place -> Extent in
      larger(graph.extent(of: moved.0, place), graph.extent(of: moved.1, place), graph)
    }
    func rows(_ x: Tensor) -> Tensor {
      Reshaping.broadcast(x, to: batch + [graph.extent(of: x, -1)], graph)
    }
    let (from, places) = (rows(moved.0), rows(moved.1))
    let taken = graph.add(
      .gatherV2, [from, places, graph.integer(last)], ["batch_dims": .integer(last)],
      shape: places.shape)
    return .tensor(Moving.swap(taken, axis, last, graph))
  }

  /// Of two sizes that are broadcast.
  private static func larger(_ x: Extent, _ y: Extent, _ graph: GraphBuilder) -> Extent {
    if x.known == 1 { return y }
    if y.known == 1 { return x }
    return graph.combine(x, y, .maximum) { (max($0, $1), false) }
  }

  static func booleanMask(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let mask = call.graph.cast(try call.tensor("mask"), to: .bool)
    let axis = try call.axis("axis", of: x.rank, default: 0)
    return .tensor(try masked(x, mask, axis: axis, call))
  }

  /// What a mask is true for, in one dimension for those of the mask.
  static func masked(
    _ x: Tensor, _ mask: Tensor, axis: Int, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    guard mask.rank > 0, axis + mask.rank <= x.rank else {
      throw call.malformed("mask", "\(x.rank) dimensions at most")
    }
    var extents = graph.extents(of: x)
    let joined = extents[axis..<(axis + mask.rank)].reduce(Extent.known(1)) { graph.times($0, $1) }
    extents.replaceSubrange(axis..<(axis + mask.rank), with: [joined])
    let places = graph.squeeze(self.places(Reshaping.flat(mask, graph), graph), [1])
    return graph.gather(graph.reshape(x, to: extents), at: places, along: axis)
  }

  // MARK: To one and many

  static func oneHot(_ call: FunctionCall) throws(CompileError) -> CallValue {
    .tensor(try oneHot(try call.tensor("x"), call))
  }

  private static func oneHot(_ x: Tensor, _ call: FunctionCall) throws(CompileError) -> Tensor {
    let graph = call.graph
    guard let sizes = try call.extents("num_classes"), sizes.count == 1 else {
      throw call.malformed("num_classes", "a number of classes")
    }
    let axis = try call.integer("axis", default: -1)
    guard (-1...x.rank).contains(axis), sizes[0].known.map({ $0 >= 0 }) ?? true else {
      throw call.malformed("axis", "an axis of \(x.rank + 1) dimensions")
    }
    let kind = try call.kind("dtype") ?? .float32
    guard kind.dtype != nil else { throw call.malformed("dtype", "a type of numbers") }
    let on = try call.optionalTensor("on_value", as: kind) ?? graph.scalar(1, kind)
    let off = try call.optionalTensor("off_value", as: kind) ?? graph.scalar(0, kind)
    let indices = call.isTensorFlow ? x : graph.cast(x, to: .int64)
    var shape = x.shape
    shape.insert(sizes[0].known, at: axis < 0 ? x.rank : axis)
    return graph.add(
      .oneHot, [indices, graph.scalar(sizes[0]), on, off], ["axis": .integer(axis)], shape: shape)
  }

  static func multiHot(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let hot = try oneHot(x, call)
    return .tensor(
      call.graph.reduce(hot.kind == .bool ? .any : .max, hot, along: [x.rank > 1 ? 1 : 0]))
  }
}
