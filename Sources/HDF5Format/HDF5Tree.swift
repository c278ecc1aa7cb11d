public import Tensors

/// A group of an HDF5 file, with all that hangs below it.
public struct HDF5Group: Hashable, Sendable {
  /// The attributes of the group itself, by name.
  public var attributes: [String: HDF5Attribute]
  /// The groups in it, by name.
  public var groups: [String: HDF5Group]
  /// The datasets in it, by name.
  public var datasets: [String: HDF5Dataset]

  /// A group of what is given; an empty one by default.
  public init(
    attributes: [String: HDF5Attribute] = [:], groups: [String: HDF5Group] = [:],
    datasets: [String: HDF5Dataset] = [:]
  ) {
    self.attributes = attributes
    self.groups = groups
    self.datasets = datasets
  }
}

/// The value of an attribute, as far as Keras uses them.
public enum HDF5Attribute: Hashable, Sendable {
  /// One string, of fixed or variable length.
  case string(String)
  /// A one-dimensional array of strings; also an empty array of any type, as Keras writes an
  /// empty list.
  case strings([String])
  /// Anything else. It stays in the file's skeleton.
  case unread
}

/// A dataset: what it holds, and where its bytes lie.
public struct HDF5Dataset: Hashable, Sendable {
  /// What its elements are.
  public var elements: HDF5Elements
  /// Its dimensions. A dataset without a dataspace has the shape `(0,)`.
  public var shape: Shape
  /// Where its elements lie.
  public var storage: HDF5Storage
  /// Its attributes, by name.
  public var attributes: [String: HDF5Attribute]

  /// A dataset of what is given.
  public init(
    elements: HDF5Elements, shape: Shape, storage: HDF5Storage,
    attributes: [String: HDF5Attribute] = [:]
  ) {
    self.elements = elements
    self.shape = shape
    self.storage = storage
    self.attributes = attributes
  }
}

/// What a dataset's elements are.
public enum HDF5Elements: Hashable, Sendable {
  /// Numbers of a type that tensors have. The enumeration of FALSE and TRUE that h5py writes is
  /// `bool`; its compound of `r` and `i` is complex.
  case numbers(DType)
  /// Opaque elements of some bytes. h5py writes bfloat16 so, with 2 bytes and an empty tag.
  case opaque(byteWidth: Int)
  /// Strings, compounds, references and the like, in HDF5's words.
  case other(String)
}

/// Where a dataset's elements lie.
public enum HDF5Storage: Hashable, Sendable {
  /// No bytes: nothing was ever written, or there are no elements.
  case none
  /// As they belong in a tensor: little-endian, C order, in one piece.
  case contiguous(ByteExtent)
  /// Chunked, compressed, compact or big-endian: the library has to decode them.
  case encoded
}
