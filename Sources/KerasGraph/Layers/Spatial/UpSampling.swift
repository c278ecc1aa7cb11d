import Tensors

/// `UpSampling1D` to `3D`: more places, nearly always the same number several times.
/// keras/src/layers/reshaping/up_sampling2d.py of https://github.com/keras-team/keras
enum UpSampling: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let layout = try SpatialLayout(of: layer)
    let factors = try layer.settings.sizes("size", count: layout.count, default: 2)
    let x = layout.channelsLast(try call.input(rank: layout.count + 2), in: graph)
    guard layout.count == 2 else {
      return .tensor(layout.restored(repeated(x, factors, in: graph), in: graph))
    }
    let method = try Interpolation.read(of: layer, default: "nearest")
    let sizes = zip(1..., factors).map { axis, factor in
      graph.times(graph.extent(of: x, axis), .known(factor))
    }
    var resized = graph.resize(x, to: sizes, by: method, antialias: false)
    // Resizing gives 32 bits. Keras 2 leaves it at that.
    if layer.dialect == .keras3 {
      resized = graph.narrowed(resized, to: x.kind, saturating: true)
    }
    return .tensor(layout.restored(resized, in: graph))
  }

  /// Repeats each place along one axis, or along three.
  private static func repeated(
    _ x: Tensor, _ factors: [Int], in graph: GraphBuilder
  ) -> Tensor {
    let extents = graph.extents(of: x)
    let more = zip(extents.dropFirst(), factors).map { graph.times($0, .known($1)) }
    if factors.count == 1 {
      let flat = graph.expand(x, at: 2)
      let resized = graph.resize(flat, to: [more[0], .known(1)], by: .nearest, antialias: false)
      return graph.squeeze(resized, [2])
    }
    // Two axes of each slice, and then the third with these two as one.
    let slices = graph.reshape(
      x, to: [graph.times(extents[0], extents[1])] + extents.dropFirst(2))
    let planes = graph.resize(slices, to: [more[1], more[2]], by: .nearest, antialias: false)
    let plane = graph.times(more[1], more[2])
    let rows = graph.reshape(planes, to: [extents[0], extents[1], plane, extents[4]])
    let all = graph.resize(rows, to: [more[0], plane], by: .nearest, antialias: false)
    return graph.reshape(all, to: [extents[0]] + more + [extents[4]])
  }
}
