import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions that are more than one kind of step: integrals, correlations, whole numbers.
/// keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras
enum NumberFunctions {
  static let keras = TensorFunction.join([
    TensorFunction.table("Trapezoid", "y x dx=1.0 axis=-1", trapezoid),
    TensorFunction.table("Vander", "x N increasing=false", vandermonde),
    TensorFunction.table("Corrcoef", "x", correlations),
    TensorFunction.table("Correlate", "x1 x2 mode=\"valid\"", correlate),
    TensorFunction.table("Gcd", "x1 x2", ofWholeNumbers(commonDivisor)),
    TensorFunction.table("Lcm", "x1 x2", ofWholeNumbers(commonMultiple)),
    TensorFunction.table("UnravelIndex", "indices shape", unravel),
    TensorFunction.table(
      "DotProductAttention",
      "query key value bias mask scale is_causal=false flash_attention attn_logits_soft_cap",
      DotProducts.attention),
  ])

  private static func trapezoid(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    let y = call.cast(try call.tensor("y", ranks: 1...32), .float)
    let axis = try call.axis("axis", of: y.rank, default: -1)
    let moved = Moving.move(y, from: [axis], to: [y.rank - 1], graph)
    let whole = [GraphBuilder.Slice](repeating: .all, count: y.rank - 1)
    let heights = graph.binary(
      .mul,
      graph.plus(
        graph.slice(moved, whole + [.range(1, nil)]),
        graph.slice(moved, whole + [.range(nil, -1)])), 0.5)
    guard let places = try call.optionalTensor("x", as: y.kind) else {
      let width = try call.number("dx") ?? 1
      return .tensor(graph.reduce(.sum, graph.binary(.mul, heights, width), along: [-1]))
    }
    guard places.rank == 1 || places.rank == y.rank else { throw call.malformed("x", "places") }
    let floats = graph.cast(places, to: y.kind)
    let line =
      floats.rank == 1 ? floats : Moving.move(floats, from: [axis], to: [y.rank - 1], graph)
    let all = [GraphBuilder.Slice](repeating: .all, count: line.rank - 1)
    let widths = graph.minus(
      graph.slice(line, all + [.range(1, nil)]), graph.slice(line, all + [.range(nil, -1)]))
    return .tensor(graph.reduce(.sum, graph.multiply(heights, widths), along: [-1]))
  }

  /// The powers of each number.
  private static func vandermonde(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 1...1), call.graph)
    let given = try call.integer("N")
    guard given.map({ $0 >= 0 }) ?? true else { throw call.malformed("N", "a number of powers") }
    let count = given.map(Extent.known) ?? graph.extent(of: x, 0)
    let rising = Ranges.upTo(count, graph)
    let powers = try call.flag("increasing") ? rising : graph.reverse(rising, along: [0])
    let kind = try call.common([.kind(x.kind), .kind(.float32)])
    let result = graph.binary(
      .pow, graph.expand(graph.cast(x, to: kind), at: -1), graph.cast(powers, to: kind))
    return .tensor(graph.cast(result, to: x.kind))
  }

  private static func correlations(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (given, graph) = (try call.tensor("x", ranks: 2...32), call.graph)
    let x = given.kind.isFloating ? given : graph.cast(given, to: .float32)
    let centred = graph.minus(x, graph.reduce(.mean, x, along: [-1], keepsDimensions: true))
    let count = graph.cast(graph.scalar(graph.extent(of: x, -1)), to: x.kind)
    let covariance = graph.binary(
      .realDiv, graph.matmul(centred, centred, transposingSecond: true),
      graph.binary(.sub, count, 1))
    guard x.rank == 2 else { throw call.unsupported("x", "only matrices are compiled") }
    let deviation = graph.unary(
      .sqrt, graph.add(.matrixDiagPart, [covariance], shape: covariance.shape.dropLast()))
    let scale = graph.multiply(graph.expand(deviation, at: 1), graph.expand(deviation, at: 0))
    return .tensor(graph.clip(graph.binary(.realDiv, covariance, scale), from: -1, to: 1))
  }

  private static func correlate(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, y) = try call.pair("x1", "x2", .tensors)
    let graph = call.graph
    let kind: ElementKind =
      x.kind == .int64 ? .float64 : x.kind.isFloating ? x.kind : .float32
    guard x.rank == 1, y.rank == 1, let size = x.dimension(0), let width = y.dimension(0), width > 0
    else { throw call.malformed("x1", "two vectors of known lengths") }
    let (signal, kernel) = (graph.cast(x, to: kind), graph.cast(y, to: kind))
    let mode = try call.text("mode") ?? "valid"
    guard ["valid", "same", "full"].contains(mode) else { throw call.malformed("mode", "valid") }
    let padding = mode == "valid" ? 0 : width - 1
    guard size + 2 * padding >= width else { throw call.malformed("x1", "a longer vector") }
    let padded = graph.pad(signal, [(before: padding, behind: padding)])
    let result = graph.convolution(
      graph.reshape(padded, to: [1, size + 2 * padding, 1]),
      graph.reshape(kernel, to: [width, 1, 1]),
      SlidingWindow(sizes: [width]))
    let line = graph.squeeze(result, [0, 2])
    guard mode == "same" else { return .tensor(line) }
    let length = max(size, width)
    let start = (size + width - 1 - length) / 2
    return .tensor(graph.slice(line, [.range(start, start + length)]))
  }

  // MARK: Whole numbers

  private static func ofWholeNumbers(
    _ transform: @escaping @Sendable (GraphBuilder, Tensor, Tensor) -> Tensor
  ) -> TensorFunction.Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in
      let (x, y) = try call.pair("x1", "x2", .tensors)
      guard x.kind.isInteger else { throw call.malformed("x1", "integers") }
      return .tensor(transform(call.graph, x, y))
    }
  }

  /// Euclid's, in as many steps as the greatest numbers of 64 bits can need.
  private static func commonDivisor(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let shape = GraphBuilder.broadcast(x.shape, y.shape)
    let zero = graph.unary(.zerosLike, graph.plus(x, y))
    let pair = [x, y].map { graph.plus(Elements.absolute(graph, $0), zero) }
    let steps = x.kind.dtype.map { $0.byteWidth * 12 } ?? 96
    let found = graph.loop(.known(steps), carrying: pair) { step, _, pair in
      let (a, b) = (pair[0], pair[1])
      let isZero = step.binary(.equal, b, 0)
      let rest = step.binary(.floorMod, a, step.select(isZero, step.unary(.onesLike, b), b))
      return [step.select(isZero, a, b), step.select(isZero, b, rest)]
    }
    return found.first ?? Tensor(source: x.source, kind: x.kind, shape: shape, builder: x.builder)
  }

  private static func commonMultiple(_ graph: GraphBuilder, _ x: Tensor, _ y: Tensor) -> Tensor {
    let (a, b) = (Elements.absolute(graph, x), Elements.absolute(graph, y))
    let divisor = commonDivisor(graph, a, b)
    let isZero = graph.binary(.equal, divisor, 0)
    let safe = graph.select(isZero, graph.unary(.onesLike, divisor), divisor)
    let result = graph.multiply(a, graph.binary(.floorDiv, b, safe))
    return graph.select(isZero, graph.unary(.zerosLike, result), result)
  }

  /// Places in a row as places in a shape. Keras takes the axes of several rows from the first on.
  private static func unravel(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let graph = call.graph
    var rest = try call.tensor("indices")
    guard let sizes = try call.integers("shape"), sizes.allSatisfy({ $0 > 0 }), sizes.count <= 32,
      rest.kind.isInteger
    else { throw call.malformed("shape", "sizes") }
    let isRow = rest.rank == 1
    var places: [Tensor] = []
    for size in isRow ? sizes.reversed() : sizes {
      places.append(graph.binary(.floorMod, rest, Double(size)))
      rest = graph.binary(.floorDiv, rest, Double(size))
    }
    return .list(places.reversed().map(CallValue.tensor))
  }
}
