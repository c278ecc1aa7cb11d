import TensorFlowGraph

extension GraphBuilder {
  /// Runs a body so many times, as a `StatelessWhile`.
  ///
  /// - Parameters:
  ///   - count: an int32 scalar.
  ///   - carried: what goes from step to step; kinds and shapes stay.
  ///   - body: gets the step's builder, its number (an int32 scalar, from 0) and what is carried,
  ///     and gives what the next step gets. It may use tensors of this function.
  /// - Returns: what the last step gave.
  func loop<Failure: Error>(
    _ count: Extent, carrying carried: [Tensor],
    body: (GraphBuilder, Tensor, [Tensor]) throws(Failure) -> [Tensor]
  ) throws(Failure) -> [Tensor] {
    let state = [integer(0), scalar(count)] + carried.map(local)
    let step = GraphBuilder(in: library, within: self)
    step.scope = scope
    let arguments = state.enumerated().map { place, tensor in
      step.argument(named: "carried_\(place)", kind: tensor.kind, shape: tensor.shape)
    }
    let next = try body(step, arguments[0], Array(arguments.dropFirst(2)))
    let results = [step.plus(arguments[0], step.integer(1)), arguments[1]] + next.map(step.local)
    let name = library.uniqueName("while")
    let all = state + step.captures.map(\.outer)
    library.add(
      step.function(
        named: name + "_body", arguments: arguments + step.captures.map(\.argument),
        results: results + step.captures.map(\.argument)))
    addCondition(named: name + "_cond", state: all)
    let outputs = addAll(
      .statelessWhile, all,
      [
        "cond": .function(name + "_cond"), "body": .function(name + "_body"),
        "output_shapes": .shapes(all.map(\.shape)), "parallel_iterations": .integer(32),
      ], shapes: all.map(\.shape))
    return Array(outputs.dropFirst(2).prefix(carried.count))
  }

  private func addCondition(named name: String, state: [Tensor]) {
    let condition = GraphBuilder(in: library)
    let arguments = state.enumerated().map { place, tensor in
      condition.argument(named: "carried_\(place)", kind: tensor.kind, shape: tensor.shape)
    }
    let goesOn = condition.binary(.less, arguments[0], arguments[1])
    library.add(condition.function(named: name, arguments: arguments, results: [goesOn]))
  }

  /// The function that was built.
  func function(
    named name: String, arguments: [Tensor], results: [Tensor]
  ) -> FunctionDefinition {
    let sources = results.map { add(.identity, [$0], shape: $0.shape, name: "Result") }
    return FunctionDefinition(
      name: name,
      arguments: arguments.map { .init(name: $0.source, kind: $0.kind) },
      results: sources.enumerated().map { place, tensor in
        .init(
          parameter: .init(name: "result_\(place)", kind: tensor.kind), source: tensor.source)
      }, nodes: nodes)
  }
}
