import TensorFlowGraph
import Tensors

/// `MaxPooling1D` to `3D`: the largest in each window.
/// keras/src/layers/pooling/base_pooling.py of https://github.com/keras-team/keras
enum MaxPooling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    try Pooling.lower(call, .largest, in: graph)
  }
}

/// `AveragePooling1D` to `3D`: the mean of each window, of what is not padding.
enum AveragePooling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    try Pooling.lower(call, .mean, in: graph)
  }
}

/// What a window comes to.
enum Pooling {
  case largest
  case mean

  private func operation(_ axes: Int) -> Operation {
    switch self {
    case .largest: axes < 3 ? .maxPool : .maxPool3D
    case .mean: axes < 3 ? .avgPool : .avgPool3D
    }
  }

  fileprivate static func lower(
    _ call: Call, _ pooling: Pooling, in graph: GraphBuilder
  ) throws(CompileError) -> CallValue {
    let settings = call.layer.settings
    let layout = try SpatialLayout(of: call.layer)
    let sizes = try settings.sizes("pool_size", count: layout.count, default: 2)
    let strides =
      settings["strides"] == nil ? sizes : try settings.sizes("strides", count: layout.count)
    let window = SlidingWindow(
      sizes: sizes, strides: strides, isSame: try settings.isPaddedSame())
    let x = layout.channelsLast(try call.input(rank: layout.count + 2), in: graph)
    try window.check(x, of: call)
    return .tensor(layout.restored(pooling.pool(x, window, in: graph), in: graph))
  }

  /// - Parameter x: has its channels last.
  func pool(_ x: Tensor, _ window: SlidingWindow, in graph: GraphBuilder) -> Tensor {
    if window.sizes.count == 1 {
      return graph.squeeze(pool(graph.expand(x, at: 1), window.raised, in: graph), [1])
    }
    return graph.add(
      operation(window.sizes.count), [x],
      [
        "ksize": .integers(SlidingWindow.attribute(window.sizes)),
        "strides": .integers(SlidingWindow.attribute(window.strides)),
        "padding": .text(window.padding),
      ], shape: window.result(of: x.shape, channels: x.dimension(-1)))
  }
}

/// `GlobalMaxPooling1D` to `3D`.
/// keras/src/layers/pooling/base_global_pooling.py of https://github.com/keras-team/keras
enum GlobalMaxPooling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layout = try SpatialLayout(of: call.layer)
    return .tensor(
      graph.reduce(
        .max, try call.input(rank: layout.count + 2), along: layout.axes,
        keepsDimensions: try call.layer.settings.flag("keepdims", default: false)))
  }
}

/// `GlobalAveragePooling1D` to `3D`. That of one axis leaves out what the mask does.
enum GlobalAveragePooling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layout = try SpatialLayout(of: call.layer)
    let x = try call.input(rank: layout.count + 2)
    let keeps = try call.layer.settings.flag("keepdims", default: false)
    if layout.count == 1, let mask = call.mask?.tensor {
      guard mask.rank == 2 else { throw call.unfitting("a mask of rank 2", "rank \(mask.rank)") }
      return .tensor(masked(x, mask, call.layer.dialect, layout, keeps, in: graph))
    }
    // Keras 3 sums halves, and integers, as `float32`.
    let isWide = call.layer.dialect != .keras3 || x.kind == .float32 || x.kind == .float64
    let mean = graph.reduce(
      .mean, isWide ? x : graph.cast(x, to: .float32), along: layout.axes, keepsDimensions: keeps)
    return .tensor(x.kind.isFloating ? graph.cast(mean, to: x.kind) : mean)
  }

  private static func masked(
    _ x: Tensor, _ mask: Tensor, _ dialect: Dialect, _ layout: SpatialLayout, _ keeps: Bool,
    in graph: GraphBuilder
  ) -> Tensor {
    let steps = graph.expand(mask, at: layout.isChannelsFirst ? 1 : 2)
    let weights = graph.cast(steps, to: x.kind)
    // Keras 2 multiplies, so that what is not finite stays so.
    let kept =
      dialect == .keras3
      ? graph.select(steps, x, graph.scalar(0, like: x)) : graph.multiply(x, weights)
    let sums = [kept, weights].map {
      graph.reduce(.sum, $0, along: layout.axes, keepsDimensions: keeps)
    }
    return graph.binary(.realDiv, sums[0], sums[1])
  }
}
