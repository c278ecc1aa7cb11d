/// `DepthwiseConv1D`, `DepthwiseConv2D`: each channel for itself.
/// keras/src/layers/convolutional/base_depthwise_conv.py of https://github.com/keras-team/keras
enum DepthwiseConvolution: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let layout = try SpatialLayout(of: layer)
    let x = layout.channelsLast(try call.input(rank: layout.count + 2), in: graph)
    let kernel = try layer.read("depthwise_kernel", rank: layout.count + 2, in: graph)
    let window = try ConvolutionLayer.window(of: layer, kernel, layout)
    try window.check(x, of: call)
    try fitting(x, kernel, of: call)
    return try ConvolutionLayer.finished(
      graph.depthwiseConvolution(x, kernel, window), of: layer, layout, in: graph)
  }

  /// Fails for an input that has other channels than the kernel's last axis but one.
  static func fitting(_ x: Tensor, _ kernel: Tensor, of call: Call) throws(CompileError) {
    guard let channels = kernel.dimension(-2), x.dimension(-1) ?? channels == channels else {
      throw call.unfitting("\(kernel.dimension(-2) ?? 0) channels", "\(x.dimension(-1) ?? 0)")
    }
  }
}

/// `SeparableConv1D`, `SeparableConv2D`: each channel for itself, then each place for itself.
/// keras/src/layers/convolutional/base_separable_conv.py of https://github.com/keras-team/keras
enum SeparableConvolution: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let layout = try SpatialLayout(of: layer)
    var x = layout.channelsLast(try call.input(rank: layout.count + 2), in: graph)
    let depthwise = try layer.read("depthwise_kernel", rank: layout.count + 2, in: graph)
    let pointwise = try layer.read("pointwise_kernel", rank: layout.count + 2, in: graph)
    let window = try ConvolutionLayer.window(of: layer, depthwise, layout)
    if try ConvolutionLayer.isCausal(layer) {
      x = ConvolutionLayer.causal(x, window, in: graph)
    }
    try window.check(x, of: call)
    try DepthwiseConvolution.fitting(x, depthwise, of: call)
    let parts = graph.depthwiseConvolution(x, depthwise, window)
    try DepthwiseConvolution.fitting(parts, pointwise, of: call)
    let point = SlidingWindow(sizes: [Int](repeating: 1, count: layout.count))
    return try ConvolutionLayer.finished(
      graph.convolution(parts, pointwise, point), of: layer, layout, in: graph)
  }
}

/// `Conv1DTranspose`, `Conv2DTranspose`, `Conv3DTranspose`.
/// keras/src/layers/convolutional/base_conv_transpose.py of https://github.com/keras-team/keras
enum TransposedConvolution: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let layout = try SpatialLayout(of: layer)
    let x = layout.channelsLast(try call.input(rank: layout.count + 2), in: graph)
    let kernel = try layer.read("kernel", rank: layout.count + 2, in: graph)
    let window = try ConvolutionLayer.window(of: layer, kernel, layout)
    guard let channels = kernel.dimension(-1), x.dimension(-1) ?? channels == channels else {
      throw call.unfitting("\(kernel.dimension(-1) ?? 0) channels", "\(x.dimension(-1) ?? 0)")
    }
    guard !(window.dilations.contains { $0 > 1 } && window.strides.contains { $0 > 1 }) else {
      throw layer.settings.unsupported("dilation_rate", "Keras has it without strides only")
    }
    let sizes = try sizes(of: layer, x, window, in: graph)
    let output = graph.transposedConvolution(x, kernel, window, to: sizes)
    return try ConvolutionLayer.finished(output, of: layer, layout, in: graph)
  }

  /// The result's sizes: `deconv_output_length` of
  /// https://github.com/keras-team/tf-keras/blob/master/tf_keras/src/utils/conv_utils.py
  private static func sizes(
    of layer: Layer, _ x: Tensor, _ window: SlidingWindow, in graph: GraphBuilder
  ) throws(CompileError) -> [Extent] {
    var padding: [Int]?
    if layer.settings["output_padding"] != nil {
      padding = try layer.settings.integers(
        "output_padding", count: window.sizes.count, default: 0)
    }
    var sizes: [Extent] = []
    for axis in window.sizes.indices {
      let (extent, stride) = (window.extents[axis], window.strides[axis])
      let size = graph.extent(of: x, axis + 1)
      guard let padding else {
        let added = window.isSame ? 0 : max(extent - stride, 0)
        sizes.append(graph.plus(graph.times(size, .known(stride)), .known(added)))
        continue
      }
      // Other sizes are of no convolution whose result has the input's size.
      let last = window.isSame ? extent % 2 + padding[axis] : padding[axis] + 1
      guard (1...stride).contains(last) else {
        throw layer.settings.unsupported(
          "output_padding", "TensorFlow has no transposed convolution of this size")
      }
      let covered = graph.times(graph.plus(size, .known(-1)), .known(stride))
      sizes.append(graph.plus(covered, .known(window.isSame ? last : extent + padding[axis])))
    }
    return sizes
  }
}
