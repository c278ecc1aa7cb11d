/// `ZeroPadding1D` to `3D`.
/// keras/src/layers/reshaping/zero_padding2d.py of https://github.com/keras-team/keras
enum ZeroPadding: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layout = try SpatialLayout(of: call.layer)
    let input = try call.input(rank: layout.count + 2)
    let margins = try Margins.read("padding", of: call.layer, layout, default: 1)
    var padding = [(before: Int, behind: Int)](repeating: (0, 0), count: input.rank)
    for (axis, margin) in zip(layout.axes, margins) { padding[axis] = margin }
    return .tensor(graph.pad(input, padding))
  }
}

/// `Cropping1D` to `3D`.
/// keras/src/layers/reshaping/cropping2d.py of https://github.com/keras-team/keras
enum Cropping: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layout = try SpatialLayout(of: call.layer)
    let input = try call.input(rank: layout.count + 2)
    let margins = try Margins.read(
      "cropping", of: call.layer, layout, default: layout.count == 2 ? 0 : 1)
    var slices = [GraphBuilder.Slice](repeating: .all, count: input.rank)
    for (axis, margin) in zip(layout.axes, margins) {
      if let size = input.shape[axis], margin.before + margin.behind >= size {
        throw call.unfitting("more than \(margin.before + margin.behind) places", "\(size)")
      }
      slices[axis] = .range(margin.before, margin.behind == 0 ? nil : -margin.behind)
    }
    return .tensor(graph.slice(input, slices))
  }
}

/// What is added or taken before and behind each axis of space.
private enum Margins {
  /// One number for all, one or a pair for each axis; for a single axis the pair itself.
  static func read(
    _ field: String, of layer: Layer, _ layout: SpatialLayout, default value: Int
  ) throws(CompileError) -> [(before: Int, behind: Int)] {
    let settings = layer.settings
    let pairs: [[Int]]
    if let entries = settings.list(field), layout.count > 1 {
      var read: [[Int]] = []
      for entry in entries {
        let one = Settings(location: settings.location, json: [field: entry])
        read.append(try one.integers(field, count: 2, default: 0))
      }
      pairs = read
    } else {
      let pair = try settings.integers(field, count: 2, default: value)
      pairs = [[Int]](repeating: pair, count: layout.count)
    }
    guard pairs.count == layout.count, pairs.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else {
      throw settings.malformed(field, "sizes for \(layout.count) axes")
    }
    return pairs.map { (before: $0[0], behind: $0[1]) }
  }
}
