import TensorFlowGraph

/// Padding and dilation of tensors with their channels last.
extension GraphBuilder {
  func maximum(_ x: Extent, _ y: Extent) -> Extent {
    combine(x, y, .maximum) { (max($0, $1), false) }
  }

  func minimum(_ x: Extent, _ y: Extent) -> Extent {
    combine(x, y, .minimum) { (min($0, $1), false) }
  }

  /// The quotient, rounded down.
  ///
  /// - Parameter divisor: from 1.
  func quotient(_ x: Extent, _ divisor: Int) -> Extent {
    combine(x, .known(divisor), .floorDiv) { value, divisor in
      guard divisor > 0 else { return (0, true) }
      return (value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor), false)
    }
  }

  /// Pads by sizes of which some are known when the graph runs only.
  ///
  /// - Parameter padding: before and behind, for each axis.
  func pad(
    _ x: Tensor, by padding: [(before: Extent, behind: Extent)], with value: Double = 0
  ) -> Tensor {
    let known = padding.compactMap { added in
      added.before.known.flatMap { before in
        added.behind.known.map { (before: before, behind: $0) }
      }
    }
    if known.count == padding.count { return pad(x, known, with: value) }
    let shape: PartialShape = zip(x.shape, padding).map { size, added in
      guard let size, let before = added.before.known, let behind = added.behind.known else {
        return nil
      }
      return size &+ before &+ behind
    }
    guard value != 0 else { return add(.pad, [x, pairs(padding)], shape: shape) }
    return add(.padV2, [x, pairs(padding), scalar(value, like: x)], shape: shape)
  }

  /// A matrix of two columns.
  private func pairs(_ pairs: [(before: Extent, behind: Extent)]) -> Tensor {
    reshape(vector(pairs.flatMap { [$0.before, $0.behind] }), to: [pairs.count, 2])
  }

  /// Pads axes of space as TensorFlow's `SAME` does: so that there is a window for each place that
  /// is a stride apart.
  func padSame(_ x: Tensor, for window: SlidingWindow) -> Tensor {
    let none = (before: Extent.known(0), behind: Extent.known(0))
    let padding = window.extents.indices.map { axis in
      let (extent, stride) = (window.extents[axis], window.strides[axis])
      // With a stride of 1 it does not depend on the size.
      var total = Extent.known(extent - 1)
      if stride > 1 {
        let size = self.extent(of: x, axis + 1)
        let gaps = quotient(plus(size, .known(-1)), stride)
        let covered = plus(times(gaps, .known(stride)), .known(extent))
        total = maximum(minus(covered, size), .known(0))
      }
      let before = quotient(total, 2)
      return (before: before, behind: minus(total, before))
    }
    return pad(x, by: [none] + padding + [none])
  }

  /// Runs an operation that knows no dilation on the interleaved parts of its input: kernels for
  /// CPUs know none.
  ///
  /// - Parameters:
  ///   - window: of stride 1 and without padding.
  ///   - body: gets an input and gives what the same window without dilation makes of it.
  func dilated(
    _ x: Tensor, by window: SlidingWindow, _ body: (Tensor, SlidingWindow) -> Tensor
  ) -> Tensor {
    let dilations = window.dilations
    guard dilations.contains(where: { $0 > 1 }) else { return body(x, window) }
    let padding = dilations.enumerated().map { place, dilation in
      let size = extent(of: x, place + 1)
      let parts = quotient(plus(size, .known(dilation - 1)), dilation)
      return (before: Extent.known(0), behind: minus(times(parts, .known(dilation)), size))
    }
    let parts = zip(x.shape.dropFirst(), dilations).map { size, dilation in
      size.map { ($0 + dilation - 1) / dilation }
    }
    let (blocks, added) = (integers(dilations), pairs(padding))
    let split = add(
      .spaceToBatchND, [x, blocks, added], shape: [nil] + parts + x.shape.suffix(1))
    let result = body(
      split, SlidingWindow(sizes: window.sizes))
    let joined = window.result(of: x.shape, channels: result.dimension(-1))
    return add(.batchToSpaceND, [result, blocks, added], shape: joined)
  }
}
