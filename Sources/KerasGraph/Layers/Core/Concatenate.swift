import TensorFlowGraph
import Tensors

extension Merge {
  /// Tensors behind each other along an axis.
  enum Concatenate: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      let inputs = try Merge.sameKind(call, in: graph)
      let axis = try call.axis(
        call.layer.settings.integer("axis", default: -1), of: inputs[0])
      try check(inputs, besides: axis, call)
      return .tensor(
        graph.concat(inputs, along: axis).masked(
          by: try mask(of: inputs, along: axis, call, in: graph)))
    }

    /// Makes sure that the tensors are of one shape but for an axis.
    private static func check(
      _ tensors: [Tensor], besides axis: Int, _ call: Call
    ) throws(CompileError) {
      for tensor in tensors.dropFirst() {
        let fits =
          tensor.rank == tensors[0].rank
          && tensor.shape.indices.allSatisfy {
            $0 == axis || GraphBuilder.canBe(tensor.shape[$0], tensors[0].shape[$0])
          }
        guard fits else {
          throw call.unfitting("\(tensors[0].shape) but for axis \(axis)", "\(tensor.shape)")
        }
      }
    }

    /// A tensor without a mask counts as one whose steps all take part. A step of the result takes
    /// part when any of its features does in Keras 3, and when all do in Keras 2.
    private static func mask(
      of inputs: [Tensor], along axis: Int, _ call: Call, in graph: GraphBuilder
    ) throws(CompileError) -> Tensor.Mask? {
      guard inputs.contains(where: { $0.mask != nil }) else { return nil }
      let isKeras3 = call.layer.dialect == .keras3
      var masks: [Tensor] = []
      for input in inputs {
        guard var mask = input.mask?.tensor else {
          masks.append(filled(true, like: input, in: graph))
          continue
        }
        if mask.rank < input.rank {
          mask = graph.expand(mask, at: -1)
          if isKeras3, GraphBuilder.canBroadcast(mask.shape, to: input.shape) {
            mask = graph.binary(.logicalOr, mask, filled(false, like: input, in: graph))
          }
        }
        masks.append(mask)
      }
      try check(masks, besides: axis, call)
      guard masks[0].rank > axis else { throw call.unfitting("masks with axis \(axis)", "others") }
      return graph.reduce(
        isKeras3 ? .any : .all, graph.concat(masks, along: axis), along: [-1]
      ).asMask
    }

    private static func filled(_ value: Bool, like x: Tensor, in graph: GraphBuilder) -> Tensor {
      graph.fill(graph.extents(of: x), with: graph.scalar(value ? 1 : 0, .bool))
    }
  }
}
