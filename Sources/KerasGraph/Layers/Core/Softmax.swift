import TensorFlowGraph
import Tensors

/// `Softmax` along one or several axes, with a mask for what takes no part.
enum Softmax: LayerLowering {
  static var masking: Masking { .passes }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    var x = try graph.floats(call.input(ranks: 1...16), of: call.layer)
    let axes = try axes(of: call, x)
    guard let mask = mask(of: call) else { return .tensor(graph.softmax(x, along: axes)) }
    guard mask.kind != .string, GraphBuilder.canBroadcast(mask.shape, to: x.shape) else {
      throw call.unfitting("a mask that fits \(x.shape)", "\(mask.shape)")
    }
    let isKeras3 = call.layer.dialect == .keras3
    let lowest = isKeras3 ? -30000.0 : -32752
    let low = graph.scalar(x.kind == .float16 ? lowest : -1e9, like: x)
    let isRobust = try call.layer.settings.flag("robust_masking", default: isKeras3)
    guard isKeras3 || isRobust else {
      let share = graph.cast(mask, to: x.kind)
      let others = graph.binary(.sub, graph.scalar(1, like: x), share)
      return .tensor(graph.softmax(graph.plus(x, graph.multiply(others, low)), along: axes))
    }
    let isIn = mask.kind == .bool ? mask : graph.binary(.greater, mask, 0.5)
    x = graph.select(isIn, x, low)
    let shares = graph.softmax(x, along: axes)
    return .tensor(isKeras3 ? graph.select(isIn, shares, graph.scalar(0, like: x)) : shares)
  }

  private static func mask(of call: Call) -> Tensor? {
    call.argument(1, "mask")?.tensor ?? call.mask?.tensor
  }

  private static func axes(of call: Call, _ x: Tensor) throws(CompileError) -> [Int] {
    var axes: [Int] = []
    for axis in try call.layer.settings.integers("axis") ?? [-1] {
      let place = try call.axis(axis, of: x)
      guard !axes.contains(place) else {
        throw call.layer.settings.malformed("axis", "different axes")
      }
      axes.append(place)
    }
    guard !axes.isEmpty else { throw call.layer.settings.malformed("axis", "an axis") }
    return axes
  }
}
