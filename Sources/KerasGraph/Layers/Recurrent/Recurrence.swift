import TensorFlowGraph

/// Runs a cell over the steps of a sequence.
///
/// The loop is one that TensorFlow Lite has, too: outputs go to a tensor that is there from the
/// beginning, and no list of tensors is needed.
/// `rnn` of https://github.com/keras-team/keras/blob/master/keras/src/backend/tensorflow/rnn.py
struct Recurrence {
  let cell: any RecurrentCell
  let goesBackwards: Bool
  /// Whether the outputs of all steps are wanted, and not only the last.
  let returnsSequences: Bool
  /// Whether the output of a step that the mask leaves out is 0. Else it is that of the step
  /// before.
  let zeroesMasked: Bool
  /// Whether Keras unrolls the loop.
  let isUnrolled: Bool

  /// Keras' unrolled loop makes outputs 0 when it has them all, by the mask in the order of the
  /// sequence, though the outputs are in reverse.
  private var zeroesAtTheEnd: Bool {
    zeroesMasked && isUnrolled && goesBackwards && returnsSequences
  }

  private var zeroesEachStep: Bool { zeroesMasked && !zeroesAtTheEnd }

  /// - Parameters:
  ///   - steps: the sequence, its first axis that of the steps, the second the batch.
  ///   - initial: the states before the first step; zeros when there are none.
  ///   - mask: which steps count, with the axes of `steps`.
  /// - Returns: the outputs of all steps, or the last; and the last states.
  func run(
    _ steps: Tensor, from initial: [Tensor]?, mask: Tensor?, in graph: GraphBuilder
  ) throws(CompileError) -> (output: Tensor, states: [Tensor]) {
    let projected = try cell.project(steps, in: graph)
    let start = start(projected, from: initial, isMasked: mask != nil, in: graph)
    let count = graph.extent(of: projected, 0)
    let last = goesBackwards ? graph.minus(count, .known(1)) : nil
    let results = try graph.loop(count, carrying: start.tensors) {
      step, number, tensors throws(CompileError) in
      let before = start.replaced(by: tensors)
      let place = last.map { step.minus(step.scalar($0), number) } ?? number
      var states = try cell.step(step.gather(projected, at: place), before.states, in: step)
      var output = states[cell.outputState]
      if let mask {
        let isKept = step.gather(mask, at: place)
        (states, output) = keep(states, output, or: before, where: isKept, in: step)
      }
      return Carried(
        states: states, output: before.output.map { _ in output },
        sequence: before.sequence.map { write(output, to: $0, number, in: step) }
      ).tensors
    }
    let end = start.replaced(by: results)
    var output = end.sequence ?? end.output ?? end.states[cell.outputState]
    if let mask, zeroesAtTheEnd {
      output = graph.select(mask, output, graph.scalar(0, like: output))
    }
    return (output, end.states)
  }

  /// What goes from step to step.
  private struct Carried {
    var states: [Tensor]
    /// That of the step before, where it may be none of the states.
    var output: Tensor?
    /// The outputs of all steps.
    var sequence: Tensor?

    var tensors: [Tensor] { states + [output, sequence].compactMap { $0 } }

    /// The same with other tensors, in the order of ``tensors``.
    func replaced(by tensors: [Tensor]) -> Carried {
      var rest = tensors[...]
      return Carried(
        states: states.compactMap { _ in rest.popFirst() },
        output: output.flatMap { _ in rest.popFirst() },
        sequence: sequence.flatMap { _ in rest.popFirst() })
    }
  }

  private func start(
    _ projected: Tensor, from initial: [Tensor]?, isMasked: Bool, in graph: GraphBuilder
  ) -> Carried {
    let axes = projected.shape.indices.dropFirst().dropLast()
    let extents = axes.map { graph.extent(of: projected, $0) }
    let zero = graph.scalar(0, cell.kind)
    let shape = extents + [.known(cell.stateSizes[cell.outputState])]
    // Elsewhere what a step gives is a state, also a masked one, as both begin with zeros.
    let keepsOutput = isMasked && (initial != nil || zeroesEachStep)
    return Carried(
      states: initial ?? cell.stateSizes.map { graph.fill(extents + [.known($0)], with: zero) },
      output: keepsOutput ? graph.fill(shape, with: zero) : nil,
      sequence: returnsSequences
        ? graph.fill([graph.extent(of: projected, 0)] + shape, with: zero) : nil)
  }

  /// The states and the output of a step that counts, and those before it elsewhere.
  private func keep(
    _ states: [Tensor], _ output: Tensor, or before: Carried, where isKept: Tensor,
    in graph: GraphBuilder
  ) -> (states: [Tensor], output: Tensor) {
    let states = zip(states, before.states).map { graph.select(isKept, $0, $1) }
    guard let old = before.output else { return (states, states[cell.outputState]) }
    let other = zeroesEachStep ? graph.scalar(0, like: old) : old
    return (states, graph.select(isKept, output, other))
  }

  /// A sequence with the output of a step in its place.
  private func write(
    _ output: Tensor, to sequence: Tensor, _ place: Tensor, in graph: GraphBuilder
  ) -> Tensor {
    graph.add(
      .tensorScatterUpdate,
      [sequence, graph.reshape(place, to: [1, 1]), graph.expand(output, at: 0)],
      shape: sequence.shape)
  }
}
