import StrictJSON
import TensorFlowGraph
import Tensors

/// Elements by their size.
enum Sorting {
  static func sort(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let wide = x.kind == .bool ? call.graph.cast(x, to: .int8) : x
    let sorted = try sorted(wide, call).values
    return .tensor(call.graph.cast(sorted, to: x.kind))
  }

  static func places(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    _ = try call.flag("stable")
    let wide = x.kind == .bool ? call.graph.cast(x, to: .uint8) : x
    return .tensor(try sorted(wide, call).places)
  }

  private static func sorted(
    _ x: Tensor, _ call: FunctionCall
  ) throws(CompileError) -> (values: Tensor, places: Tensor) {
    let graph = call.graph
    let given = try call.axis("axis", of: x.rank)
    let line = given == nil ? Reshaping.flat(x, graph) : x
    guard line.rank > 0 else { throw call.malformed("x", "one dimension at least") }
    let axis = given ?? 0
    let direction = try call.text("direction") ?? "ASCENDING"
    guard ["ASCENDING", "DESCENDING"].contains(direction) else {
      throw call.malformed("direction", "ASCENDING or DESCENDING")
    }
    let moved = Moving.swap(line, axis, line.rank - 1, graph)
    let rising = direction == "ASCENDING"
    let found = top(
      rising ? reversed(moved, graph) : moved, graph.extent(of: moved, -1), sorted: true, graph)
    let values = rising ? reversed(found.values, graph) : found.values
    return (
      Moving.swap(values, axis, line.rank - 1, graph),
      Moving.swap(found.places, axis, line.rank - 1, graph)
    )
  }

  /// Numbers in the reverse order, such that the same again gives them back.
  static func reversed(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    if x.kind.isFloating { return graph.unary(.neg, x) }
    guard x.kind.isUnsigned else {
      return graph.binary(.sub, graph.unary(.neg, x), 1)
    }
    let largest = Double(sign: .plus, exponent: (x.kind.dtype?.byteWidth ?? 4) * 8, significand: 1)
    return graph.minus(graph.scalar(largest - 1, like: x), x)
  }

  static func top(
    _ x: Tensor, _ count: Extent, sorted: Bool, _ graph: GraphBuilder
  ) -> (values: Tensor, places: Tensor) {
    let results = graph.addAll(
      .topKV2, [x, graph.scalar(count)],
      ["sorted": .flag(sorted), "index_type": .kind(.int32)],
      shapes: [x.shape.dropLast() + [count.known]])
    return (results[0], results[1])
  }

  static func top(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 1...32)
    guard let counts = try call.extents("k"), counts.count == 1,
      counts[0].known.map({ $0 >= 0 }) ?? true
    else { throw call.malformed("k", "a number") }
    if let size = x.dimension(-1), let count = counts[0].known, count > size {
      throw call.malformed("k", "\(size) at most")
    }
    let isSorted = try call.constant("sorted")?.bool ?? true
    let found = top(x, counts[0], sorted: isSorted, call.graph)
    let kind = try call.kind("index_type") ?? .int32
    return .list([.tensor(found.values), .tensor(call.graph.cast(found.places, to: kind))])
  }

  static func isInTop(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let targets = try call.tensor("targets", ranks: 1...1)
    let predictions = graph.cast(try call.tensor("predictions", ranks: 2...2), to: .float32)
    guard let count = try call.integer("k"), targets.kind == .int32 || targets.kind == .int64 else {
      throw call.malformed("targets", "integers of 32 or 64 bits, and a number k")
    }
    let k = graph.cast(graph.integer(count), to: targets.kind)
    return .tensor(graph.add(.inTopKV2, [predictions, targets, k], shape: targets.shape))
  }
}

/// Where elements are among others.
enum Searching {
  static func digitize(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    guard let bins = try call.constant("bins")?.array else {
      throw call.malformed("bins", "numbers")
    }
    var bounds: [Float] = []
    for bin in bins {
      guard let bound = bin.double else { throw call.malformed("bins", "numbers") }
      bounds.append(Float(bound))
    }
    let kind: ElementKind =
      switch x.kind {
      case .bool, .int8, .int16, .uint8, .uint16: .int32
      case .uint32: .int64
      case .float16, .bfloat16: .float32
      default: x.kind
      }
    return .tensor(
      graph.add(
        .bucketize, [graph.cast(x, to: kind)], ["boundaries": .reals(bounds)], shape: x.shape))
  }

  static func search(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let sequence = try call.tensor("sorted_sequence")
    let values = try call.tensor("values", as: sequence.kind)
    guard sequence.rank > 0, values.rank > 0 || sequence.rank == 1, sequence.kind == values.kind,
      sequence.rank == 1 || sequence.rank == values.rank
    else { throw call.malformed("sorted_sequence", "rows for those of the values, of one type") }
    let side = try call.text("side") ?? "left"
    guard ["left", "right"].contains(side) else { throw call.malformed("side", "left or right") }
    // Keras counts a sequence of unknown length in 64 bits.
    let isWide = !call.isTensorFlow && sequence.dimension(0) == nil
    let kind = try call.kind("out_type") ?? (isWide ? .int64 : .int32)
    // Rows of a sequence for rows of values; one row for all.
    let isShared = sequence.rank == 1
    let rows = matrix(sequence, graph.extent(of: sequence, -1), graph)
    let searched =
      isShared
      ? graph.reshape(values, to: [1, nil])
      : matrix(values, graph.extent(of: values, -1), graph)
    let found = graph.add(
      side == "left" ? .lowerBound : .upperBound, [rows, searched],
      ["out_type": .kind(kind)], shape: [nil, nil])
    return .tensor(graph.reshape(found, to: graph.extents(of: values)))
  }

  /// Rows of a length.
  private static func matrix(_ x: Tensor, _ length: Extent, _ graph: GraphBuilder) -> Tensor {
    graph.add(
      .reshape, [x, graph.vector([.known(-1), length])], shape: [nil, length.known])
  }

  static func isIn(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensors)
    let graph = call.graph
    // Whether they are known to differ says nothing of the result.
    _ = try call.flag("assume_unique")
    let equal = graph.binary(.equal, graph.expand(x, at: -1), Reshaping.flat(y, graph))
    let found = graph.reduce(.any, equal, along: [-1])
    return .tensor(try call.flag("invert") ? graph.unary(.logicalNot, found) : found)
  }

  static func counts(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x", ranks: 1...2), call.graph)
    if x.kind != .int64 { x = graph.cast(x, to: .int32) }
    guard call.value("weights") == nil else {
      throw call.unsupported("weights", "only counts are compiled")
    }
    let least = try call.integer("minlength", default: 0)
    let greatest = graph.reduce(.max, x, along: Array(x.shape.indices))
    let size = graph.binary(
      .maximum, graph.binary(.addV2, greatest, 1), graph.scalar(Double(least), like: x))
    let none = graph.constant(ConstantTensor([Int](), kind: .int32, dimensions: [0]))
    return .tensor(
      graph.add(.denseBincount, [x, size, none], shape: x.shape.dropLast() + [nil]))
  }
}
