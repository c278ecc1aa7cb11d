/// Why a configuration cannot be translated at all.
public enum DialectError: Error, Hashable, Sendable {
  /// A model is an object with this member, and this one has none of the right kind.
  case noModel(missing: String)
}

extension DialectError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noModel(let missing): "the configuration is no model's: it has no '\(missing)'"
    }
  }
}
