import Digests

/// Where a store keeps what: the only place that spells its paths. Documentation/Format.md.
public struct StorePaths: Hashable, Sendable {
  /// The registry's own folder, `.registry`.
  public let root: String

  public init(root: String) { self.root = root }

  var format: String { root + "/format" }
  /// The catalog's file.
  public var catalog: String { root + "/catalog.sqlite3" }
  var blobs: String { root + "/blobs/sha256" }
  var packs: String { root + "/packs" }
  var staging: String { root + "/staging" }
  var trash: String { root + "/trash" }
  var sessions: String { root + "/sessions" }
  var collectorLock: String { root + "/gc.lock" }
  var useLock: String { root + "/registry.lock" }
  /// What the registry is set to.
  public var settings: String { root + "/settings" }
  /// What a recovery could not record again; there while gc must not delete what may be left of it.
  public var lost: String { root + "/lost" }

  /// The 256 folders of loose blobs, by the first byte of the digest.
  var shards: [String] {
    (0..<256).map { byte in
      let hex = String(byte, radix: 16)
      return blobs + "/" + (hex.count == 1 ? "0" + hex : hex)
    }
  }

  func shard(of digest: Digest) -> String { blobs + "/" + digest.hex.prefix(2) }

  func loose(_ digest: Digest) -> String { shard(of: digest) + "/" + digest.hex }

  func pack(_ id: PackID) -> String { packs + "/" + id.name + ".pack" }

  func session(_ id: SessionID) -> String { sessions + "/" + id.name }

  func staging(of id: SessionID) -> String { staging + "/" + id.name }
}

/// Names one process' spell of writing: random, never used again.
public struct SessionID: Hashable, Sendable {
  /// 32 lowercase hex digits.
  public let name: String

  /// A new one.
  public init() {
    var generator = SystemRandomNumberGenerator()
    name = (0..<2).map { _ in
      let hex = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
      return String(repeating: "0", count: 16 - hex.count) + hex
    }.joined()
  }

  /// `nil` unless the name is 32 lowercase hex digits.
  public init?(parsing name: some StringProtocol) {
    guard name.utf8.count == 32, name.utf8.allSatisfy({ isLowercaseHex($0) }) else { return nil }
    self.name = String(name)
  }
}

/// Names a pack: the session that wrote it, and which of that session's packs it is.
public struct PackID: Hashable, Sendable {
  let session: SessionID
  let number: Int

  init(session: SessionID, number: Int) {
    self.session = session
    self.number = number
  }

  /// Parses a name as `name` spells it.
  public init?(parsing name: some StringProtocol) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let session = SessionID(parsing: parts[0]),
      let number = Int(parts[1]), number >= 0, String(number) == parts[1]
    else { return nil }
    self.init(session: session, number: number)
  }

  /// As its file is called, without `.pack`.
  public var name: String { "\(session.name)-\(number)" }
}

private func isLowercaseHex(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
