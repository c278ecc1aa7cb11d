public import Catalog
import Digests

/// What may change of a version after it was committed. Every change is in the journal.
extension Registry {
  private func change<Result>(
    _ reference: Reference, in model: String? = nil, allowingRemoved: Bool = false,
    _ body: (CatalogWriter, VersionRecord, _ at: Int64) throws -> Result
  ) throws -> Result {
    try catalog.write { writer in
      let version = try writer.reader.resolve(
        reference, in: model, allowingRemoved: allowingRemoved)
      return try body(writer, version, now())
    }
  }

  private func record(
    _ event: Journal.Event, _ version: VersionRecord, at time: Int64, name: String? = nil,
    value: String? = nil, _ writer: CatalogWriter
  ) throws {
    let entry = Journal.Entry(
      at: time, event: event, model: version.model, number: version.number, version: version.id,
      name: name, value: value)
    try journal.append([entry], writer)
  }

  /// Sets tags, over what they were.
  public func setTags(_ tags: [String: String], of reference: Reference) throws -> VersionRecord {
    try Names.checkTags(tags)
    return try change(reference) { writer, version, time in
      for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
        try writer.setTag(key, to: value, of: version)
        try record(.tag, version, at: time, name: key, value: value, writer)
      }
      return version
    }
  }

  /// Takes tags away.
  ///
  /// - Throws: `RegistryError.noSuchTag` when one is not there; then none is taken away.
  public func removeTags(_ keys: [String], of reference: Reference) throws -> VersionRecord {
    try change(reference) { writer, version, time in
      for key in keys {
        guard try writer.removeTag(key, of: version) else {
          throw RegistryError.noSuchTag(key, version: version.label)
        }
        try record(.untag, version, at: time, name: key, writer)
      }
      return version
    }
  }

  /// Sets metrics, over what they were. Values are kept as they are spelled; each must be a number.
  public func setMetrics(_ metrics: [String: String], of reference: Reference) throws
    -> VersionRecord
  {
    try Names.checkMetrics(metrics)
    return try change(reference) { writer, version, time in
      for (name, value) in metrics.sorted(by: { $0.key < $1.key }) {
        try writer.setMetric(name, to: value, of: version)
        try record(.metric, version, at: time, name: name, value: value, writer)
      }
      return version
    }
  }

  /// Points an alias of the version's model at the version. A reference without a model is of the
  /// model given, or of the one last used.
  ///
  /// - Returns: the version, and the number that the alias pointed at before.
  public func setAlias(_ name: String, to reference: Reference, in model: String? = nil) throws -> (
    version: VersionRecord, before: Int?
  ) {
    try Names.check(name, as: .alias)
    if let model { try catalog.read { try $0.require(model: model) } }
    return try change(reference, in: model) { writer, version, time in
      let before = try writer.setAlias(name, to: version, at: time)
      try record(.alias, version, at: time, name: name, writer)
      return (version, before)
    }
  }

  /// Takes an alias away.
  public func removeAlias(_ name: String, of model: String?) throws {
    try catalog.write { writer in
      guard let model = try model ?? writer.reader.lastUsedModel() else {
        throw RegistryError.noVersions
      }
      guard let version = try writer.reader.version(alias: name, of: model),
        try writer.removeAlias(name, of: model, at: now())
      else { throw RegistryError.noSuchAlias(name, model: model) }
      try record(.unalias, version, at: now(), name: name, writer)
    }
  }

  /// Takes a version out of the log. Its blobs stay until gc's retention is over.
  public func remove(_ reference: Reference) throws -> VersionRecord {
    try change(reference) { writer, version, time in
      let aliases = try writer.reader.aliases(of: version)
      guard aliases.isEmpty else {
        throw RegistryError.aliased(version.label, aliases: aliases)
      }
      try writer.setRemoved(time, of: version)
      try record(.remove, version, at: time, writer)
      return version
    }
  }

  /// Brings a removed version back.
  public func restore(_ reference: Reference) throws -> VersionRecord {
    try change(reference, allowingRemoved: true) { writer, version, time in
      guard version.removed != nil else { throw RegistryError.notRemoved(version.label) }
      try writer.setRemoved(nil, of: version)
      try record(.restore, version, at: time, writer)
      return version
    }
  }
}
