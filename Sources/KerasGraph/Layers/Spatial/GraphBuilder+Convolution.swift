import TensorFlowGraph

/// Convolutions of tensors with their channels last.
extension GraphBuilder {
  /// A convolution along one to three axes.
  ///
  /// - Parameter kernel: the window, the channels that go in, and those that come out.
  func convolution(_ x: Tensor, _ kernel: Tensor, _ window: SlidingWindow) -> Tensor {
    switch window.sizes.count {
    case 1:
      let raised = convolution(expand(x, at: 1), expand(kernel, at: 0), window.raised)
      return squeeze(raised, [1])
    case 2:
      return convolution(
        .conv2D, x, kernel, window,
        [
          "dilations": .integers(SlidingWindow.attribute(window.dilations))
        ])
    default:
      guard window.dilations.contains(where: { $0 > 1 }) else {
        return convolution(.conv3D, x, kernel, window)
      }
      return decomposed(x, window) { convolution(.conv3D, $0, kernel, $1) }
    }
  }

  /// A convolution of each channel for itself, along one or two axes.
  ///
  /// - Parameter kernel: the window, the channels, and how many come of each.
  func depthwiseConvolution(_ x: Tensor, _ kernel: Tensor, _ window: SlidingWindow) -> Tensor {
    if window.sizes.count == 1 {
      var raised = window.raised
      // The kernels of TensorFlow want strides that are equal.
      raised.strides = window.strides + window.strides
      return squeeze(
        depthwiseConvolution(expand(x, at: 1), expand(kernel, at: 0), raised), [1])
    }
    if window.strides.allSatisfy({ $0 == window.strides.first }),
      window.dilations.allSatisfy({ $0 == 1 })
    {
      return convolution(.depthwiseConv2dNative, x, kernel, window)
    }
    return decomposed(x, window) { convolution(.depthwiseConv2dNative, $0, kernel, $1) }
  }

  /// A convolution whose dilation, or strides that differ, TensorFlow's operation does not know:
  /// without strides, and then every so many places.
  private func decomposed(
    _ x: Tensor, _ window: SlidingWindow, _ body: (Tensor, SlidingWindow) -> Tensor
  ) -> Tensor {
    let padded = window.isSame ? padSame(x, for: window) : x
    let all = dilated(
      padded, by: SlidingWindow(sizes: window.sizes, dilations: window.dilations), body)
    guard window.strides.contains(where: { $0 > 1 }) else { return all }
    return slice(all, [.all] + window.strides.map { .range(nil, nil, step: $0) })
  }

  private func convolution(
    _ operation: Operation, _ x: Tensor, _ kernel: Tensor, _ window: SlidingWindow,
    _ attributes: [String: AttributeValue] = [:]
  ) -> Tensor {
    var channels = kernel.dimension(-1)
    if operation == .depthwiseConv2dNative {
      channels = kernel.dimension(-2).flatMap { count in
        channels.flatMap { count.multipliedReportingOverflow(by: $0).partialValue }
      }
    }
    let all: [String: AttributeValue] = [
      "strides": .integers(SlidingWindow.attribute(window.strides)),
      "padding": .text(window.padding),
    ]
    return add(
      operation, [x, kernel], all.merging(attributes) { $1 },
      shape: window.result(of: x.shape, channels: channels))
  }

  /// The transpose of a convolution along one to three axes: what its gradient is.
  ///
  /// - Parameters:
  ///   - kernel: the window, the channels that come out, and those that go in.
  ///   - sizes: the result's, along the axes of space.
  func transposedConvolution(
    _ x: Tensor, _ kernel: Tensor, _ window: SlidingWindow, to sizes: [Extent]
  ) -> Tensor {
    if window.dilations.contains(where: { $0 > 1 }) {
      return flippedConvolution(x, kernel, window)
    }
    if window.sizes.count == 1 {
      let raised = transposedConvolution(
        expand(x, at: 1), expand(kernel, at: 0), window.raised, to: [.known(1)] + sizes)
      return squeeze(raised, [1])
    }
    let channels = kernel.dimension(-2)
    let shape = [extent(of: x, 0)] + sizes + [extent(of: kernel, -2)]
    return add(
      window.sizes.count == 2 ? .conv2DBackpropInput : .conv3DBackpropInputV2,
      [vector(shape), kernel, x],
      [
        "strides": .integers(SlidingWindow.attribute(window.strides)),
        "padding": .text(window.padding),
      ], shape: x.shape.prefix(1) + sizes.map(\.known) + [channels])
  }

  /// The same with a stride of 1, for which it is a convolution with the kernel turned round:
  /// TensorFlow's operations know no dilation on CPUs.
  private func flippedConvolution(
    _ x: Tensor, _ kernel: Tensor, _ window: SlidingWindow
  ) -> Tensor {
    let count = window.sizes.count
    let turned = transpose(
      reverse(kernel, along: Array(0..<count)), Array(0..<count) + [count + 1, count])
    let padding = window.extents.map { extent in
      let total = extent - 1
      return window.isSame
        ? (before: total - total / 2, behind: total / 2) : (before: total, behind: total)
    }
    let none = (before: 0, behind: 0)
    var plain = window
    plain.isSame = false
    return convolution(pad(x, [none] + padding + [none]), turned, plain)
  }
}
