public import Digests
import Tensors

/// What can go wrong between the user and the registry. Stores, catalogs, readers and system calls
/// throw their own.
public enum RegistryError: Error, Hashable, Sendable {
  /// No `.registry` in the folder or any above it.
  case noRegistry(searchedFrom: String)
  /// The folder is no registry and holds none.
  case noRegistryIn(String)
  /// Another process has the registry for itself.
  case busy(path: String)
  /// A recovery lost these, and gc would delete what may be left of them.
  case versionsLost([String])
  case alreadyARegistry(path: String)

  case noVersions
  case noSuchModel(String, near: [String])
  case noSuchReference(String, near: [String])
  case ambiguousReference(String, matches: [String])
  case malformedReference(String)
  /// The version is there, but was removed.
  case removedVersion(String)
  case notRemoved(String)
  /// An alias still points at the version that is to be removed.
  case aliased(String, aliases: [String])
  case noSuchTag(String, version: String)
  case noSuchAlias(String, model: String)

  /// A name that is no name: of a model, alias, tag or metric.
  case invalidName(String, kind: NameKind)
  case metricNotANumber(name: String, value: String)
  /// The value of a tag or metric is longer than so many bytes.
  case valueTooLong(key: String, limit: Int)

  case sourceMissing(path: String)
  case sourceNotAFile(path: String)
  case sourceChanged(path: String)

  case targetExists(path: String)
  /// The version cannot be had in this format.
  case formatUnavailable(requested: String, stored: String)

  /// A blob that the version needs has no row.
  case blobUnknown(Digest)
  case recoveryBlocked
}

/// What a name is for.
public enum NameKind: String, Hashable, Sendable {
  case model, alias, tag, metric
}
