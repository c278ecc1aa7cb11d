public import Tensors

/// What is to be in an HDF5 file.
public struct HDF5Blueprint: Hashable, Sendable {
  /// In the order in which they are made: the root, whose path is empty, and others by their paths
  /// from it, `model_weights/dense`. Groups on the way to one are made with it.
  public var groups: [Group] = []
  /// In the order in which they are made, which is the order of their bytes in the file.
  public var datasets: [Dataset] = []

  public init() {}

  public struct Group: Hashable, Sendable {
    public var path: String
    public var attributes: [Attribute]

    public init(_ path: String, attributes: [Attribute] = []) {
      self.path = path
      self.attributes = attributes
    }
  }

  /// A contiguous, little-endian dataset; without dimensions a scalar. The types are h5py's: FALSE
  /// and TRUE enumerated for `bool`, opaque of 2 bytes with an empty tag for `bfloat16`.
  public struct Dataset: Hashable, Sendable {
    /// Its name is the dataset's path from the root.
    public var tensor: TensorToWrite
    public var attributes: [Attribute]

    public init(_ tensor: TensorToWrite, attributes: [Attribute] = []) {
      self.tensor = tensor
      self.attributes = attributes
    }
  }

  public struct Attribute: Hashable, Sendable {
    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  public enum Value: Hashable, Sendable {
    /// One string, UTF-8, of variable length.
    case string(String)
    /// A list of strings, UTF-8, of variable length. An empty list is float64 of shape (0,), as
    /// h5py makes it of Python's.
    case strings([String])
    /// A list of strings, filled up with zeros to the length of the longest, as h5py makes it of
    /// NumPy's arrays of bytes.
    case fixedStrings([String])
  }
}

/// Makes the HDF5 files of exports: all but the tensors' bytes.
public protocol HDF5LayingOut: Sendable {
  /// The file that a blueprint describes. The same blueprint gives the same bytes.
  func layout(of blueprint: HDF5Blueprint) throws -> FileLayout
}
