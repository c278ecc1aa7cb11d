import TensorFlowGraph

/// How images are resized.
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/ops/image_ops_impl.py
enum Interpolation: String {
  case nearest, bilinear, bicubic, area, lanczos3, lanczos5, gaussian, mitchellcubic

  static func read(of layer: Layer, default value: String) throws(CompileError) -> Interpolation {
    let name = try layer.settings.text("interpolation", default: value).lowercased()
    guard let method = Interpolation(rawValue: name) else {
      throw layer.settings.unsupported("interpolation", "\(name) is not known")
    }
    return method
  }

  /// The kernel of `ScaleAndTranslate`, which all but two go through when they smooth.
  fileprivate func kernel(antialias: Bool) -> String? {
    switch self {
    case .nearest, .area: nil
    case .bilinear: antialias ? "triangle" : nil
    case .bicubic: antialias ? "keyscubic" : nil
    case .lanczos3, .lanczos5, .gaussian, .mitchellcubic: rawValue
    }
  }
}

extension GraphBuilder {
  /// `tf.image.resize` of images with their channels last. What it gives is `float32`, unless the
  /// method is `nearest`.
  ///
  /// - Parameters:
  ///   - x: of rank 4.
  ///   - sizes: the new height and width.
  func resize(
    _ x: Tensor, to sizes: [Extent], by method: Interpolation, antialias: Bool
  ) -> Tensor {
    let shape: PartialShape = x.shape.prefix(1) + sizes.map(\.known) + x.shape.suffix(1)
    let size = vector(sizes)
    if let kernel = method.kernel(antialias: antialias) {
      let old = vector([extent(of: x, 1), extent(of: x, 2)])
      let scale = binary(.realDiv, cast(size, to: .float32), cast(old, to: .float32))
      let translation = fill([.known(2)], with: scalar(0, .float32))
      return add(
        .scaleAndTranslate, [x, size, scale, translation],
        ["kernel_type": .text(kernel), "antialias": .flag(antialias)], shape: shape)
    }
    let centered: [String: AttributeValue] = ["half_pixel_centers": .flag(true)]
    switch method {
    case .nearest: return add(.resizeNearestNeighbor, [x, size], centered, shape: shape)
    case .area: return add(.resizeArea, [x, size], shape: shape)
    case .bicubic: return add(.resizeBicubic, [x, size], centered, shape: shape)
    default: return add(.resizeBilinear, [x, size], centered, shape: shape)
    }
  }
}
