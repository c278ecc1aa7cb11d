import TensorFlowGraph
import Tensors

/// `TimeDistributed`: a layer or a model for each step, by taking the steps for a batch.
/// keras/src/layers/rnn/time_distributed.py of https://github.com/keras-team/keras and of
/// https://github.com/keras-team/tf-keras
enum TimeDistributed: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let inner = try call.layer.part("layer", call.layer.settings["layer"])
    guard let argument = call.arguments.first, let first = argument.tensors.first,
      argument.tensors.allSatisfy({ $0.rank >= 3 })
    else { throw call.unfitting("rank 3 or more", "\(call.inputs.map(\.shape))") }
    let mask = call.stepMask(in: graph)
    if let mask, mask.shape.count < 2 {
      throw call.unfitting("a mask of 2 dimensions", "one of \(mask.shape.count)")
    }
    let innerMask = mask.map { graph.mergingFirstAxes(of: $0.tensor).asMask }
    let merged = argument.map { graph.mergingFirstAxes(of: $0).masked(by: innerMask) }
    let batch = merged.tensors.first?.dimension(0)
    let output = try graph.call(Call(layer: inner, arguments: [merged], keywords: [:]))
    guard output.tensors.allSatisfy({ $0.rank > 0 && $0.dimension(0) == batch }) else {
      throw call.layer.settings.unsupported(
        "layer", "a layer that does not treat each example by itself")
    }
    return output.map { tensor in
      let separated = graph.separatingFirstAxis(of: tensor, as: first)
      let own = tensor.mask.map { graph.separatingFirstAxis(of: $0.tensor, as: first) }
      return separated.masked(by: outputMask(mask ?? first.mask, own, call.layer, in: graph))
    }
  }

  /// Keras 3 passes on the mask that there was. Keras 2 asks the layer, and makes the mask one of
  /// steps when that gives none.
  private static func outputMask(
    _ mask: Tensor.Mask?, _ own: Tensor?, _ layer: Layer, in graph: GraphBuilder
  ) -> Tensor.Mask? {
    if layer.dialect == .keras3 { return mask }
    if let own { return own.asMask }
    guard let mask, mask.shape.count > 2 else { return mask }
    return graph.reduce(.any, mask.tensor, along: Array(2..<mask.shape.count)).asMask
  }
}

extension GraphBuilder {
  /// The first two axes as one.
  ///
  /// - Parameter x: of rank 2 or more.
  func mergingFirstAxes(of x: Tensor) -> Tensor {
    let size = x.dimension(0).flatMap { first in
      x.dimension(1).flatMap { first.multipliedReportingOverflow(by: $0).partialValue }
    }
    let shape = [size] + x.shape.dropFirst(2)
    if isPlain(shape) { return reshape(x, to: shape) }
    return reshape(x, to: [times(extent(of: x, 0), extent(of: x, 1))] + extents(of: x).dropFirst(2))
  }

  /// The reverse of ``mergingFirstAxes(of:)``.
  ///
  /// - Parameter whole: what has the first two axes.
  func separatingFirstAxis(of x: Tensor, as whole: Tensor) -> Tensor {
    let shape = whole.shape.prefix(2) + x.shape.dropFirst()
    if isPlain(Array(shape)) { return reshape(x, to: Array(shape)) }
    return reshape(
      x, to: [extent(of: whole, 0), extent(of: whole, 1)] + extents(of: x).dropFirst())
  }

  /// Whether a reshape finds out what is not known of a shape.
  private func isPlain(_ shape: PartialShape) -> Bool {
    shape.count { $0 == nil } <= 1 && !shape.contains(0)
  }
}
