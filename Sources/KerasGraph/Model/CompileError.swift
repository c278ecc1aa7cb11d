/// Why a model cannot be compiled. A location is the layer's name after those of the models round
/// it: `encoder/dense`.
public enum CompileError: Error, Hashable, Sendable {
  /// A class that is not known here: of another package, or of the user's.
  case unknownLayer(location: String, className: String)
  /// A setting, or the way in which a layer is called, that is not known here. `detail` says what
  /// is wrong with it.
  case unsupported(location: String, field: String, detail: String)
  /// What Keras does not write.
  case malformed(location: String, field: String, expected: String)
  /// The version has not the weight, or it has another shape than the layer's.
  case missingWeight(location: String, weight: String)
  /// A layer that does not take what it gets.
  case unfittingInput(location: String, expected: String, found: String)
  /// More models or wrappers within each other, or more nodes in the graph, than any model has.
  case tooLarge(location: String, limit: Int)
}
