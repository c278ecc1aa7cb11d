import StrictJSON
import TensorFlowGraph
import Tensors

/// Elements to places.
enum Scattering {
  static func scatter(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let indices = try call.tensor("indices")
    let values = try call.tensor("values")
    guard let extents = try call.extents("shape"), indices.kind.isInteger, extents.count <= 32
    else {
      throw call.malformed("shape", "a shape, and places in it")
    }
    let shape = graph.cast(graph.vector(extents), to: indices.kind)
    return .tensor(
      graph.add(.scatterNd, [indices, values, shape], shape: extents.map(\.known)))
  }

  static func update(_ call: FunctionCall) throws(CompileError) -> CallValue {
    switch try call.text("reduction") {
    case nil: return try update(call, .tensorScatterUpdate)
    case "add": return try update(call, .tensorScatterAdd)
    case "max": return try update(call, .tensorScatterMax)
    case "min": return try update(call, .tensorScatterMin)
    case let reduction?: throw call.unsupported("reduction", "\(reduction) is not compiled")
    }
  }

  static func update(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let indices = try call.tensor("indices")
    let updates = graph.cast(try call.tensor("updates", as: x.kind), to: x.kind)
    guard indices.kind == .int32 || indices.kind == .int64 else {
      throw call.malformed("indices", "integers of 32 or 64 bits")
    }
    return .tensor(graph.add(operation, [x, indices, updates], shape: x.shape))
  }

  /// Rows that have one number, as one row.
  static func segments(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (data, graph) = (try call.tensor("data"), call.graph)
    let numbers = try call.tensor("segment_ids")
    _ = try call.flag("sorted")
    guard numbers.kind == .int32 || numbers.kind == .int64, numbers.rank <= data.rank else {
      throw call.malformed("segment_ids", "a number for each row")
    }
    let count: Extent
    if let given = try call.extents("num_segments") {
      guard given.count == 1 else { throw call.malformed("num_segments", "a number") }
      count = given[0]
    } else {
      count = .dynamic(try countOf(numbers, operation, call))
    }
    return .tensor(
      graph.add(
        operation, [data, numbers, graph.scalar(count)],
        shape: [count.known] + data.shape.dropFirst(numbers.rank)))
  }

  /// Sums have a row for each number that there is; the others one up to the greatest.
  private static func countOf(
    _ numbers: Tensor, _ operation: Operation, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    if operation == .unsortedSegmentSum, try !call.flag("sorted") {
      let different = graph.addAll(
        .unique, [Reshaping.flat(numbers, graph)], ["out_idx": .kind(.int32)], shapes: [[nil]])
      return graph.add(.size, [different[0]], ["out_type": .kind(.int32)], shape: [])
    }
    let greatest = graph.reduce(.max, numbers, along: Array(numbers.shape.indices))
    return graph.cast(graph.binary(.addV2, greatest, 1), to: .int32)
  }
}
