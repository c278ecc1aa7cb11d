import TensorFlowGraph

/// How many axes of a layer's tensors are of space, and where their channels are. TensorFlow's
/// kernels for CPUs have the channels last, whatever the layer has.
struct SpatialLayout {
  /// Axes of space.
  let count: Int
  let isChannelsFirst: Bool

  /// - Parameter count: the axes of space; `nil`: as many as the class' name says, `Conv2D`.
  init(of layer: Layer, count: Int? = nil) throws(CompileError) {
    let named = layer.className.first(where: \.isWholeNumber)?.wholeNumberValue
    guard let count = count ?? named, (1...3).contains(count) else {
      throw .unknownLayer(location: layer.location, className: layer.className)
    }
    self.count = count
    switch try layer.settings.text("data_format")?.lowercased() {
    case nil, "channels_last": isChannelsFirst = false
    case "channels_first": isChannelsFirst = true
    default: throw layer.settings.malformed("data_format", "channels_first or channels_last")
    }
  }

  /// The axes of space in the layer's own order.
  var axes: [Int] { Array(isChannelsFirst ? 2..<2 + count : 1..<1 + count) }

  /// A layer's input with its channels last. It has one axis of examples.
  func channelsLast(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    isChannelsFirst ? graph.transpose(x, [0] + axes + [1]) : x
  }

  /// What has its channels last in the layer's own order.
  func restored(_ x: Tensor, in graph: GraphBuilder) -> Tensor {
    isChannelsFirst ? graph.transpose(x, [0, count + 1] + (1...count)) : x
  }
}

/// The windows that convolutions and pooling look through, one number for each axis of space.
struct SlidingWindow {
  let sizes: [Int]
  var strides: [Int]
  var dilations: [Int]
  /// Whether the input is padded so that each of its places, a stride apart, gets a window.
  var isSame: Bool

  /// - Parameter sizes: the window's, from 1.
  init(
    sizes: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, isSame: Bool = false
  ) {
    self.sizes = sizes
    self.strides = strides ?? sizes.map { _ in 1 }
    self.dilations = dilations ?? sizes.map { _ in 1 }
    self.isSame = isSame
  }

  /// The sizes with the gaps that dilation makes.
  var extents: [Int] { zip(sizes, dilations).map { ($0 - 1) * $1 + 1 } }

  /// The same window of one axis as one of two, the first of which is 1.
  var raised: SlidingWindow {
    SlidingWindow(
      sizes: [1] + sizes, strides: [1] + strides, dilations: [1] + dilations, isSame: isSame)
  }

  /// The strides, sizes or dilations as attributes with the channels last have them.
  static func attribute(_ numbers: [Int]) -> [Int] { [1] + numbers + [1] }

  var padding: String { isSame ? "SAME" : "VALID" }

  /// The shape of what comes of an input with its channels last.
  func result(of shape: PartialShape, channels: Int?) -> PartialShape {
    let places = zip(shape.dropFirst(), zip(extents, strides)).map { size, window -> Int? in
      guard let size else { return nil }
      let (extent, stride) = window
      return isSame ? (size + stride - 1) / stride : (max(0, size - extent + stride)) / stride
    }
    return shape.prefix(1) + places + [channels]
  }

  /// Fails for an input that is smaller than the window.
  func check(_ x: Tensor, of call: Call) throws(CompileError) {
    guard !isSame else { return }
    for (size, extent) in zip(x.shape.dropFirst(), extents) {
      if let size, size < extent {
        throw call.unfitting("at least \(extent) places", "\(size)")
      }
    }
  }
}

extension Settings {
  /// A number from 1 for each axis of space; one is for all.
  func sizes(
    _ field: String, count: Int, default value: Int = 1
  ) throws(CompileError) -> [Int] {
    let sizes = try integers(field, count: count, default: value)
    guard sizes.allSatisfy({ $0 > 0 }) else { throw malformed(field, "integers from 1") }
    return sizes
  }

  /// Whether `padding` is `same`.
  func isPaddedSame() throws(CompileError) -> Bool {
    switch try text("padding", default: "valid").lowercased() {
    case "valid": return false
    case "same": return true
    case let other: throw unsupported("padding", "\(other) is neither valid nor same")
    }
  }
}
