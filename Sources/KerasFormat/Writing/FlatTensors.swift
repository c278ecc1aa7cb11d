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
  public init(
    of variables: [RecordedVariable], separator: String
  ) throws(ExportError) {
    let maker = TensorMaker(variables: variables)
    var taken: Set<String> = []
    tensors = try variables.enumerated().map { ordinal, variable throws(ExportError) in
      let name = variable.path.split(separator: "/").joined(separator: separator)
      guard !name.isEmpty else { throw .unusableName(variable.path) }
      guard taken.insert(name).inserted else {
        throw .ambiguousName(layer: variable.path, name: name)
      }
      return try maker.tensor(ordinal, named: name)
    }
  }
}
