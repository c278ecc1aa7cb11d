/// What is wrong with an archive of NumPy's. Locations are the names of its members.
public enum NumPyError: Error, Hashable, Sendable {
  /// An archive without any array.
  case notNpz
  case malformed(location: String, expected: String, found: String)
  /// The bytes behind a header are not those that its shape takes.
  case sizeMismatch(location: String, expected: UInt64, found: UInt64)
  case limitExceeded(location: String, Limit, allowed: UInt64, found: UInt64)

  /// What is limited; the limits themselves are in `NumPyLimits`.
  public enum Limit: String, Hashable, Sendable {
    case headerBytes = "bytes of a header"
    case rank = "dimensions"
    case transposedBytes = "bytes of an array in Fortran order"
  }
}

/// How much is taken of an array.
public enum NumPyLimits {
  /// As much as `numpy.load` takes: it counts characters.
  public static let headerBytes = 10_000
  /// `NPY_MAXDIMS` of NumPy 2.
  public static let rank = 64
  /// An array in Fortran order is turned in memory.
  public static let transposedBytes = 256 << 20
}
