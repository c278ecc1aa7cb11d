import HDF5Format
import Tensors

/// A dataset that is a tensor.
struct StoredTensor: Hashable {
  /// The file that has it, by its place among those of one model.
  let file: Int
  let dtype: DType
  let shape: Shape
  let byteCount: UInt64
  let storage: HDF5Storage

  /// Where its bytes lie as they are; `nil` when the library has to produce them.
  ///
  /// A dataset without storage was never written, so that the file's fill value counts. One without
  /// elements lies nowhere.
  var extent: ByteExtent? {
    if case .contiguous(let extent) = storage { return extent }
    return byteCount == 0 ? ByteExtent(offset: 0, length: 0) : nil
  }
}

/// Every dataset of a model's files, by its path from the root without a slash before.
struct Inventory {
  private(set) var tensors: [String: StoredTensor] = [:]
  /// The tensors' paths: numbers by their value, all else by its bytes.
  private(set) var paths: [String] = []
  /// The datasets that are no tensors.
  private(set) var findings: [Finding] = []

  /// Their paths.
  private(set) var unread: Set<String> = []

  init(of root: HDF5Group) throws(KerasFormatError) { try self.init(of: [root]) }

  /// Files that share one tree of groups. No two may have the same dataset.
  init(of roots: [HDF5Group]) throws(KerasFormatError) {
    for (file, root) in roots.enumerated() { try collect(root, of: file, under: "") }
    findings.sort { $0.location < $1.location }
  }

  private mutating func collect(
    _ group: HDF5Group, of file: Int, under prefix: String
  ) throws(KerasFormatError) {
    let members = Set(group.groups.keys).union(group.datasets.keys)
    for name in members.sorted(by: Self.precedes) {
      let path = prefix + name
      if let dataset = group.datasets[name] { try add(dataset, of: file, at: path) }
      if let inner = group.groups[name] { try collect(inner, of: file, under: path + "/") }
    }
  }

  private static func precedes(_ first: String, _ second: String) -> Bool {
    if let one = UInt64(first), let two = UInt64(second), one != two { return one < two }
    return first < second
  }

  private mutating func add(
    _ dataset: HDF5Dataset, of file: Int, at path: String
  ) throws(KerasFormatError) {
    guard tensors[path] == nil, !unread.contains(path) else {
      throw .malformed(
        location: path, expected: "a dataset in one of the files", found: "one in two of them")
    }
    guard let dtype = Self.dtype(of: dataset) else {
      let detail = Self.description(of: dataset.elements)
      findings.append(Finding(kind: .unreadDataset, location: path, detail: detail))
      unread.insert(path)
      return
    }
    guard let count = dataset.shape.byteCount(of: dtype) else {
      throw .malformed(
        location: path, expected: "a tensor that fits memory", found: "shape \(dataset.shape)")
    }
    let byteCount = UInt64(count)
    if case .contiguous(let extent) = dataset.storage, extent.length != byteCount {
      throw .malformed(
        location: path, expected: "\(byteCount) bytes for \(dtype.rawValue) \(dataset.shape)",
        found: "\(extent.length) bytes")
    }
    paths.append(path)
    tensors[path] = StoredTensor(
      file: file, dtype: dtype, shape: dataset.shape, byteCount: byteCount, storage: dataset.storage
    )
  }

  /// HDF5 has no bfloat16 or 8-bit float. h5py writes them as opaque bytes; Keras 3 adds the type's
  /// name as an attribute, Keras' legacy layouts do not, and write no opaque type but bfloat16.
  private static func dtype(of dataset: HDF5Dataset) -> DType? {
    switch dataset.elements {
    case .numbers(let dtype): return dtype
    case .opaque(let width):
      guard let name = dataset.attributes["dtype"] else { return width == 2 ? .bfloat16 : nil }
      guard case .string(let name) = name, let dtype = DType(rawValue: name) else { return nil }
      return dtype.byteWidth == width ? dtype : nil
    case .other: return nil
    }
  }

  private static func description(of elements: HDF5Elements) -> String {
    switch elements {
    case .numbers(let dtype): dtype.rawValue
    case .opaque(let width): "opaque elements of \(width) bytes"
    case .other(let words): words
    }
  }
}
