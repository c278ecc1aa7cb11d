import StrictJSON
import TensorFlowGraph
import Tensors

/// One tensor as several.
enum Parting {
  private static let limit = 1 << 12

  static func split(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    return try split(call, along: try call.axis("axis", of: x.rank, default: 0))
  }

  static func split(_ call: FunctionCall, along axis: Int) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    _ = call.value("num")
    guard x.shape.indices.contains(axis) else { throw call.malformed("axis", "an axis") }
    guard let parts = try call.constant("indices_or_sections") else {
      throw call.malformed("indices_or_sections", "a number of parts, or where they begin")
    }
    let numbers = try call.integers("indices_or_sections") ?? []
    guard numbers.count <= limit, parts.array != nil || numbers[0] <= limit else {
      throw call.malformed("indices_or_sections", "\(limit) parts at most")
    }
    if parts.array == nil {
      return try equal(x, numbers[0], along: axis, call)
    }
    let sizes =
      call.isTensorFlow ? numbers : try self.sizes(of: x.shape[axis], at: numbers, call)
    return .list(pieces(x, try closed(sizes, x.shape[axis], call), along: axis, call.graph))
  }

  private static func equal(
    _ x: Tensor, _ count: Int, along axis: Int, _ call: FunctionCall
  ) throws(CompileError) -> CallValue {
    guard count > 0 else { throw call.malformed("indices_or_sections", "a number of parts") }
    guard let size = x.shape[axis], size % count != 0 else {
      return .list(call.graph.split(x, into: count, along: axis).map(CallValue.tensor))
    }
    guard call.layer.className == "ArraySplit" else {
      throw call.malformed("indices_or_sections", "parts of one size of \(size)")
    }
    let sizes = (0..<count).map { size / count + ($0 < size % count ? 1 : 0) }
    return .list(pieces(x, sizes, along: axis, call.graph))
  }

  /// NumPy says where parts begin, TensorFlow how long they are.
  private static func sizes(
    of total: Int?, at places: [Int], _ call: FunctionCall
  ) throws(CompileError) -> [Int] {
    guard let total else {
      throw call.unsupported("indices_or_sections", "the axis is known only when the graph runs")
    }
    return zip([0] + places, places + [total]).map { $1 - $0 }
  }

  /// Sizes with what is left for one of -1.
  private static func closed(
    _ sizes: [Int], _ total: Int?, _ call: FunctionCall
  ) throws(CompileError) -> [Int] {
    let known = sizes.filter { $0 >= 0 }.reduce(0, &+)
    var sizes = sizes
    if let open = sizes.firstIndex(of: -1), let total { sizes[open] = total - known }
    guard sizes.allSatisfy({ $0 >= 0 }), total == nil || sizes.reduce(0, &+) == total else {
      throw call.malformed("indices_or_sections", "parts of the axis")
    }
    return sizes
  }

  private static func pieces(
    _ x: Tensor, _ sizes: [Int], along axis: Int, _ graph: GraphBuilder
  ) -> [CallValue] {
    let shapes = sizes.map { size in
      var shape = x.shape
      shape[axis] = size
      return shape
    }
    return graph.addAll(
      .splitV, [x, graph.integers(sizes), graph.integer(axis)],
      ["num_split": .integer(sizes.count)], shapes: shapes
    ).map(CallValue.tensor)
  }

  static func unstack(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let axis = try call.axis("axis", of: x.rank, default: 0)
    guard let count = try call.integer("num") ?? x.shape[axis], (0...limit).contains(count) else {
      throw call.unsupported("axis", "its size is known only when the graph runs")
    }
    var shape = x.shape
    shape.remove(at: axis)
    return .list(
      graph.addAll(
        .unpack, [x], ["num": .integer(count), "axis": .integer(axis)], shapes: [shape]
      ).map(CallValue.tensor))
  }

  static func differences(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x", ranks: 1...32), call.graph)
    let axis = try call.axis("axis", of: x.rank, default: -1)
    let order = try call.integer("n", default: 1)
    guard (0...64).contains(order) else { throw call.malformed("n", "0 to 64") }
    for _ in 0..<order {
      var (later, earlier) = (
        [GraphBuilder.Slice](repeating: .all, count: axis + 1),
        [GraphBuilder.Slice](repeating: .all, count: axis + 1)
      )
      later[axis] = .range(1, nil)
      earlier[axis] = .range(nil, -1)
      x = graph.binary(
        x.kind == .bool ? .notEqual : .sub, graph.slice(x, later), graph.slice(x, earlier))
    }
    return .tensor(x)
  }

  /// Windows of the last axis, without those that reach beyond its end.
  static func frames(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 1...31)
    let axis = try call.axis("axis", of: x.rank, default: -1)
    guard let length = try call.integer("sequence_length"),
      let step = try call.integer("sequence_stride"), length > 0, step > 0, length <= limit * 16
    else { throw call.malformed("sequence_length", "two numbers above 0") }
    guard axis == x.rank - 1 else { throw call.unsupported("axis", "only the last is compiled") }
    return .tensor(frames(x, length: length, step: step, call.graph))
  }

  static func frames(_ x: Tensor, length: Int, step: Int, _ graph: GraphBuilder) -> Tensor {
    let size = graph.extent(of: x, -1)
    let space = graph.plus(graph.minus(size, .known(length)), .known(step))
    let count = graph.combine(space, .known(step), .floorDiv) { a, b in (max(a, 0) / b, false) }
    let starts = graph.binary(
      .mul,
      graph.add(
        .range, [graph.integer(0), graph.scalar(count), graph.integer(1)], shape: [count.known]),
      graph.integer(step))
    let offsets = graph.add(
      .range, [graph.integer(0), graph.integer(length), graph.integer(1)], shape: [length])
    let places = graph.plus(graph.expand(starts, at: 1), offsets)
    return graph.gather(x, at: places, along: -1)
  }
}
