public import Digests
public import TensorCodec

/// How a blob is to be coded, should a sample of it say that coding pays.
public struct CodingPlan: Hashable, Sendable {
  /// What its bytes are.
  public var kind: ElementKind
  public var effort: CodingEffort
  /// A blob that may be like it. It is used where a sample says so, and only while it is whole.
  public var base: StoredBlob?

  public init(kind: ElementKind, effort: CodingEffort, base: StoredBlob? = nil) {
    self.kind = kind
    self.effort = effort
    self.base = base
  }
}

/// How a staged blob was coded.
public struct StagedCoding: Hashable, Sendable {
  /// What it takes in its pack.
  public let byteCount: UInt64
  /// The blob without which it cannot be decoded.
  public let base: Digest?
}
