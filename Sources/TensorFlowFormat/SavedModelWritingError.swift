/// What cannot be written as a SavedModel. Nodes are those of the checkpoint's graph.
public enum SavedModelWritingError: Error, Hashable, Sendable {
  /// A checkpoint by names, which has no objects.
  case noObjects
  /// Something is said of an object that is not there.
  case noSuchObject(node: Int, count: Int)
  /// A function or a list has a variable that is none.
  case notAVariable(node: Int)
  /// A variable's value is no tensor of numbers.
  case notNumbers(node: Int, key: String)
  /// The root does not lead to an object that `keras_metadata.pb` has to name.
  case unreachable(node: Int)
  /// A function that is called is not in the library.
  case noSuchFunction(String)
  /// Two functions of the library have one name, or one function is bound to different variables.
  case repeatedFunction(String)
  /// The definition does not have the arguments, or the results, that are said of it.
  case wrongArguments(function: String, expected: [String], found: [String])
  case wrongResults(function: String, expected: [String], found: [String])
  /// Two inputs, or two outputs, of the signature have one name.
  case repeatedName(String)
  /// Protocol buffers have fewer than 2^31 bytes.
  case tooLarge(file: String, byteCount: Int)
}
