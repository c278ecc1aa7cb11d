/// The limits on what a file may ask of its reader. Real models stay a hundred times below.
public enum HDF5Limits {
  /// Groups below each other.
  public static let depth = 64
  /// Links in the file. As many as are read in about two seconds.
  public static let objects = 50_000
  /// Attributes in the file.
  public static let attributes = 50_000
  /// Bytes of all attributes that are read.
  public static let attributeBytes = 64 << 20
  /// Bytes of an object's path, or of an attribute's name.
  public static let pathBytes = 4096
  /// A dataset that declares more than this may declare no more than `expansionRatio` times what
  /// it stores. The numbers are Keras' own.
  public static let freelyExpandedBytes: UInt64 = 4 << 30
  /// See `freelyExpandedBytes`.
  public static let expansionRatio: UInt64 = 1000
  /// Bytes of the smallest run of whole chunks that is consecutive in C order. They have to be in
  /// memory together, or chunks would be decoded more than once.
  public static let chunkRowBytes = 256 << 20
  /// Bytes that `decode` hands out at once, at most.
  public static let pieceBytes = 1 << 20
}
