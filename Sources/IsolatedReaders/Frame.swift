/// A part of a worker's answer: one byte for its kind, eight for the payload's length,
/// little-endian, then the payload. A reader's answer is any number of notes about the spool, one
/// snapshot, and the end; a writer's is one layout, and the end; or at any time an error, and
/// nothing after it.
enum FrameKind: UInt8, Hashable, Sendable, CaseIterable {
  /// A `ModelSnapshot`, as canonical JSON.
  case snapshot = 1
  /// So many more bytes will be put into the spool: eight bytes, little-endian.
  case spooling = 2
  /// A `WorkerRejection`, as canonical JSON.
  case rejection = 3
  /// Nothing comes after it.
  case end = 4
  /// An `HDF5Skeleton`, as canonical JSON.
  case layout = 5

  /// The longest payload.
  var lengthLimit: UInt64 {
    switch self {
    case .snapshot, .layout: 64 << 20
    case .spooling: 8
    case .rejection: 1 << 20
    case .end: 0
    }
  }
}

/// What stands before a frame's payload.
struct FrameHeader: Hashable {
  static let byteCount = 9

  let kind: FrameKind
  let length: UInt64

  init(kind: FrameKind, length: UInt64) {
    self.kind = kind
    self.length = length
  }

  init(parsing bytes: [UInt8]) throws(ReaderError) {
    guard bytes.count == Self.byteCount, let kind = FrameKind(rawValue: bytes[0]) else {
      throw .malformedAnswer(.unknownFrame(bytes.first ?? 0))
    }
    self.kind = kind
    length = bytes.dropFirst().reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard length <= kind.lengthLimit else { throw .malformedAnswer(.frameTooLong(length)) }
  }

  var bytes: [UInt8] {
    [kind.rawValue] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
  }
}
