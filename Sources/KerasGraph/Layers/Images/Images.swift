import TensorFlowGraph

/// Images that a layer gets: several, or one.
struct Images {
  /// Several, with their channels last.
  let batch: Tensor
  private let layout: SpatialLayout
  private let isSingle: Bool

  /// - Parameter input: of rank 3 or 4.
  init(_ input: Tensor, of call: Call, in graph: GraphBuilder) throws(CompileError) {
    guard input.rank == 3 || input.rank == 4 else {
      throw call.unfitting("rank 3 or 4", "rank \(input.rank)")
    }
    layout = try SpatialLayout(of: call.layer, count: 2)
    isSingle = input.rank == 3
    batch = layout.channelsLast(isSingle ? graph.expand(input, at: 0) : input, in: graph)
  }

  /// A result in the shape of what the layer got.
  func restored(_ result: Tensor, of call: Call, in graph: GraphBuilder) -> CallValue {
    let images = layout.restored(result, in: graph)
    let all = isSingle ? graph.squeeze(images, [0]) : images
    // A layer that is called with a dictionary gives one.
    if case .members(let members)? = call.arguments.first {
      return .members(members.mapValues { _ in .tensor(all) })
    }
    return .tensor(all)
  }
}

/// A part of each image.
struct ImageBox {
  let top: Extent
  let left: Extent
  let height: Extent
  let width: Extent
}

extension GraphBuilder {
  /// The part of images with their channels last.
  func crop(_ x: Tensor, to box: ImageBox) -> Tensor {
    add(
      .slice,
      [
        x, vector([.known(0), box.top, box.left, .known(0)]),
        vector([.known(-1), box.height, box.width, .known(-1)]),
      ], shape: x.shape.prefix(1) + [box.height.known, box.width.known] + x.shape.suffix(1))
  }

  /// The largest part, in the middle, that has the proportions of other images: `smart_resize` of
  /// keras/src/utils/image_utils.py.
  ///
  /// - Parameter isDouble: whether Keras computes with 64 bits rather than 32.
  func largestBox(
    of x: Tensor, height: Int, width: Int, isDouble: Bool
  ) -> ImageBox {
    let (rows, columns) = (extent(of: x, 1), extent(of: x, 2))
    let boxHeight = maximum(
      minimum(rows, scaled(columns, by: height, over: width, isDouble: isDouble)), .known(1))
    let boxWidth = maximum(
      minimum(columns, scaled(rows, by: width, over: height, isDouble: isDouble)), .known(1))
    return ImageBox(
      top: quotient(minus(rows, boxHeight), 2), left: quotient(minus(columns, boxWidth), 2),
      height: boxHeight, width: boxWidth)
  }

  /// `size · numerator / denominator` towards zero, rounded as Keras does.
  func scaled(
    _ size: Extent, by numerator: Int, over denominator: Int, isDouble: Bool
  ) -> Extent {
    if let size = size.known {
      let (product, overflow) = size.multipliedReportingOverflow(by: numerator)
      let quotient =
        isDouble
        ? Double(product) / Double(denominator) : Double(Float(product) / Float(denominator))
      if !overflow, let whole = Int(exactly: quotient.rounded(.towardZero)) {
        return .known(whole)
      }
    }
    let product = cast(scalar(times(size, .known(numerator))), to: .float32)
    return .dynamic(
      cast(binary(.realDiv, product, Double(denominator)), to: .int32))
  }
}
