public import Files
public import StrictJSON

/// What is wrong with a safetensors file, or with several and their index. A file is called by
/// its name.
public enum SafetensorsError: Error, Hashable, Sendable {
  /// The file has fewer bytes than its header says.
  case truncated(file: String, needed: UInt64, available: UInt64)
  case headerTooLong(file: String, allowed: UInt64, found: UInt64)
  /// The header is no JSON, or that with a key twice.
  case badJSON(file: String, JSONError)
  /// A location is a tensor's name, `__metadata__`, `weight_map`, or `header`.
  case malformed(file: String, location: String, expected: String, found: String)
  /// A type that the format has and we do not.
  case unsupportedType(file: String, tensor: String, type: String)
  /// The bytes of a tensor are not those that its shape takes.
  case sizeMismatch(file: String, tensor: String, expected: UInt64, found: UInt64)
  /// A tensor begins elsewhere than the one before it ends: they overlap, or leave a hole.
  case notContiguous(file: String, tensor: String, expected: UInt64, found: UInt64)
  /// The last tensor ends elsewhere than the file.
  case trailingBytes(file: String, count: UInt64)
  /// A name of a shard in an index that is no plain file name.
  case unsafePath(file: String, name: String)
  /// A shard that the index names is not there.
  case missingShard(String)
  /// A tensor that the index says is in this shard is not.
  case missingTensor(String, shard: String)
  /// A tensor of a shard that the index does not name.
  case unlistedTensor(String, shard: String)
  /// A tensor that the index says is in one shard is in another as well.
  case repeatedTensor(String, shards: [String])
  /// The system could not read the file.
  case unreadable(SystemCallError)
}
