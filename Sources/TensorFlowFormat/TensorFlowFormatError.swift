/// What is wrong with a checkpoint or a SavedModel. Locations are a file's name, and after a space
/// what in it: a byte, a key, a node.
public enum TensorFlowFormatError: Error, Hashable, Sendable {
  /// Bytes that cannot be what the format has there.
  case malformed(location: String, expected: String, found: String)
  /// Bytes that the file says it has lie beyond its end.
  case truncated(location: String, needed: UInt64, available: UInt64)
  case limitExceeded(location: String, Limit, allowed: UInt64, found: UInt64)
  /// Sound, as far as one can tell, and not read by us.
  case unsupported(location: String, Feature)
  /// The bytes of a tensor are not those that were written.
  case checksumMismatch(location: String, expected: UInt32, found: UInt32)
  /// A file of a checkpoint is not there. Its name ends as `file` says.
  case missingShard(file: String)
  /// What the checkpoint's entry says of a tensor's bytes does not fit its shape.
  case sizeMismatch(key: String, expected: UInt64, found: UInt64)
  /// The slices of a partitioned tensor do not cover it exactly once.
  case slicesDoNotCover(key: String)
  /// A reference to an object that is not there.
  case noSuchNode(location: String, node: Int, count: Int)

  /// What is limited; the limits themselves are in `TensorFlowLimits`.
  public enum Limit: String, Hashable, Sendable {
    case fileBytes = "bytes of the file"
    case fields = "protobuf fields"
    case depth = "levels of nesting"
    case messageBytes = "bytes of a message"
    case textBytes = "bytes of a text"
    case blockBytes = "bytes of a block"
    case tensors = "tensors"
    case keyBytes = "bytes of keys"
    case strings = "strings"
    case slices = "slices of a tensor"
    case objects = "objects"
    case operations = "kinds of operation"
    case graphs = "graphs"
    case listed = "tags, assets, signatures, and inputs and outputs of them"
    case links = "inputs and attributes of a node"
    case functions = "functions"
    case accesses = "operations that reach files in one graph"
  }

  /// What we do not read.
  public enum Feature: String, Hashable, Sendable {
    case snappy = "a block compressed with Snappy"
    case version1Checkpoint = "a checkpoint of TensorFlow's first format (V1)"
    case partitionedOthers = "a partitioned tensor whose elements are no numbers"
    case schemaVersion = "a schema version above 1"
  }
}
