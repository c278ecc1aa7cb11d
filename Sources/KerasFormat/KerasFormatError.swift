/// What is wrong with a file that should be Keras'.
public enum KerasFormatError: Error, Hashable, Sendable {
  /// Nothing of Keras is in it.
  case notKeras(found: String)
  /// An index that leads to files elsewhere than beside it.
  case unsafePath(location: String, name: String)
  /// Keras' layout, but broken: a listed weight is absent, say.
  case malformed(location: String, expected: String, found: String)
}
