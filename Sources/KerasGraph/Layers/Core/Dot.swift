import TensorFlowGraph
import Tensors

extension Merge {
  /// The products of two tensors along an axis of each, example by example.
  enum Dot: LayerLowering {
    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      let inputs = try Merge.sameKind(call, in: graph)
      guard inputs.count == 2, inputs.allSatisfy({ (2...16).contains($0.rank) }) else {
        throw call.unfitting("2 tensors of 2 axes or more", "\(inputs.map(\.shape))")
      }
      let settings = call.layer.settings
      guard let axes = try settings.integers("axes"), (1...2).contains(axes.count) else {
        throw settings.malformed("axes", "an axis, or one of each")
      }
      let places = [
        try call.axis(axes[0], of: inputs[0], field: "axes"),
        try call.axis(axes[axes.count - 1], of: inputs[1], field: "axes"),
      ]
      guard !places.contains(0) else { throw settings.malformed("axes", "axes behind the first") }
      var (x, y) = (inputs[0], inputs[1])
      guard GraphBuilder.canBe(x.dimension(places[0]), y.dimension(places[1])),
        GraphBuilder.canBe(x.dimension(0), y.dimension(0))
      else { throw call.unfitting("axes of one size", "\(x.shape) and \(y.shape)") }
      if try settings.flag("normalize", default: false) {
        x = normalized(
          try graph.floats(x, of: call.layer), along: places[0], of: call.layer, in: graph)
        y = normalized(y, along: places[1], of: call.layer, in: graph)
      }
      return .tensor(try product(x, places[0], y, places[1], call, in: graph))
    }

    /// Vectors of length 1, but for those that are almost 0.
    private static func normalized(
      _ x: Tensor, along axis: Int, of layer: Layer, in graph: GraphBuilder
    ) -> Tensor {
      let square = graph.reduce(
        .sum, graph.unary(.square, x), along: [axis], keepsDimensions: true)
      guard layer.dialect == .keras3 else {
        return graph.multiply(x, graph.unary(.rsqrt, graph.binary(.maximum, square, 1e-12)))
      }
      return graph.multiply(x, graph.binary(.minimum, graph.unary(.rsqrt, square), 1e7))
    }

    private static func product(
      _ x: Tensor, _ xAxis: Int, _ y: Tensor, _ yAxis: Int, _ call: Call, in graph: GraphBuilder
    ) throws(CompileError) -> Tensor {
      // [batch, rows, common] and [batch, common, columns]
      let rows = x.shape.indices.filter { $0 != 0 && $0 != xAxis }
      let columns = y.shape.indices.filter { $0 != 0 && $0 != yAxis }
      let left = try merged(
        graph.transpose(x, [0] + rows + [xAxis]), rows.count, at: 1, call, in: graph)
      let right = try merged(
        graph.transpose(y, [0, yAxis] + columns), columns.count, at: 2, call, in: graph)
      let matrix = graph.matmul(left, right)
      switch (rows.count, columns.count) {
      case (1, 1): return matrix
      case (0, _) where columns.count < 2: return graph.squeeze(matrix, [1])
      case (1, 0): return graph.squeeze(matrix, [2])
      default:
        let extents =
          [graph.extent(of: x, 0)] + rows.map { graph.extent(of: x, $0) }
          + columns.map { graph.extent(of: y, $0) }
        return graph.reshape(matrix, to: extents)
      }
    }

    /// So many axes from a place on as one.
    private static func merged(
      _ x: Tensor, _ count: Int, at place: Int, _ call: Call, in graph: GraphBuilder
    ) throws(CompileError) -> Tensor {
      guard count != 1 else { return x }
      let extents = graph.extents(of: x)
      let size = try graph.size(of: extents.dropFirst(place).prefix(count), call)
      return graph.reshape(
        x, to: Array(extents.prefix(place)) + [size] + Array(extents.dropFirst(place + count)))
    }
  }
}
