import StrictJSON
import TensorFlowGraph
import Tensors

/// What becomes of images, one or a batch.
enum Pictures {
  /// A batch of images with their channels last, and how the result is given back.
  struct Batch {
    let x: Tensor
    let isSingle: Bool
    let isChannelsFirst: Bool

    init(_ call: FunctionCall) throws(CompileError) {
      let given = try call.tensor("x", ranks: 3...4)
      isSingle = given.rank == 3
      let format = try call.text("data_format") ?? "channels_last"
      guard ["channels_last", "channels_first", "NHWC", "NCHW"].contains(format) else {
        throw call.malformed("data_format", "channels_first or channels_last")
      }
      isChannelsFirst = format == "channels_first" || format == "NCHW"
      let batch = isSingle ? call.graph.expand(given, at: 0) : given
      x = isChannelsFirst ? call.graph.transpose(batch, [0, 2, 3, 1]) : batch
    }

    func restored(_ result: Tensor, _ graph: GraphBuilder) -> Tensor {
      let ordered = isChannelsFirst ? graph.transpose(result, [0, 3, 1, 2]) : result
      return isSingle ? graph.squeeze(ordered, [0]) : ordered
    }
  }

  // MARK: Sizes

  private static func method(_ call: FunctionCall) throws(CompileError) -> Interpolation {
    let name = try call.text("interpolation") ?? "bilinear"
    guard let method = Interpolation(rawValue: name) else {
      throw call.unsupported("interpolation", "\(name) is not known")
    }
    return method
  }

  private static func sizes(_ call: FunctionCall) throws(CompileError) -> [Extent] {
    guard let sizes = try call.extents("size"), sizes.count == 2,
      sizes.allSatisfy({ $0.known.map { $0 > 0 } ?? true })
    else { throw call.malformed("size", "a height and a width") }
    return sizes
  }

  static func kerasResize(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    guard try !call.flag("pad_to_aspect_ratio") else {
      throw call.unsupported("pad_to_aspect_ratio", "the layer Resizing does this")
    }
    // They say what is padded with.
    _ = (call.value("fill_mode"), call.value("fill_value"))
    let sizes = try sizes(call)
    var x = images.x
    if try call.flag("crop_to_aspect_ratio") {
      guard let height = sizes[0].known, let width = sizes[1].known else {
        throw call.malformed("size", "a height and a width")
      }
      let box = graph.largestBox(of: x, height: height, width: width, isDouble: false)
      x = graph.crop(x, to: box)
    }
    let resized = graph.resize(
      x, to: sizes, by: try method(call), antialias: try call.flag("antialias"))
    let result = try asGiven(resized, images.x.kind, call)
    return .tensor(images.restored(result, graph))
  }

  /// Keras 3 gives images back in the type that they had.
  private static func asGiven(
    _ x: Tensor, _ kind: ElementKind, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    guard x.kind != kind, kind.isInteger else { return call.graph.cast(x, to: kind) }
    return Types.saturated(call.graph.unary(.round, x), kind, call.graph)
  }

  static func tensorFlowResize(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    return .tensor(
      images.restored(
        graph.resize(
          images.x, to: try sizes(call), by: try method(call),
          antialias: try call.flag("antialias")), graph))
  }

  /// What is cut off, or added, on the sides of an axis: two of before, behind and the size that is
  /// to be.
  private static func margins(
    _ call: FunctionCall, _ before: String, _ behind: String, _ target: String, of size: Int?,
    grows: Bool
  ) throws(CompileError) -> (before: Int, behind: Int) {
    let (first, second) = (try call.integer(before), try call.integer(behind))
    let change = try call.integer(target).flatMap { target in
      size.map { grows ? target - $0 : $0 - target }
    }
    let margins: (before: Int, behind: Int)?
    switch (first, second, change) {
    case (let first?, let second?, _): margins = (first, second)
    case (let first?, nil, let change?): margins = (first, change - first)
    case (nil, let second?, let change?): margins = (change - second, second)
    default: margins = nil
    }
    guard let margins, margins.before >= 0, margins.behind >= 0 else {
      throw call.malformed(target, "two of \(before), \(behind) and \(target)")
    }
    return margins
  }

  static func crop(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    let x = images.x
    let rows = try margins(
      call, "top", "bottom", "target_height", of: x.dimension(1), grows: false)
    let columns = try margins(
      call, "left", "right", "target_width", of: x.dimension(2), grows: false)
    let slices = [rows, columns].map { margin in
      GraphBuilder.Slice.range(margin.before, margin.behind == 0 ? nil : -margin.behind)
    }
    return .tensor(images.restored(graph.slice(x, [.all] + slices), graph))
  }

  static func pad(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    let x = images.x
    let rows = try margins(call, "top", "bottom", "target_height", of: x.dimension(1), grows: true)
    let columns = try margins(
      call, "left", "right", "target_width", of: x.dimension(2), grows: true)
    let none = (before: 0, behind: 0)
    return .tensor(images.restored(graph.pad(x, [none, rows, columns, none]), graph))
  }

  static func blocks(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    guard let size = try call.integer("block_size"), size >= 2, size <= 1 << 15, !images.isSingle
    else { throw call.malformed("block_size", "2 or more, for a batch of images") }
    let x = images.x
    let (rows, columns, channels) = (x.dimension(1), x.dimension(2), x.dimension(3))
    let grows = operation == .depthToSpace
    func scaled(_ value: Int?, _ factor: Int, up: Bool) -> Int? {
      value.map { up ? $0 &* factor : $0 / factor }
    }
    let shape = [
      x.dimension(0), scaled(rows, size, up: grows), scaled(columns, size, up: grows),
      scaled(channels, size * size, up: !grows),
    ]
    let result = graph.add(operation, [x], ["block_size": .integer(size)], shape: shape)
    return .tensor(images.restored(result, graph))
  }

  // MARK: Colours

  static func convert(
    _ call: FunctionCall, _ operation: Operation
  ) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    guard images.x.kind.isFloating else { throw call.malformed("images", "floats") }
    return .tensor(images.restored(graph.unary(operation, images.x), graph))
  }

  /// The shares of red, green and blue, summed in float32.
  private static func gray(_ x: Tensor, _ graph: GraphBuilder) -> Tensor {
    let weights = graph.constant(
      ConstantTensor([0.2989, 0.5870, 0.1140], kind: x.kind, dimensions: [3]))
    return graph.reduce(.sum, graph.multiply(x, weights), along: [-1], keepsDimensions: true)
  }

  static func grayscale(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (images, graph) = (try Batch(call), call.graph)
    let computed = try call.common([.kind(images.x.kind), .float])
    let result = gray(graph.cast(images.x, to: computed), graph)
    return .tensor(images.restored(graph.cast(result, to: images.x.kind), graph))
  }

  static func tensorFlowGrayscale(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 3...32)
    guard x.kind.isFloating else { throw call.unsupported("images", "only floats are compiled") }
    let graph = call.graph
    return .tensor(graph.cast(gray(graph.cast(x, to: .float32), graph), to: x.kind))
  }

  /// With a mean of 0 and a deviation of 1 for each image, in float32.
  static func standardize(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (given, graph) = (try call.tensor("x", ranks: 3...32), call.graph)
    let x = graph.cast(given, to: .float32)
    let axes = Array((x.rank - 3)..<x.rank)
    let reduction = Reduction(graph: graph, x: x, axes: axes, keeps: true)
    let count = axes.map { graph.extent(of: x, $0) }.reduce(Extent.known(1)) { graph.times($0, $1) }
    let least = graph.unary(.rsqrt, graph.cast(graph.scalar(count), to: .float32))
    let deviation = graph.binary(.maximum, reduction.deviation, least)
    let centred = graph.minus(x, reduction.reduced(.mean))
    let result = graph.binary(.realDiv, centred, deviation)
    return .tensor(graph.cast(result, to: given.kind.isFloating ? given.kind : .float32))
  }

  static func colored(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x", ranks: 3...32)
    let times = [Extent](repeating: .known(1), count: x.rank - 1) + [.known(3)]
    return .tensor(call.graph.tile(x, times))
  }
}
