/// What the bytes of a tensor in an exported file are.
public enum TensorContent: Hashable, Sendable {
  /// The bytes of one of the version's variables, by its place in their list.
  case stored(Int)
  /// The elements of a bfloat16 variable, widened to float32.
  case widened(Int)
  /// An element, so many times: the slot of an optimizer that has not begun.
  case filled([UInt8], count: Int)
  /// Bytes that no variable has: a learning rate that was only in the configuration.
  case literal([UInt8])
}

/// A tensor in an exported file.
public struct TensorToWrite: Hashable, Sendable {
  /// What the file calls it.
  public var name: String
  /// The type as it is written: float32 for a widened one.
  public var dtype: DType
  public var shape: Shape
  public var content: TensorContent
  /// The bytes that it takes.
  public let byteCount: UInt64

  /// `nil` when a tensor of that shape does not fit 63 bits.
  public init?(name: String, dtype: DType, shape: Shape, content: TensorContent) {
    guard let byteCount = shape.byteCount(of: dtype) else { return nil }
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.content = content
    self.byteCount = UInt64(byteCount)
  }
}

/// A file that an export writes: what lies where in it. The same layout and the same tensors are
/// the same bytes.
public struct FileLayout: Hashable, Sendable {
  /// What a stretch of the file is.
  public enum Content: Hashable, Sendable {
    case bytes([UInt8])
    case tensor(TensorContent)
  }

  /// A stretch of the file. None is empty.
  public struct Piece: Hashable, Sendable {
    public let offset: UInt64
    public let byteCount: UInt64
    public let content: Content
  }

  /// They follow each other without a gap.
  public private(set) var pieces: [Piece] = []
  public private(set) var byteCount: UInt64 = 0

  public init() {}

  /// Adds bytes at the end.
  public mutating func append(_ bytes: [UInt8]) {
    add(.bytes(bytes), byteCount: UInt64(bytes.count))
  }

  /// Adds a tensor's bytes at the end.
  public mutating func append(_ tensor: TensorToWrite) {
    add(.tensor(tensor.content), byteCount: tensor.byteCount)
  }

  /// Adds all of another file at the end.
  public mutating func append(_ layout: FileLayout) {
    for piece in layout.pieces { add(piece.content, byteCount: piece.byteCount) }
  }

  private mutating func add(_ content: Content, byteCount: UInt64) {
    guard byteCount > 0 else { return }
    pieces.append(Piece(offset: self.byteCount, byteCount: byteCount, content: content))
    self.byteCount += byteCount
  }
}

/// Tells the checksum of a tensor's bytes, which a file has beside them.
public typealias TensorChecksum = (TensorContent, Checksum.Algorithm) throws -> UInt32
