import Tensors

/// `AdaptiveMaxPooling1D` to `3D`: the largest of each of so many parts.
/// keras/src/layers/pooling/base_adaptive_pooling.py of https://github.com/keras-team/keras
enum AdaptiveMaxPooling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    try AdaptivePooling.lower(call, .largest, in: graph)
  }
}

/// `AdaptiveAveragePooling1D` to `3D`: the mean of each of so many parts.
enum AdaptiveAveragePooling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    try AdaptivePooling.lower(call, .mean, in: graph)
  }
}

private enum AdaptivePooling {
  /// More parts are in no model, and each is a number in the graph.
  private static let mostParts = 65_536

  static func lower(
    _ call: Call, _ pooling: Pooling, in graph: GraphBuilder
  ) throws(CompileError) -> CallValue {
    let settings = call.layer.settings
    let layout = try SpatialLayout(of: call.layer)
    let counts = try settings.sizes("output_size", count: layout.count)
    var x = layout.channelsLast(try call.input(rank: layout.count + 2), in: graph)
    for (axis, count) in counts.enumerated() {
      guard let size = x.shape[axis + 1], size > 0 else {
        throw call.unfitting("sizes that are known", "unknown ones")
      }
      guard count <= mostParts else {
        throw settings.unsupported("output_size", "more than \(mostParts)")
      }
      x = parts(of: x, along: axis, layout.count, count, size, pooling, in: graph)
    }
    return .tensor(layout.restored(x, in: graph))
  }

  /// Pools one axis with windows of the two sizes that parts have, and takes those that are parts:
  /// `_adaptive_average_pool2d` of keras/src/backend/tensorflow/nn.py.
  private static func parts(
    of x: Tensor, along axis: Int, _ axes: Int, _ count: Int, _ size: Int, _ pooling: Pooling,
    in graph: GraphBuilder
  ) -> Tensor {
    func pool(_ width: Int) -> Tensor {
      var sizes = [Int](repeating: 1, count: axes)
      sizes[axis] = width
      return pooling.pool(x, SlidingWindow(sizes: sizes), in: graph)
    }
    let small = (size + count - 1) / count
    var places: [Int] = []
    var hasBig = false
    for part in 0..<count {
      // Keras rounds the bounds as numbers of 32 bits.
      let bounds = [Float(part), Float(part + 1)].map { $0 * Float(size) / Float(count) }
      let start = min(Int(bounds[0].rounded(.down)), size - 1)
      let isBig = min(Int(bounds[1].rounded(.up)), size) - start == small + 1
      places.append(isBig ? start + size - small + 1 : start)
      hasBig = hasBig || isBig
    }
    let windows = hasBig ? [pool(small), pool(small + 1)] : [pool(small)]
    return graph.gather(
      graph.concat(windows, along: axis + 1), at: graph.integers(places), along: axis + 1)
  }
}
