import StrictJSON
import TensorFlowGraph
import Tensors

/// Parts of images, each as one row of channels.
enum Patches {
  static func extract(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (images, graph) = (try Pictures.Batch(call), call.graph)
    let x = images.x
    guard let sizes = try numbers("sizes", call) else {
      throw call.malformed("size", "a height and a width")
    }
    let padding = try call.text("padding")?.lowercased() ?? "valid"
    guard ["valid", "same"].contains(padding) else {
      throw call.unsupported("padding", "\(padding) is neither valid nor same")
    }
    let window = SlidingWindow(
      sizes: sizes, strides: try numbers("strides", call) ?? sizes,
      dilations: try numbers("rates", call),
      isSame: padding == "same")
    let channels = x.dimension(3).flatMap { Reshaping.product(sizes + [$0]) }
    let patches = graph.add(
      .extractImagePatches, [x],
      [
        "ksizes": .integers(SlidingWindow.attribute(window.sizes)),
        "strides": .integers(SlidingWindow.attribute(window.strides)),
        "rates": .integers(SlidingWindow.attribute(window.dilations)),
        "padding": .text(window.padding),
      ], shape: window.result(of: x.shape, channels: channels))
    return .tensor(images.restored(patches, graph))
  }

  /// The parts of images with their channels first, in columns.
  static func unfold(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x", ranks: 4...4), call.graph)
    guard let sizes = try numbers("sizes", call), let strides = try numbers("strides", call),
      let rates = try numbers("rates", call)
    else { throw call.malformed("kernel_size", "a height and a width") }
    let padding = try call.integers("padding", count: 2, default: 0)
    guard padding.allSatisfy({ (0...(1 << 20)).contains($0) }) else {
      throw call.malformed("padding", "numbers of places")
    }
    let none = (before: 0, behind: 0)
    let padded = graph.pad(x, [none, none] + padding.map { (before: $0, behind: $0) })
    let last = graph.transpose(padded, [0, 2, 3, 1])
    let window = SlidingWindow(sizes: sizes, strides: strides, dilations: rates)
    let (channels, places) = (graph.extent(of: x, 1), Reshaping.product(sizes) ?? 0)
    let patches = graph.add(
      .extractImagePatches, [last],
      [
        "ksizes": .integers(SlidingWindow.attribute(sizes)),
        "strides": .integers(SlidingWindow.attribute(strides)),
        "rates": .integers(SlidingWindow.attribute(rates)), "padding": .text("VALID"),
      ], shape: window.result(of: last.shape, channels: nil))
    let count = graph.times(graph.extent(of: patches, 1), graph.extent(of: patches, 2))
    let parted = graph.reshape(
      patches, to: [graph.extent(of: x, 0), count, .known(places), channels])
    return .tensor(
      graph.reshape(
        graph.transpose(parted, [0, 3, 2, 1]),
        to: [graph.extent(of: x, 0), graph.times(channels, .known(places)), count]))
  }

  /// A number for the height and one for the width. TensorFlow also has them for all axes.
  private static func numbers(
    _ name: String, _ call: FunctionCall
  ) throws(CompileError) -> [Int]? {
    guard var numbers = try call.integers(name) else { return nil }
    if numbers.count == 4 { numbers = Array(numbers[1...2]) }
    if numbers.count == 1 { numbers = [numbers[0], numbers[0]] }
    guard numbers.count == 2, numbers.allSatisfy({ (1...(1 << 20)).contains($0) }) else {
      throw call.malformed(name, "two numbers above 0")
    }
    return numbers
  }
}
