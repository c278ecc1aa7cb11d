public import Catalog
import Digests
public import StrictJSON
import Tensors

/// A version in the log, with what is known of it.
public struct LogEntry: Sendable {
  public var version: VersionRecord
  public var parents: [Parent]
  public var aliases: [String]
  public var tags: [String: String]
  public var metrics: [String: String]
  /// The metrics of the first parent: to tell what changed.
  public var parentMetrics: [String: String]

  /// A parent as far as it is still known.
  public struct Parent: Sendable {
    public var edge: ParentEdge
    /// `nil` when it is gone.
    public var version: VersionRecord?
  }
}

/// A version with everything that is known of it.
public struct VersionDetails: Sendable {
  public var entry: LogEntry
  public var manifest: Manifest
  /// Each variable and the blob that it is.
  public var variables: [(slot: VariableSlot, blob: BlobRecord)]
  /// The configurations as they were committed: JSON.
  public var architecture: String?
  public var training: String?
  /// What is recorded of a SavedModel's graphs; see Documentation/Format.md.
  public var graphs: JSONValue?
  public var children: [VersionRecord]
  /// What was written of it in other formats.
  public var exports: [ExportRecord]
  /// Bytes of blobs that only this version needs, and of those that others need too.
  public var ownBytes: UInt64
  public var sharedBytes: UInt64
}

extension Registry {
  /// Versions, newest first; of one model, or of all.
  public func log(model: String?, limit: Int?) throws -> [LogEntry] {
    try catalog.read { reader in
      if let model { try reader.require(model: model) }
      return try reader.versions(of: model, limit: limit).map { try reader.entry($0) }
    }
  }

  /// Everything known of a version.
  public func show(_ reference: Reference) throws -> VersionDetails {
    let (entry, variables, children, exports, own, shared) = try catalog.read { reader in
      let version = try reader.resolve(reference)
      let blobs = try reader.blobs(of: version)
      let byDigest = Dictionary(blobs.map { ($0.digest, $0) }) { first, _ in first }
      let variables = try reader.variables(of: version).map { slot, digest in
        guard let blob = byDigest[digest] else { throw RegistryError.blobUnknown(digest) }
        return (slot: slot, blob: blob)
      }
      let own = try reader.ownByteCount(of: version)
      let all = blobs.reduce(0) { $0 + $1.byteCount }
      return (
        try reader.entry(version), variables, try reader.children(of: version),
        try reader.exports(of: version), own, all - own
      )
    }
    let manifest = try manifest(of: entry.version)
    return VersionDetails(
      entry: entry, manifest: manifest, variables: variables,
      architecture: try manifest.architecture.map { try text($0.config) },
      training: try manifest.training?.config.map { try text($0) },
      graphs: try manifest.graphs.map { try BlobJSON(parsing: blob($0), id: $0).value },
      children: children, exports: exports,
      ownBytes: own, sharedBytes: shared)
  }

  private func text(_ digest: Digest) throws -> String {
    String(decoding: try blob(digest), as: UTF8.self)
  }

  /// The models, the one last used first.
  public func models() throws -> [ModelRecord] { try catalog.read { try $0.models() } }

  /// The aliases of one model, or of all.
  public func aliases(model: String?) throws -> [AliasRecord] {
    try catalog.read { reader in
      if let model { try reader.require(model: model) }
      return try reader.aliases(in: model)
    }
  }

  /// Every move of a model's aliases, oldest first. `nil`: the model last used.
  public func aliasMoves(model: String?) throws -> [AliasMove] {
    try catalog.read { reader in
      guard let model = try model ?? reader.lastUsedModel() else { throw RegistryError.noVersions }
      try reader.require(model: model)
      return try reader.aliasMoves(of: model)
    }
  }

  /// One version as the log has it.
  public func entry(_ reference: Reference) throws -> LogEntry {
    try catalog.read { reader in try reader.entry(reader.resolve(reference)) }
  }
}

extension CatalogReader {
  fileprivate func entry(_ version: VersionRecord) throws -> LogEntry {
    let parents = try parents(of: version).map { edge in
      LogEntry.Parent(edge: edge, version: try self.version(edge.version))
    }
    return LogEntry(
      version: version, parents: parents, aliases: try aliases(of: version),
      tags: try tags(of: version), metrics: try metrics(of: version),
      parentMetrics: try parents.first?.version.map { try metrics(of: $0) } ?? [:])
  }
}
