/// A source that a reader was given, already open: the reader opens nothing itself.
public struct OpenSource: Sendable {
  /// The descriptor, open for reading. It stays the caller's.
  public let descriptor: Int32
  /// What to call it in messages.
  public let path: String
  /// Its size when it was opened.
  public let byteCount: UInt64

  public init(descriptor: Int32, path: String, byteCount: UInt64) {
    self.descriptor = descriptor
    self.path = path
    self.byteCount = byteCount
  }
}

/// Reads what somebody saved. The registry sees every format through this.
public protocol ModelReader: Sendable {
  /// Reads a source and copies no tensor that lies in it as it is. Those that do not are decoded
  /// one after another into `decoded`, a descriptor open for writing, in the order of the
  /// snapshot's `TensorBytes.decoded` extents.
  ///
  /// - Throws: what is wrong with the source, in the reader's own error type.
  func read(_ source: OpenSource, decodingInto decoded: Int32) throws -> ModelSnapshot
}
