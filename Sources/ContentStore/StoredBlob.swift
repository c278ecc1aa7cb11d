public import Digests

/// Where a blob's bytes are.
public enum BlobLocation: Hashable, Sendable {
  /// In a file of its own, raw: `sha256sum` of the file is its name.
  case loose
  /// In a pack, from a byte on.
  case packed(PackID, offset: UInt64)
}

/// How a blob's bytes are kept.
public indirect enum BlobForm: Hashable, Sendable {
  /// As they are.
  case raw
  /// Coded, which only blobs in packs are. `byteCount` is what it takes in its pack; `base` the
  /// blob without which it cannot be decoded, if there is one.
  case coded(byteCount: UInt64, base: StoredBlob?)
}

/// A blob as the catalog knows it: enough to find its bytes and to check them.
public struct StoredBlob: Hashable, Sendable {
  public let digest: Digest
  /// Its own bytes, whatever it takes in the store.
  public let byteCount: UInt64
  public let location: BlobLocation
  public let form: BlobForm

  public init(
    digest: Digest, byteCount: UInt64, location: BlobLocation, form: BlobForm = .raw
  ) {
    self.digest = digest
    self.byteCount = byteCount
    self.location = location
    self.form = form
  }

  /// The bytes that it takes in its file or pack.
  public var storedByteCount: UInt64 {
    switch form {
    case .raw: byteCount
    case .coded(let count, _): count
    }
  }

  /// The blob that it is coded against.
  public var base: StoredBlob? {
    switch form {
    case .raw: nil
    case .coded(_, let base): base
    }
  }

  /// All blobs that are needed to decode it, the nearest first.
  public var bases: [StoredBlob] {
    Array(sequence(first: self) { $0.base }.dropFirst())
  }
}
