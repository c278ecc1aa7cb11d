/// A stretch of bytes in a file.
public struct ByteExtent: Hashable, Sendable {
  /// Bytes before it.
  public let offset: UInt64
  /// Bytes in it.
  public let length: UInt64

  /// `nil` when the end does not fit 64 bits.
  public init?(offset: UInt64, length: UInt64) {
    guard !offset.addingReportingOverflow(length).overflow else { return nil }
    self.offset = offset
    self.length = length
  }

  /// The offset of the first byte after it.
  public var end: UInt64 { offset + length }
}

/// Where the elements of a variable lie: little-endian, C order, contiguous.
public enum TensorBytes: Hashable, Sendable {
  /// In the source file as they are.
  case source(file: Int, ByteExtent)
  /// Not as they are in any file (chunked, compressed, big-endian): the reader decodes them, and
  /// this is where they lie in its spool.
  case decoded(ByteExtent)

  /// The bytes' number.
  public var length: UInt64 {
    switch self {
    case .source(_, let extent), .decoded(let extent): extent.length
    }
  }
}

/// What a variable is for.
public enum Role: String, Hashable, Sendable, CaseIterable {
  /// A weight of the model, trained or not (moving averages, say).
  case weight
  /// State of the optimizer.
  case optimizer
  /// State of a metric.
  case metric
  /// State of a random number generator.
  case seed
  /// Anything else that the file has.
  case other
}

/// Ties one variable of an optimizer to the weight that it was made for.
public struct OptimizerSlot: Hashable, Sendable {
  /// The slot's name as the optimizer calls it: `m`, `v`, `momentum`, `velocity`.
  public let name: String
  /// The canonical path of the weight.
  public let weightPath: String

  public init(name: String, weightPath: String) {
    self.name = name
    self.weightPath = weightPath
  }
}

/// A named tensor of a model.
public struct Variable: Hashable, Sendable {
  /// The canonical path, `layer/…/name`; unique within a model. See Documentation/Format.md.
  public let path: String
  /// What the container calls it, as a path from the container's root.
  public let containerPath: String
  public let role: Role
  /// Which weight it belongs to, when it is an optimizer's and that is known.
  public let slot: OptimizerSlot?
  public let dtype: DType
  public let shape: Shape
  public var bytes: TensorBytes

  public init(
    path: String, containerPath: String, role: Role, slot: OptimizerSlot? = nil, dtype: DType,
    shape: Shape, bytes: TensorBytes
  ) {
    self.path = path
    self.containerPath = containerPath
    self.role = role
    self.slot = slot
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }
}
