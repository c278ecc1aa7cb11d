import TensorFlowGraph
import Tensors

/// What a recurrent layer, or a wrapper of two, is called with.
struct RecurrentCall {
  /// The sequence, as the layer takes it.
  let sequence: Tensor
  /// The states to begin with; `nil` for zeros.
  let states: [Tensor]?
  let mask: Tensor.Mask?
  /// The mask that the layer passes on.
  let passedMask: Tensor.Mask?

  /// `layer(sequence, initial_state)`; Keras 2 also has the states, and then `constants`, in a list
  /// with the sequence.
  init(_ call: Call, in graph: GraphBuilder) throws(CompileError) {
    let inputs = call.inputs
    guard let sequence = inputs.first else { throw call.unfitting("a sequence", "nothing") }
    self.sequence = sequence
    let constants = try call.layer.settings.integer("num_constants", default: 0)
    var states = Array(inputs.dropFirst().dropLast(max(0, constants)))
    if let given = call.argument(1, "initial_state") {
      states += given.tensors
      guard given.constant == nil else {
        throw call.layer.settings.unsupported(
          "initial_state", "states that are written down in the call are not compiled")
      }
    }
    self.states = states.isEmpty ? nil : states
    mask = call.stepMask(in: graph)
    passedMask = mask ?? sequence.mask
  }
}

extension Call {
  /// The mask that a recurrent layer or a wrapper computes with. It may be given as numbers.
  func stepMask(in graph: GraphBuilder) -> Tensor.Mask? {
    let given = layer.dialect == .keras3 ? argument(2, "mask") : keywords["mask"]
    return given?.tensor.map { graph.cast($0, to: .bool).asMask } ?? mask
  }
}

/// In which order a recurrent layer has the axes of a sequence.
struct SequenceLayout {
  /// Whether the steps are the first axis, and not the batch.
  let isTimeMajor: Bool
  /// Whether the channels come before the axes of space.
  let isChannelsFirst: Bool

  /// Steps, batch, space, channels.
  func inner(_ sequence: Tensor, in graph: GraphBuilder) -> Tensor {
    let rest = Array(2..<sequence.rank)
    let inner = isChannelsFirst ? rest.dropFirst() + rest.prefix(1) : rest[...]
    return graph.transpose(sequence, (isTimeMajor ? [0, 1] : [1, 0]) + inner)
  }

  /// The reverse of ``inner(_:in:)``.
  func outer(_ sequence: Tensor, in graph: GraphBuilder) -> Tensor {
    let rest = Array(2..<sequence.rank)
    let outer = isChannelsFirst ? rest.suffix(1) + rest.dropLast() : rest[...]
    return graph.transpose(sequence, (isTimeMajor ? [0, 1] : [1, 0]) + outer)
  }

  /// One step: batch, space, channels.
  func innerStep(_ step: Tensor, in graph: GraphBuilder) -> Tensor {
    guard isChannelsFirst, step.rank > 2 else { return step }
    return graph.transpose(step, [0] + Array(2..<step.rank) + [1])
  }

  /// The reverse of ``innerStep(_:in:)``.
  func outerStep(_ step: Tensor, in graph: GraphBuilder) -> Tensor {
    guard isChannelsFirst, step.rank > 2 else { return step }
    return graph.transpose(step, [0, step.rank - 1] + Array(1..<(step.rank - 1)))
  }

  /// A mask with the axes of a sequence of a rank, those of the steps and the batch first.
  func mask(
    _ mask: Tensor, rank: Int, in graph: GraphBuilder
  ) -> Tensor {
    var mask = isTimeMajor ? mask : graph.transpose(mask, [1, 0] + Array(2..<mask.rank))
    while mask.rank < rank { mask = graph.expand(mask, at: -1) }
    return mask
  }
}
