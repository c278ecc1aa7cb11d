import Checksums
public import Tensors

/// A checkpoint that is written.
public struct CheckpointToWrite: Hashable, Sendable {
  /// A tensor that is a single string.
  public struct Text: Hashable, Sendable {
    public var key: String
    public var bytes: [UInt8]

    public init(key: String, bytes: [UInt8]) {
      self.key = key
      self.bytes = bytes
    }
  }

  /// Their names are the keys.
  public var tensors: [TensorToWrite]
  public var texts: [Text]
  /// Which object each key belongs to; `nil` in checkpoints by names, as of TensorFlow 1.
  public var graph: ObjectGraph?

  public init(tensors: [TensorToWrite], texts: [Text] = [], graph: ObjectGraph? = nil) {
    self.tensors = tensors
    self.texts = texts
    self.graph = graph
  }
}

/// The two files of a checkpoint; their names are a prefix and these.
public struct CheckpointFiles: Hashable, Sendable {
  public static let dataSuffix = ".data-00000-of-00001"
  public static let indexSuffix = ".index"

  public let data: FileLayout
  public let index: FileLayout
}

/// What cannot be written as a checkpoint.
public enum CheckpointWritingError: Error, Hashable, Sendable {
  /// Two tensors have one key.
  case repeatedKey(String)
  /// The empty key is that of the index's header, one that begins with NUL that of a slice.
  case reservedKey(String)
  /// Longer than this package reads.
  case keyTooLong(String, allowed: Int)
  /// The bytes before this tensor's end are 2^63 or more.
  case tooLarge(key: String)
  /// An object refers to one that is not there. A graph without any object has no root, 0.
  case noSuchNode(from: Int, name: String, node: Int, count: Int)
  /// An object is said to be saved under a key that the checkpoint does not have.
  case noSuchKey(node: Int, key: String)
}

/// Writes TensorFlow's checkpoints of the second format, byte for byte as TensorFlow does.
/// tensorflow/core/util/tensor_bundle/tensor_bundle.cc of
/// https://github.com/tensorflow/tensorflow
public enum BundleWriter {
  /// The files of a checkpoint. As with TensorFlow, the tensors' bytes lie one behind the other in
  /// the order of the list, then those of the texts and of the graph; the index has the order of
  /// the keys' bytes.
  ///
  /// - Throws: `CheckpointWritingError`, and what `checksum` throws.
  public static func files(
    of checkpoint: CheckpointToWrite, checksum: TensorChecksum
  ) throws -> CheckpointFiles {
    var entries = checkpoint.tensors.map(Entry.tensor) + checkpoint.texts.map(Entry.text)
    if let graph = checkpoint.graph {
      try check(graph, keys: Set(entries.map(\.key)))
      let key = TensorBundle.objectGraphKey
      entries.append(.text(.init(key: key, bytes: graph.serialized)))
    }
    var data = FileLayout()
    var listed: [(key: [UInt8], value: [UInt8])] = []
    for entry in entries {
      try checkKey(of: entry)
      listed.append((entry.key, try value(of: entry, at: data.byteCount, checksum)))
      switch entry {
      case .tensor(let tensor): data.append(tensor)
      case .text(let text): data.append(StoredText(text.bytes).bytes)
      }
    }
    return CheckpointFiles(data: data, index: try index(of: listed))
  }

  private static func index(
    of entries: [(key: [UInt8], value: [UInt8])]
  ) throws(CheckpointWritingError) -> FileLayout {
    let sorted = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    var index = SortedTableWriter()
    index.append(key: [], value: header)
    var last: [UInt8] = []
    for (key, value) in sorted {
      guard key != last else { throw .repeatedKey(String(decoding: key, as: UTF8.self)) }
      index.append(key: key, value: value)
      last = key
    }
    var file = FileLayout()
    file.append(index.finish())
    return file
  }

  private enum Entry {
    case tensor(TensorToWrite)
    case text(CheckpointToWrite.Text)

    var name: String {
      switch self {
      case .tensor(let tensor): tensor.name
      case .text(let text): text.key
      }
    }

    /// Texts that are equal to Swift may have other bytes, and are other keys then.
    var key: [UInt8] { Array(name.utf8) }
  }

  /// `BundleHeaderProto`: one shard, little-endian, and `VersionDef.producer`.
  private static let header: [UInt8] = {
    var version = WireWriter()
    version.append(1, number: 1)
    var header = WireWriter()
    header.append(1, number: 1)
    header.append(version.bytes, number: 3)
    return header.bytes
  }()

  /// `BundleEntryProto`.
  private static func value(
    of entry: Entry, at offset: UInt64, _ checksum: TensorChecksum
  ) throws -> [UInt8] {
    let type: ElementType
    let shape: Shape
    let byteCount: UInt64
    let crc: UInt32
    switch entry {
    case .tensor(let tensor):
      (type, shape, byteCount) = (ElementType(tensor.dtype), tensor.shape, tensor.byteCount)
      crc = byteCount == 0 ? 0 : try checksum(tensor.content, .crc32c)
    case .text(let text):
      let stored = StoredText(text.bytes)
      (type, shape, byteCount) = (.string, .scalar, UInt64(stored.bytes.count))
      crc = stored.crc32c
    }
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end <= UInt64(Int64.max) else {
      throw CheckpointWritingError.tooLarge(key: entry.name)
    }
    var message = WireWriter()
    message.append(UInt64(type.number), number: 1)
    message.append(bytes(of: shape), number: 2)
    message.append(offset, number: 4)
    message.append(byteCount, number: 5)
    message.append(fixed: CRC32C.masked(crc), number: 6)
    return message.bytes
  }

  /// `TensorShapeProto`: a message for each dimension, also for one of 0.
  private static func bytes(of shape: Shape) -> [UInt8] {
    var message = WireWriter()
    for dimension in shape.dimensions {
      var size = WireWriter()
      size.append(UInt64(dimension), number: 1)
      message.append(size.bytes, number: 2)
    }
    return message.bytes
  }
}

extension BundleWriter {
  private static func checkKey(of entry: Entry) throws(CheckpointWritingError) {
    guard let first = entry.key.first, first != 0 else { throw .reservedKey(entry.name) }
    let allowed = Int(TensorFlowLimits().nameBytes)
    guard entry.key.count <= allowed else { throw .keyTooLong(entry.name, allowed: allowed) }
  }

  private static func check(
    _ graph: ObjectGraph, keys: Set<[UInt8]>
  ) throws(CheckpointWritingError) {
    let count = graph.nodes.count
    guard count > 0 else { throw .noSuchNode(from: 0, name: "", node: 0, count: 0) }
    for (number, node) in graph.nodes.enumerated() {
      let references =
        node.children.map { ($0.name, $0.node) } + node.slots.map { ($0.name, $0.original) }
        + node.slots.map { ($0.name, $0.variable) }
      for (name, target) in references where !graph.nodes.indices.contains(target) {
        throw .noSuchNode(from: number, name: name, node: target, count: count)
      }
      for attribute in node.attributes where !keys.contains(Array(attribute.key.utf8)) {
        throw .noSuchKey(node: number, key: attribute.key)
      }
    }
  }
}

/// The bytes of a tensor of one string: its length, the checksum of that, and the string.
private struct StoredText {
  let bytes: [UInt8]
  /// Not of `bytes`: the length is taken as a number of 32 bits, or 64 when it needs them.
  let crc32c: UInt32

  init(_ text: [UInt8]) {
    let length = UInt64(text.count)
    let number = withUnsafeBytes(of: length.littleEndian) {
      Array($0.prefix(length <= UInt64(UInt32.max) ? 4 : 8))
    }
    let lengthChecksum = withUnsafeBytes(of: CRC32C.masked(CRC32C.of(number)).littleEndian) {
      Array($0)
    }
    bytes = WireWriter.varint(length) + lengthChecksum + text
    crc32c = CRC32C.of(number + lengthChecksum + text)
  }
}
