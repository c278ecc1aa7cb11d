/// Why an HDF5 file cannot be made of a blueprint. Locations are those of `HDF5Error`.
public enum HDF5WriterError: Error, Hashable, Sendable {
  /// A path with an empty part, with one that is `.`, or with a zero byte; or one of more bytes
  /// than `HDF5Limits.pathBytes`, or of more parts than `HDF5Limits.depth` and one.
  case badPath(String)
  /// Two things of one path: datasets, groups, or one of each.
  case repeatedPath(String)
  /// The name of an attribute is empty, has a zero byte, or has more bytes than
  /// `HDF5Blueprint.attributeNameLimit`.
  case badAttributeName(location: String)
  /// Two attributes of one name on one object.
  case repeatedAttribute(location: String)
  /// A text with a zero byte, which would end there.
  case zeroByte(location: String)
  /// An attribute that takes more bytes of its object's header than a header can have: 16 for each
  /// text of a list, or the longest text's for each of fixed length.
  case attributeTooLarge(location: String, allowed: Int, found: Int)
  /// More dimensions than HDF5 has.
  case tooManyDimensions(location: String, allowed: Int, found: Int)
  /// The tensors do not fit a file together.
  case tooLarge
  /// All but the tensors takes more than a `FileLayout` may hold.
  case skeletonTooLarge(allowed: Int)
}
