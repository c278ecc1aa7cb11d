/// What is wrong with an HDF5 file. Locations are paths from the root, `/model_weights/dense`; an
/// attribute's is `/model_weights@layer_names`, or `/@layer_names` of the root.
public enum HDF5Error: Error, Hashable, Sendable {
  /// The signature stands at none of the places where it may.
  case notHDF5
  /// Bytes that the file says it has lie beyond its end.
  case truncated(location: String, needed: UInt64, available: UInt64)
  /// Reading it would reach another file, or one object under two names.
  case unsafeLink(location: String, UnsafeLink)
  case limitExceeded(location: String, Limit, allowed: UInt64, found: UInt64)
  /// A link or attribute whose name is empty, `.`, has a slash in it or is not UTF-8.
  case badName(location: String)
  /// A second link or attribute of one name; also when only Unicode tells them apart.
  case repeatedName(location: String)
  /// An object that is neither a group nor a dataset nor a datatype.
  case unknownObject(location: String)
  /// The elements' number, or their bytes', does not fit 63 bits.
  case sizeOverflow(dataset: String)
  /// The bytes that a dataset has are not those that its shape takes.
  case sizeMismatch(dataset: String, expected: UInt64, found: UInt64)
  /// Chunks that are no parts of the dataset's shape.
  case badChunks(dataset: String)
  /// A filter that we do not run, by its number in the registry of HDF5 filters.
  case unsupportedFilter(dataset: String, filter: Int32)
  /// A dataset was to be decoded whose elements are no numbers.
  case notDecodable(dataset: String, elements: String)
  /// libhdf5 refused. The description is its own, of the innermost of its functions that failed.
  case library(call: String, location: String, description: String)

  /// The ways out of the tree of hard links.
  public enum UnsafeLink: String, Hashable, Sendable {
    case softLink = "soft link"
    case externalLink = "external link"
    case userDefinedLink = "user-defined link"
    case externalStorage = "external storage"
    case virtualDataset = "virtual dataset"
    /// A group that more than one hard link leads to: a cycle, or a tree that shares branches.
    case sharedGroup = "second hard link to a group"
    /// The file asks to be read through a driver that spreads it over several files.
    case fileDriver = "file driver"
  }

  /// What is limited; the limits themselves are in `HDF5Limits`.
  public enum Limit: String, Hashable, Sendable {
    case depth = "levels of groups"
    case objects = "links"
    case attributes = "attributes"
    case attributeBytes = "bytes of attributes"
    case pathBytes = "bytes of a path"
    case expansion = "bytes declared by a dataset that stores few"
    case chunkRowBytes = "bytes of chunks to be decoded at once"
    case memory = "bytes of memory"
  }
}
