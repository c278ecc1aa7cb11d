import StrictJSON
import TensorFlowGraph
import Tensors

/// Convolutions and pooling as functions.
/// keras/src/ops/nn.py of https://github.com/keras-team/keras, tensorflow/python/ops/nn_ops.py of
/// https://github.com/tensorflow/tensorflow
enum WindowFunctions {
  private static let pooling =
    "inputs:x pool_size:ksize strides padding=\"valid\" data_format"
  private static let convolution =
    "inputs:x kernel:filters strides=1 padding=\"valid\" data_format dilation_rate:dilations=1"

  static let keras = TensorFunction.join([
    TensorFunction.table("MaxPool", pooling, pool(.largest)),
    TensorFunction.table("AveragePool", pooling, pool(.mean)),
    TensorFunction.table("Conv", convolution, Windows.convolve),
    TensorFunction.table(
      "Unfold", "x kernel_size:sizes dilation:rates=1 padding=0 stride:strides=1", Patches.unfold),
    TensorFunction.table("DepthwiseConv", convolution, Windows.convolveEach),
    TensorFunction.table(
      "SeparableConv",
      "inputs:x depthwise_kernel:filters pointwise_kernel strides=1 padding=\"valid\" data_format "
        + "dilation_rate:dilations=1", Windows.convolveSeparably),
  ])

  private static func pool(_ pooling: Pooling) -> TensorFunction.Body {
    { (call: FunctionCall) throws(CompileError) -> CallValue in try Windows.pool(call, pooling) }
  }

  private static func tensorFlowPool(
    _ name: String, _ pooling: Pooling
  ) -> [String: TensorFunction] {
    TensorFunction.join([
      TensorFunction.table(
        "nn.\(name) nn.\(name)1d nn.\(name)2d nn.\(name)3d",
        "input:x ksize strides padding data_format", pool(pooling)),
      TensorFunction.table(
        "compat.v1.nn.\(name)", "value:x ksize strides padding data_format input:x", pool(pooling)),
    ])
  }

  static let tensorFlow = TensorFunction.join([
    tensorFlowPool("max_pool", .largest), tensorFlowPool("avg_pool", .mean),
    TensorFunction.table(
      "nn.conv1d", "input:x filters stride:strides padding data_format dilations=1",
      Windows.convolve),
    TensorFunction.table(
      "nn.conv2d nn.conv3d nn.convolution",
      "input:x filters strides=1 padding=\"VALID\" data_format dilations=1", Windows.convolve),
    TensorFunction.table(
      "nn.conv1d_transpose nn.conv2d_transpose nn.conv3d_transpose",
      "input:x filters output_shape strides padding=\"SAME\" data_format dilations=1",
      Windows.transposed),
    TensorFunction.table(
      "compat.v1.nn.conv1d",
      "value:x filters stride:strides padding use_cudnn_on_gpu=true data_format input:x "
        + "dilations=1",
      Windows.convolve),
    TensorFunction.table(
      "compat.v1.nn.conv2d compat.v1.nn.conv3d",
      "input:x filter:filters strides=1 padding=\"VALID\" use_cudnn_on_gpu=true data_format "
        + "dilations=1 filters", Windows.convolve),
    TensorFunction.table(
      "compat.v1.nn.depthwise_conv2d",
      "input:x filter:filters strides padding rate:dilations data_format dilations=1",
      Windows.convolveEach),
    TensorFunction.table(
      "nn.depthwise_conv2d", "input:x filter:filters strides padding data_format dilations=1",
      Windows.convolveEach),
  ])
}

/// A tensor that windows slide over, with its channels last, and how the windows slide.
enum Windows {
  private struct Field {
    let x: Tensor
    let window: SlidingWindow
    let layout: SpatialLayout

    /// - Parameter isWide: whether windows may be larger than the tensor.
    init(
      _ call: FunctionCall, sizes: [Int]?, dilates: Bool = false, isWide: Bool = false
    ) throws(CompileError) {
      let given = try call.tensor("x", ranks: 3...5)
      let count = given.rank - 2
      let format = try call.text("data_format") ?? ""
      layout = SpatialLayout(
        count: count, isChannelsFirst: format == "channels_first" || format.hasPrefix("NC"))
      let own = sizes == nil ? try Self.numbers("ksize", count, layout, call) : []
      let sizes = sizes ?? own
      let strides =
        call.value("strides") == nil ? sizes : try Self.numbers("strides", count, layout, call)
      let dilations = dilates ? try Self.numbers("dilations", count, layout, call) : nil
      let padding = try call.text("padding")?.lowercased() ?? "valid"
      guard ["valid", "same"].contains(padding) else {
        throw call.unsupported("padding", "\(padding) is neither valid nor same")
      }
      guard sizes.count == count, sizes.allSatisfy({ $0 > 0 }) else {
        throw call.malformed("kernel", "a window of \(count) axes")
      }
      window = SlidingWindow(
        sizes: sizes, strides: strides, dilations: dilations, isSame: padding == "same")
      x = layout.channelsLast(given, in: call.graph)
      for (size, extent) in zip(x.shape.dropFirst(), window.extents) {
        guard window.isSame || isWide || size == nil || size ?? 0 >= extent else {
          throw call.malformed("x", "at least \(extent) places")
        }
      }
    }

    /// Numbers for the axes of space; TensorFlow also has them for all axes.
    private static func numbers(
      _ name: String, _ count: Int, _ layout: SpatialLayout, _ call: FunctionCall
    ) throws(CompileError) -> [Int] {
      guard var numbers = try call.integers(name) else { return Array(repeating: 1, count: count) }
      if numbers.count == count + 2, count > 0 {
        numbers = layout.isChannelsFirst ? Array(numbers.dropFirst(2)) : Array(numbers[1...count])
      }
      if numbers.count == 1 { numbers = Array(repeating: numbers[0], count: count) }
      guard numbers.count == count, numbers.allSatisfy({ (1...(1 << 20)).contains($0) }) else {
        throw call.malformed(name, "\(count) numbers above 0")
      }
      return numbers
    }
  }

  static func pool(_ call: FunctionCall, _ pooling: Pooling) throws(CompileError) -> CallValue {
    let field = try Field(call, sizes: nil)
    let result = pooling.pool(field.x, field.window, in: call.graph)
    return .tensor(field.layout.restored(result, in: call.graph))
  }

  /// The kernel, and its sizes along the axes of space.
  private static func kernel(_ call: FunctionCall) throws(CompileError) -> (Tensor, [Int]) {
    let x = try call.tensor("x", ranks: 3...5)
    let kernel = call.graph.cast(try call.tensor("filters", as: x.kind), to: x.kind)
    let sizes = kernel.shape.dropLast(2).compactMap { $0 }
    guard kernel.rank == x.rank, sizes.count == x.rank - 2 else {
      throw call.malformed("kernel", "a kernel of \(x.rank) dimensions")
    }
    return (kernel, sizes)
  }

  static func convolve(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (kernel, sizes) = try kernel(call)
    let field = try Field(call, sizes: sizes, dilates: true)
    guard kernel.dimension(-2) == field.x.dimension(-1) else {
      throw call.unsupported("kernel", "it is for other channels, or for groups of them")
    }
    let result = call.graph.convolution(field.x, kernel, field.window)
    return .tensor(field.layout.restored(result, in: call.graph))
  }

  /// TensorFlow's, which is told the sizes of the result. Keras 3.15.1's operation does not run.
  static func transposed(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (kernel, sizes) = try kernel(call)
    let field = try Field(call, sizes: sizes, dilates: true, isWide: true)
    guard !field.window.dilations.contains(where: { $0 > 1 }) else {
      throw call.unsupported("dilations", "TensorFlow has none on CPUs")
    }
    guard let told = try call.extents("output_shape"), told.count == field.x.rank,
      told.allSatisfy({ $0.known.map { $0 >= 0 } ?? true })
    else { throw call.malformed("output_shape", "\(field.x.rank) sizes") }
    let result = call.graph.transposedConvolution(
      field.x, kernel, field.window, to: field.layout.axes.map { told[$0] })
    return .tensor(field.layout.restored(result, in: call.graph))
  }

  static func convolveEach(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let field = try each(call)
    return .tensor(field.layout.restored(field.result, in: call.graph))
  }

  private static func each(
    _ call: FunctionCall
  ) throws(CompileError) -> (result: Tensor, layout: SpatialLayout) {
    let (kernel, sizes) = try kernel(call)
    let field = try Field(call, sizes: sizes, dilates: true)
    guard sizes.count <= 2 else { throw call.malformed("kernel", "one axis of space or two") }
    return (call.graph.depthwiseConvolution(field.x, kernel, field.window), field.layout)
  }

  static func convolveSeparably(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let field = try each(call)
    let x = field.result
    let mixing = call.graph.cast(try call.tensor("pointwise_kernel", as: x.kind), to: x.kind)
    guard mixing.rank == x.rank else { throw call.malformed("pointwise_kernel", "a kernel") }
    let point = SlidingWindow(sizes: Array(repeating: 1, count: x.rank - 2))
    return .tensor(field.layout.restored(call.graph.convolution(x, mixing, point), in: call.graph))
  }
}

extension SpatialLayout {
  /// - Parameter count: the axes of space, one to three.
  init(count: Int, isChannelsFirst: Bool) {
    self.count = count
    self.isChannelsFirst = isChannelsFirst
  }
}
