public import Tensors

/// The tensors of containers that only name them: safetensors and NumPy's archives.
public struct FlatTensors: Hashable, Sendable {
  /// In the version's order.
  public let tensors: [TensorToWrite]

  /// Names tensors by their variables' paths.
  ///
  /// - Parameters:
  ///   - variables: the version's.
  ///   - separator: what is between the parts of a name: `.` in safetensors, as models of other
  ///     frameworks have it, and `/` in NumPy's.
  ///   - withoutOptimizer: whether the optimizer's state is left out.
  ///   - prefix: the path that they shall lie under, or have; `nil`: all of them.
  public init(
    of variables: [RecordedVariable], separator: String, withoutOptimizer: Bool = false,
    only prefix: String? = nil
  ) throws(ExportError) {
    let maker = TensorMaker(variables: variables)
    var taken: Set<String> = []
    var tensors: [TensorToWrite] = []
    for (ordinal, variable) in variables.enumerated() {
      guard !withoutOptimizer || variable.role != .optimizer,
        prefix.map({ variable.lies(under: $0) }) ?? true
      else { continue }
      let name = variable.path.split(separator: "/").joined(separator: separator)
      guard !name.isEmpty else { throw .unusableName(variable.path) }
      guard taken.insert(name).inserted else {
        throw .ambiguousName(layer: variable.path, name: name)
      }
      tensors.append(try maker.tensor(ordinal, named: name))
    }
    if let prefix, tensors.isEmpty { throw .nothingUnder(prefix: prefix) }
    self.tensors = tensors
  }
}

extension RecordedVariable {
  /// Whether its path is a prefix or begins with it, by whole components.
  func lies(under prefix: String) -> Bool {
    let components = prefix.split(separator: "/")
    return path.split(separator: "/").starts(with: components)
  }
}
