/// What is wrong with a file that should be Keras'.
public enum KerasFormatError: Error, Hashable, Sendable {
  /// Nothing of Keras is in it.
  case notKeras(found: String)
  /// Keras' layout, but broken: a listed weight is absent, say.
  case malformed(location: String, expected: String, found: String)
}
