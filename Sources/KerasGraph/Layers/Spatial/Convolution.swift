import Tensors

/// `Conv1D`, `Conv2D`, `Conv3D`.
/// keras/src/layers/convolutional/base_conv.py of https://github.com/keras-team/keras
enum Convolution: LayerLowering {
  /// More are in no model, and each is a node of its own.
  private static let mostGroups = 4096

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let layout = try SpatialLayout(of: layer)
    let kernel = try kernel(of: layer, layout, in: graph)
    let window = try ConvolutionLayer.window(of: layer, kernel, layout)
    let input = try ExamplesOfImages(call, layout, in: graph)
    var x = layout.channelsLast(input.flat, in: graph)
    if try ConvolutionLayer.isCausal(layer) {
      x = ConvolutionLayer.causal(x, window, in: graph)
    }
    try window.check(x, of: call)
    let output = try convolution(x, kernel, window, of: call, in: graph)
    return try ConvolutionLayer.finished(output, of: layer, layout, input, in: graph)
  }

  /// The kernel, with what was learned beside it (`enable_lora`), which a `.keras` file has added
  /// already.
  private static func kernel(
    of layer: Layer, _ layout: SpatialLayout, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let kernel = try layer.read("kernel", rank: layout.count + 2, in: graph)
    guard layer.has("lora_kernel_a"), let rank = try layer.settings.integer("lora_rank") else {
      return kernel
    }
    guard rank > 0 else { throw layer.settings.malformed("lora_rank", "an integer from 1") }
    let alpha = try layer.settings.number("lora_alpha", default: Double(rank))
    let added = graph.matmul(
      try layer.read("lora_kernel_a", rank: layout.count + 2, in: graph),
      try layer.read("lora_kernel_b", rank: 2, in: graph))
    return graph.plus(kernel, graph.binary(.mul, added, alpha / Double(rank)))
  }

  private static func convolution(
    _ x: Tensor, _ kernel: Tensor, _ window: SlidingWindow, of call: Call,
    in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let groups = try call.layer.settings.integer("groups", default: 1)
    guard let each = kernel.dimension(-2), let filters = kernel.dimension(-1), groups > 0,
      filters.isMultiple(of: groups)
    else { throw call.layer.settings.malformed("groups", "a divisor of the filters") }
    let (channels, overflow) = each.multipliedReportingOverflow(by: groups)
    guard !overflow, channels == x.dimension(-1) ?? channels else {
      throw call.unfitting("\(channels) channels", "\(x.dimension(-1) ?? 0)")
    }
    guard groups > 1 else { return graph.convolution(x, kernel, window) }
    if each == 1, window.sizes.count < 3 {
      let own = graph.reshape(kernel, to: window.sizes.map { $0 } + [channels, filters / groups])
      return graph.depthwiseConvolution(x, own, window)
    }
    // TensorFlow's operation knows groups, but not when it is fused with what follows, on CPUs.
    guard groups <= mostGroups else {
      throw call.layer.settings.unsupported("groups", "more than \(mostGroups)")
    }
    let parts = zip(
      graph.split(x, into: groups, along: -1), graph.split(kernel, into: groups, along: -1))
    return graph.concat(parts.map { graph.convolution($0, $1, window) }, along: -1)
  }
}

/// What the layers that convolve have in common.
enum ConvolutionLayer {
  /// The window, whose sizes are the kernel's.
  static func window(
    of layer: Layer, _ kernel: Tensor, _ layout: SpatialLayout
  ) throws(CompileError) -> SlidingWindow {
    let sizes = kernel.shape.prefix(layout.count).compactMap { $0 }
    let valid = 1...Int(Int32.max)
    guard sizes.count == layout.count, sizes.allSatisfy(valid.contains) else {
      throw .missingWeight(location: layer.location, weight: "a kernel of \(layout.count) axes")
    }
    return SlidingWindow(
      sizes: sizes, strides: try layer.settings.sizes("strides", count: layout.count),
      dilations: try layer.settings.sizes("dilation_rate", count: layout.count),
      isSame: try isCausal(layer) ? false : try layer.settings.isPaddedSame())
  }

  /// Whether no result depends on what comes later. Only layers along one axis can be so.
  static func isCausal(_ layer: Layer) throws(CompileError) -> Bool {
    try layer.settings.text("padding")?.lowercased() == "causal"
      && layer.className.contains("1D")
  }

  /// Pads in front, as far as the window looks back.
  static func causal(
    _ x: Tensor, _ window: SlidingWindow, in graph: GraphBuilder
  ) -> Tensor {
    let padding = window.extents.map { (before: $0 - 1, behind: 0) }
    return graph.pad(x, [(before: 0, behind: 0)] + padding + [(before: 0, behind: 0)])
  }

  /// Adds the bias and applies the activation.
  static func finished(
    _ output: Tensor, of layer: Layer, _ layout: SpatialLayout, _ input: ExamplesOfImages? = nil,
    in graph: GraphBuilder
  ) throws(CompileError) -> CallValue {
    var output = output
    if layer.has("bias") {
      let bias = try layer.read("bias", rank: 1, in: graph)
      output = graph.add(.biasAdd, [output, bias], shape: output.shape)
    }
    output = layout.restored(output, in: graph)
    if let input { output = input.restored(output, in: graph) }
    return .tensor(try Activation.apply("activation", of: layer, to: output, in: graph))
  }
}

/// An input whose axes of examples are one: Keras 2 convolves with any number of them.
struct ExamplesOfImages {
  let flat: Tensor
  /// The axes of examples, if they are several.
  private let leading: [Extent]

  init(
    _ call: Call, _ layout: SpatialLayout, in graph: GraphBuilder
  ) throws(CompileError) {
    let rank = layout.count + 2
    let input = try call.input(ranks: call.layer.dialect == .keras3 ? rank...rank : rank...16)
    guard input.rank > rank else {
      (flat, leading) = (input, [])
      return
    }
    let extents = graph.extents(of: input)
    leading = Array(extents.prefix(input.rank - rank + 1))
    let examples = leading.reduce(.known(1)) { graph.times($0, $1) }
    flat = graph.reshape(input, to: [examples] + extents.suffix(rank - 1))
  }

  func restored(_ output: Tensor, in graph: GraphBuilder) -> Tensor {
    guard !leading.isEmpty else { return output }
    return graph.reshape(output, to: leading + graph.extents(of: output).dropFirst())
  }
}
