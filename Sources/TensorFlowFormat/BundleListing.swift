import Checksums
import Files
import Tensors

/// What the index of a checkpoint says, entry by entry. The shards are not looked at.
struct BundleListing {
  /// An entry that has a name of its own.
  struct Tensor {
    let key: String
    let elements: TensorBundle.Elements
    let shape: Shape
    /// `nil` of a partitioned tensor.
    let whole: TensorBundle.Part?
    let slices: [ListedSlice]
  }

  /// A slice, and the dimensions that it takes all of without saying so: its key does not either.
  struct ListedSlice {
    let slice: TensorBundle.Slice
    let isWhole: [Bool]
  }

  private(set) var shardCount = 0
  private(set) var isBigEndian = false
  private(set) var tensors: [Tensor] = []

  private let name: String
  private let limits: TensorFlowLimits
  /// The entries of slices, by their keys.
  private var sliceEntries: [[UInt8]: PBBundleEntryProto] = [:]
  private var keyBytes = 0
  private var sliceCount = 0

  init(_ index: FileSlice, limits: TensorFlowLimits) throws {
    name = index.name
    self.limits = limits
    try SortedTable(index, limits: limits).forEachEntry { key, value in
      if shardCount == 0 {
        try readHeader(key, Array(value))
      } else {
        try readEntry(key, Array(value))
      }
    }
    guard shardCount > 0 else { throw malformed("", "a header", "no entry") }
    // One that no tensor has would be lost without a word; that each tensor's are here is found
    // by `parts(of:)`.
    guard sliceEntries.count <= sliceCount else {
      throw malformed("", "\(sliceCount) slices of tensors", "\(sliceEntries.count)")
    }
  }

  /// The name of a shard's file.
  func fileName(ofShard shard: Int) -> String {
    let prefix = name.hasSuffix(".index") ? String(name.dropLast(6)) : name
    return "\(prefix).data-\(Self.fiveDigits(shard))-of-\(Self.fiveDigits(shardCount))"
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  func malformed(_ key: String, _ expected: String, _ found: String) -> TensorFlowFormatError {
    .malformed(location: "\(name) \(key)", expected: expected, found: found)
  }

  /// The header comes first, as its key is empty.
  private mutating func readHeader(_ key: [UInt8], _ value: [UInt8]) throws {
    guard key.isEmpty else {
      throw malformed("", "a header", "\(String(decoding: key, as: UTF8.self))")
    }
    // In a V1 checkpoint, too a table, a message stands where the number of shards does here.
    // tensorflow/core/util/saved_tensor_slice.proto of
    // https://github.com/tensorflow/tensorflow
    if value.first == 0x0A {
      throw TensorFlowFormatError.unsupported(location: name, .version1Checkpoint)
    }
    let header = try decodeMessage(PBBundleHeaderProto.self, value, location: "\(name) header")
    guard header.numShards > 0 else {
      throw malformed("header", "at least 1 shard", "\(header.numShards)")
    }
    // Their names have five digits.
    guard header.numShards <= limits.shards else {
      throw malformed("header", "at most \(limits.shards) shards", "\(header.numShards)")
    }
    guard header.endianness == 0 || header.endianness == 1 else {
      throw malformed("header", "an endianness of 0 or 1", "\(header.endianness)")
    }
    shardCount = Int(header.numShards)
    isBigEndian = header.endianness == 1
  }

  private mutating func readEntry(_ key: [UInt8], _ value: [UInt8]) throws {
    keyBytes += key.count
    try check(keyBytes, limits.keyBytes, .keyBytes)
    try check(tensors.count + sliceEntries.count + 1, limits.tensors, .tensors)
    guard UInt64(value.count) <= limits.messageBytes else {
      throw TensorFlowFormatError.limitExceeded(
        location: name, .messageBytes, allowed: limits.messageBytes, found: UInt64(value.count))
    }
    let entry = try decodeMessage(
      PBBundleEntryProto.self, value, location: "\(name) \(String(decoding: key, as: UTF8.self))")
    if key.first == 0 {
      sliceEntries[key] = entry
      return
    }
    guard let text = String(validating: key, as: UTF8.self) else {
      throw malformed(String(decoding: key, as: UTF8.self), "a key in UTF-8", "other bytes")
    }
    tensors.append(try tensor(text, entry))
  }

  private mutating func tensor(_ key: String, _ entry: PBBundleEntryProto) throws -> Tensor {
    guard !entry.shape.unknownRank else { throw malformed(key, "a shape", "none") }
    let shape = try shape(entry.shape.dim.map { Int($0.size) }, of: key)
    let slices = try entry.slices.map { try slice($0, of: shape, key) }
    sliceCount += slices.count
    try check(slices.count, limits.slices, .slices)
    try check(sliceCount, 10 * limits.slices, .slices)
    let type = ElementType(number: entry.dtype.rawValue)
    let elements: TensorBundle.Elements =
      type == .string
      ? .strings
      : type.dtype.map { .numbers($0) } ?? .other(type.number, name: type.name)
    if !slices.isEmpty, type.dtype == nil {
      throw TensorFlowFormatError.unsupported(location: "\(name) \(key)", .partitionedOthers)
    }
    return Tensor(
      key: key, elements: elements, shape: shape,
      whole: slices.isEmpty ? try part(entry, slice: nil, of: key) : nil, slices: slices)
  }

  /// The shape that dimensions make.
  func shape(_ dimensions: [Int], of key: String) throws -> Shape {
    guard let shape = Shape(dimensions) else {
      throw malformed(key, "dimensions of 0 or more", "\(dimensions)")
    }
    return shape
  }

  /// A slice that lies within the shape.
  private func slice(
    _ proto: PBTensorSliceProto, of shape: Shape, _ key: String
  ) throws -> ListedSlice {
    guard proto.extent.count == shape.dimensions.count else {
      throw malformed(
        key, "slices of \(shape.dimensions.count) dimensions", "\(proto.extent.count)")
    }
    let extents = try zip(proto.extent, shape.dimensions).map { extent, size in
      let start = Int(extent.start)
      let length = extent.hasLength ? Int(extent.length) : size
      guard start >= 0, start <= size, length >= 0, length <= size - start,
        extent.hasLength || start == 0
      else { throw malformed(key, "slices within \(shape)", "\(start) and \(length) more") }
      return (start, length)
    }
    return ListedSlice(
      slice: TensorBundle.Slice(start: extents.map(\.0), length: extents.map(\.1)),
      isWhole: proto.extent.map { !$0.hasLength })
  }

  private func part(
    _ entry: PBBundleEntryProto, slice: TensorBundle.Slice?, of key: String
  ) throws -> TensorBundle.Part {
    guard entry.shardID >= 0, entry.shardID < shardCount else {
      throw malformed(key, "a shard below \(shardCount)", "\(entry.shardID)")
    }
    guard let offset = UInt64(exactly: entry.offset), let size = UInt64(exactly: entry.size),
      let extent = ByteExtent(offset: offset, length: size)
    else { throw malformed(key, "a stretch of bytes", "\(entry.size) from \(entry.offset)") }
    guard entry.hasCrc32C else { throw malformed(key, "a checksum", "none") }
    return TensorBundle.Part(
      shard: Int(entry.shardID), extent: extent, crc32c: CRC32C.unmasked(entry.crc32C), slice: slice
    )
  }

  private func check(_ found: Int, _ allowed: Int, _ limit: TensorFlowFormatError.Limit) throws {
    guard found <= allowed else {
      throw TensorFlowFormatError.limitExceeded(
        location: name, limit, allowed: UInt64(allowed), found: UInt64(found))
    }
  }
}

extension BundleListing {
  /// Where the bytes of a tensor lie, slice by slice.
  func parts(of tensor: Tensor) throws -> [TensorBundle.Part] {
    if let whole = tensor.whole { return [whole] }
    try SliceCover.check(tensor.slices.map(\.slice), of: tensor.shape, key: tensor.key)
    return try tensor.slices.map { listed in
      guard let entry = sliceEntries[SliceKey.bytes(name: tensor.key, listed)] else {
        throw malformed(tensor.key, "an entry for each slice", "none for \(listed.slice.start)")
      }
      let type = ElementType(number: entry.dtype.rawValue)
      guard let dtype = type.dtype, tensor.elements == .numbers(dtype) else {
        throw malformed(tensor.key, "slices of the tensor's type", type.name)
      }
      return try part(entry, slice: listed.slice, of: tensor.key)
    }
  }
}
