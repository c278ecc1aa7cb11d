public import Files
public import Tensors

/// TensorFlow's checkpoint, second format: `PREFIX.index`, and shards with the tensors' bytes,
/// `PREFIX.data-00000-of-00001`.
///
/// The index is a table (`SortedTable`) from a tensor's name to `BundleEntryProto`, with
/// `BundleHeaderProto` under the empty name.
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/tensor_bundle
public struct TensorBundle: Sendable {
  /// A tensor.
  public struct Entry: Hashable, Sendable {
    /// Its name: a path of objects, or a variable's name in checkpoints of TensorFlow 1.
    public let key: String
    public let elements: Elements
    public let shape: Shape
    /// One; of a partitioned tensor as many as it has slices.
    public let parts: [Part]
  }

  /// What a tensor is made of.
  public enum Elements: Hashable, Sendable {
    case numbers(DType)
    case strings
    /// Neither, or numbers that the registry does not know: TensorFlow's number and its name.
    case other(Int, name: String)
  }

  /// Where bytes of a tensor lie.
  public struct Part: Hashable, Sendable {
    public let shard: Int
    public let extent: ByteExtent
    /// Of the bytes, without TensorFlow's mask. Of strings not that of the bytes as they lie, see
    /// `strings(of:)`.
    public let crc32c: UInt32
    /// The first index of a slice and its length in each dimension; `nil`: the whole tensor.
    public let slice: Slice?
  }

  /// A box of a tensor.
  public struct Slice: Hashable, Sendable {
    public let start: [Int]
    public let length: [Int]
  }

  /// How many shards the checkpoint has, by its index.
  public let shardCount: Int
  /// Whether the elements' highest bytes come first.
  public let isBigEndian: Bool
  /// All tensors in the order of their names' bytes; slices are parts of their tensor.
  public let entries: [Entry]

  let name: String
  let shards: [Int: FileSlice]
  let limits: TensorFlowLimits

  /// Reads all of the index, and of the shards nothing.
  ///
  /// Checked: all bytes of the index by their CRCs; that the bytes of each tensor are in their
  /// shard, and as many as its shape takes; that slices cover their tensor exactly once. The
  /// bytes of numbers are not held against `Part.crc32c` here.
  ///
  /// - Parameters:
  ///   - index: `PREFIX.index`.
  ///   - shards: all the shards that there are, by number.
  /// - Throws: `TensorFlowFormatError`, or `SystemCallError`.
  public init(index: FileSlice, shards: [Int: FileSlice]) throws {
    try self.init(index: index, shards: shards, limits: TensorFlowLimits())
  }

  init(index: FileSlice, shards: [Int: FileSlice], limits: TensorFlowLimits) throws {
    let listing = try BundleListing(index, limits: limits)
    self.shards = shards
    self.limits = limits
    name = index.name
    shardCount = listing.shardCount
    isBigEndian = listing.isBigEndian
    entries = try listing.tensors.map { tensor in
      let parts = try listing.parts(of: tensor)
      let entry = Entry(
        key: tensor.key, elements: tensor.elements, shape: tensor.shape, parts: parts)
      try Self.check(entry, shards, of: listing)
      return entry
    }
  }

  /// The names of the files that have the bytes, by the name and the header of the index.
  ///
  /// - Throws: `TensorFlowFormatError`, or `SystemCallError`.
  public static func shardNames(ofIndex index: FileSlice) throws -> [String] {
    let listing = try BundleListing(index, limits: TensorFlowLimits())
    return (0..<listing.shardCount).map { listing.fileName(ofShard: $0) }
  }

  /// The tensor of a name.
  public func entry(_ key: String) -> Entry? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key.utf8.lexicographicallyPrecedes(key.utf8) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < entries.count, entries[low].key == key else { return nil }
    return entries[low]
  }

  /// Whether the elements lie in one stretch as they are. Those of others are made by `assemble`.
  public func liesInOnePiece(_ entry: Entry) -> Bool {
    guard case .numbers(let dtype) = entry.elements, entry.parts.count == 1 else { return false }
    return entry.parts[0].slice == nil && (!isBigEndian || dtype.byteWidth == 1)
  }

  /// Whether each part is where it can be, and as large as it must be.
  private static func check(
    _ entry: Entry, _ shards: [Int: FileSlice], of listing: BundleListing
  ) throws {
    for part in entry.parts {
      guard let shard = shards[part.shard] else {
        throw TensorFlowFormatError.missingShard(file: listing.fileName(ofShard: part.shard))
      }
      guard part.extent.end <= shard.byteCount else {
        throw TensorFlowFormatError.truncated(
          location: "\(shard.name) \(entry.key)", needed: part.extent.end,
          available: shard.byteCount)
      }
      guard case .numbers(let dtype) = entry.elements else { continue }
      let shape = try part.slice.map { try listing.shape($0.length, of: entry.key) } ?? entry.shape
      guard let expected = shape.byteCount(of: dtype), UInt64(expected) == part.extent.length else {
        throw TensorFlowFormatError.sizeMismatch(
          key: entry.key, expected: UInt64(shape.byteCount(of: dtype) ?? .max),
          found: part.extent.length)
      }
    }
  }
}
