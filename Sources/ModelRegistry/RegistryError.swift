public import Digests
public import Tensors

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
  /// Something that is not committed, whatever its bytes are.
  case sourceUnsafe(path: String, SourceDefect)
  case sourceChanged(path: String)
  /// Bytes that a checksum in the source does not fit; `part` is what it calls them.
  case sourceDamaged(path: String, file: String, part: String, Checksum.Algorithm)
  /// The user refuses models with such findings.
  case findingsDenied(path: String, [Finding])

  case targetExists(path: String)
  /// A folder is there that could be the same, and has other files or other bytes.
  case targetDiffers(path: String)
  /// What is to be written into is not there, or is no folder.
  case noSuchFolder(path: String)
  /// Keras tells formats by endings, and would take the file for another.
  case misleadingName(path: String, ending: String, better: String)
  /// A folder in the way has a registry in it or is this process' own, or the way leads into one.
  case targetHoldsRegistry(path: String)
  case noSuchVariable(String, version: String, near: [String])
  /// The version has no variable whose path begins with that.
  case nothingUnder(prefix: String, version: String)
  /// The version has no optimizer's state.
  case noOptimizer(version: String)
  /// The other version's optimizer has state for a weight that this one does not have.
  case optimizerOfOther(version: String, optimizerFrom: String, weight: String)

  /// The version was not committed as a SavedModel, and has no graph of its own.
  case noGraph(version: String, format: String)
  /// The version does not fit the other one's graph: all notes are `impossible`.
  case unfittingGraph([ConversionNote], version: String, graph: String)

  /// The file of the registry's settings says what this program does not know.
  case settingsUnreadable(path: String)
  /// A blob that the version needs has no row.
  case blobUnknown(Digest)
  case recoveryBlocked
}

/// Why a file or folder is not committed.
public enum SourceDefect: Hashable, Sendable {
  /// A link, a device, a pipe: neither file nor folder.
  case notAFile
  /// A file of many bytes that hardly takes any on the disk.
  case holes
  /// A folder without a file.
  case empty
  case tooManyFiles(limit: Int)
  /// Folders nested deeper than that.
  case tooDeep(limit: Int)
  case badName(RelativePath.Defect)
  /// A registry: this one, perhaps.
  case registry
}

/// What a name is for.
public enum NameKind: String, Hashable, Sendable {
  case model, alias, tag, metric
}
