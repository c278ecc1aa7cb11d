import TensorFlowGraph

/// The functions that a model's graph is made of, and what its builders have in common.
final class FunctionLibrary {
  private(set) var functions: [FunctionDefinition] = []
  private(set) var nodeCount = 0
  /// The first call of each layer, by location.
  private(set) var firstCalls: [String: Call] = [:]
  /// How many models and wrappers are within each other here.
  private(set) var depth = 0
  private var builderCount = 0
  private var counts: [String: Int] = [:]

  func add(_ function: FunctionDefinition) { functions.append(function) }

  func nextBuilder() -> Int {
    builderCount += 1
    return builderCount
  }

  func noteNode() { nodeCount += 1 }

  func note(_ call: Call) {
    guard !call.layer.isRoot, firstCalls[call.layer.location] == nil else { return }
    firstCalls[call.layer.location] = call
  }

  /// Runs what is one deeper.
  func deeper<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    depth += 1
    defer { depth -= 1 }
    return try body()
  }

  /// `while_body`, then `while_body_1`.
  func uniqueName(_ stem: String) -> String {
    let count = counts[stem, default: 0]
    counts[stem] = count + 1
    return count == 0 ? stem : "\(stem)_\(count)"
  }
}
