import TensorFlowGraph
import Tensors

/// `Resizing`: images of a fixed size.
/// keras/src/layers/preprocessing/image_preprocessing/resizing.py of
/// https://github.com/keras-team/keras
enum Resizing: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let settings = call.layer.settings
    let (height, width) = try ImageSize.read(of: call.layer)
    let method = try Interpolation.read(of: call.layer, default: "bilinear")
    let isKeras3 = call.layer.dialect == .keras3
    var input = try call.data(in: graph)
    // Keras 2 resizes as `float32` what was cast to a half, not that half.
    if !isKeras3 { input = graph.cast(input, to: method == .nearest ? input.kind : .float32) }
    let images = try Images(input, of: call, in: graph)
    var x = images.batch
    if try settings.flag("crop_to_aspect_ratio", default: false) {
      let box = graph.largestBox(of: x, height: height, width: width, isDouble: false)
      x = graph.crop(x, to: box)
    } else if try settings.flag("pad_to_aspect_ratio", default: false) {
      x = try padded(x, height, width, settings, in: graph)
    }
    let resized = graph.resize(
      x, to: [.known(height), .known(width)], by: method,
      antialias: try settings.flag("antialias", default: false))
    let result = graph.narrowed(
      resized, to: call.layer.policy.compute, saturating: isKeras3)
    return images.restored(result, of: call, in: graph)
  }

  /// The images with borders, so that they have the proportions of what they are to be.
  private static func padded(
    _ x: Tensor, _ height: Int, _ width: Int, _ settings: Settings, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard try settings.text("fill_mode", default: "constant") == "constant" else {
      throw settings.unsupported("fill_mode", "Keras has constant only")
    }
    let value = try settings.number("fill_value", default: 0)
    let (rows, columns) = (graph.extent(of: x, 1), graph.extent(of: x, 2))
    let tall = graph.scaled(columns, by: height, over: width, isDouble: false)
    let wide = graph.scaled(rows, by: width, over: height, isDouble: false)
    let margins = [(tall, rows), (wide, columns)].map { whole, size in
      let margin = graph.quotient(graph.minus(graph.maximum(whole, size), size), 2)
      return (before: margin, behind: margin)
    }
    let none = (before: Extent.known(0), behind: Extent.known(0))
    return graph.pad(x, by: [none] + margins + [none], with: value)
  }
}

/// `CenterCrop`: the middle of images, or the largest part with the same proportions, resized,
/// where they are smaller.
/// keras/src/layers/preprocessing/image_preprocessing/center_crop.py of
/// https://github.com/keras-team/keras
enum CenterCrop: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let (height, width) = try ImageSize.read(of: call.layer)
    let images = try Images(try call.data(in: graph), of: call, in: graph)
    let x = images.batch
    let (rows, columns) = (x.shape[1], x.shape[2])
    let isKeras3 = call.layer.dialect == .keras3
    // Keras 3 takes images whose size it does not know for large enough.
    let known = [(rows, height), (columns, width)].map { size, wanted in size.map { $0 >= wanted } }
    if known == [true, true] || isKeras3 && !known.contains(false) {
      let middle = middle(of: x, height, width, in: graph)
      return images.restored(middle, of: call, in: graph)
    }
    var box = graph.largestBox(
      of: x, height: height, width: width,
      isDouble: isKeras3 && rows != nil && columns != nil)
    if !isKeras3, !known.contains(false) {
      box = chosen(box, x, height, width, in: graph)
    }
    let resized = graph.resize(
      graph.crop(x, to: box), to: [.known(height), .known(width)], by: .bilinear,
      antialias: false)
    let result = isKeras3 ? resized : graph.cast(resized, to: x.kind)
    return images.restored(result, of: call, in: graph)
  }

  /// As Python cuts `[start:start + size]`, whatever the start is.
  private static func middle(
    of x: Tensor, _ height: Int, _ width: Int, in graph: GraphBuilder
  ) -> Tensor {
    let starts = [(1, height), (2, width)].map { axis, size in
      graph.quotient(graph.minus(graph.extent(of: x, axis), .known(size)), 2)
    }
    let ends = zip(starts, [height, width]).map { graph.plus($0, .known($1)) }
    return graph.add(
      .stridedSlice,
      [
        x, graph.vector([.known(0)] + starts + [.known(0)]),
        graph.vector([.known(0)] + ends + [.known(0)]), graph.integers([1, 1, 1, 1]),
      ], ["begin_mask": .integer(0b1001), "end_mask": .integer(0b1001)],
      shape: x.shape.prefix(1) + [height, width] + x.shape.suffix(1))
  }

  /// The middle where the images are large enough, which resizing then does not change, else the
  /// largest part.
  private static func chosen(
    _ box: ImageBox, _ x: Tensor, _ height: Int, _ width: Int, in graph: GraphBuilder
  ) -> ImageBox {
    let sizes = [(graph.extent(of: x, 1), height), (graph.extent(of: x, 2), width)]
    let fits = sizes.map { size, wanted in
      graph.binary(.greaterEqual, graph.scalar(size), graph.integer(wanted))
    }
    let fit = graph.binary(.logicalAnd, fits[0], fits[1])
    func choose(_ middle: Extent, _ other: Extent) -> Extent {
      .dynamic(graph.select(fit, graph.scalar(middle), graph.scalar(other)))
    }
    let starts = sizes.map { graph.quotient(graph.minus($0, .known($1)), 2) }
    return ImageBox(
      top: choose(starts[0], box.top), left: choose(starts[1], box.left),
      height: choose(.known(height), box.height), width: choose(.known(width), box.width))
  }
}

/// The size that a layer gives its images.
enum ImageSize {
  static func read(of layer: Layer) throws(CompileError) -> (height: Int, width: Int) {
    let height = try layer.settings.requiredInteger("height")
    let width = try layer.settings.requiredInteger("width")
    guard height > 0, width > 0 else { throw layer.settings.malformed("height", "a size") }
    return (height, width)
  }
}

extension GraphBuilder {
  /// A tensor as a narrower kind; what is beyond its largest numbers becomes these, if asked.
  func narrowed(_ x: Tensor, to kind: ElementKind, saturating: Bool) -> Tensor {
    let largest: Double? =
      switch kind {
      case .float16: 65_504
      case .bfloat16: 0x1.FEp127
      default: nil
      }
    guard x.kind != kind, saturating, let largest else { return cast(x, to: kind) }
    return cast(clip(x, -largest...largest), to: kind)
  }
}
