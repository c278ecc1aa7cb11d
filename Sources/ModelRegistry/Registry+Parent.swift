import Catalog
import ContentStore
import Digests
import Tensors

// What a new version may take from the one that it was trained on from.

extension Registry {
  /// The model of the first parent, when its architecture is known.
  func knownModel(of lineage: Lineage, _ contents: VersionContents) throws -> KnownModel? {
    guard let parent = lineage.parents.first, let manifest = contents.manifest,
      let stored = manifest.architecture, let dialect = Dialect(rawValue: stored.dialect),
      let config = try text(.architecture, of: contents),
      let format = ModelFormat(rawValue: manifest.format)
    else { return nil }
    let listing = try listing(of: parent, format, stored.config, lineage.parentVariables)
    return KnownModel(
      format: listing.format,
      architecture: Architecture(
        dialect: dialect, config: config, origin: .parent),
      training: try training(upTo: parent, contents),
      variables: listing.slots.map { slot in
        KnownVariable(
          path: slot.path, role: slot.role, slot: slot.optimizerSlot, dtype: slot.dtype,
          shape: slot.shape)
      })
  }

  /// A version's variables, and the container whose order they are in. Checkpoints and the like
  /// list weights by name: the order of the model is that of the nearest version before, of the
  /// same architecture, whose container has it.
  private func listing(
    of version: VersionRecord, _ format: ModelFormat, _ config: Digest,
    _ variables: [(slot: VariableSlot, blob: Digest)]
  ) throws -> (format: ModelFormat, slots: [VariableSlot]) {
    let slots = variables.map(\.slot)
    guard !format.isOfKeras, let source = try nearest(.format(ModelFormat.namesOfKeras), version),
      let manifest = try unlessDamaged({ try self.manifest(of: source) }),
      manifest.architecture?.config == config,
      let ordered = ModelFormat(rawValue: source.format)
    else { return (format, slots) }
    let paths = try catalog.read { try $0.variables(of: source) }.map(\.slot.path)
    let places = Dictionary(zip(paths, paths.indices)) { first, _ in first }
    let known = slots.filter { places[$0.path] != nil }
      .sorted { places[$0.path, default: 0] < places[$1.path, default: 0] }
    return (ordered, known + slots.filter { places[$0.path] == nil })
  }

  /// The nearest version with a trait by first parents, from one on.
  private func nearest(_ trait: CatalogReader.Trait, _ version: VersionRecord) throws
    -> VersionRecord?
  {
    try catalog.read { try $0.nearest(trait, from: version, within: 64) }
  }

  private func text(_ part: VersionContents.Part, of contents: VersionContents) throws -> String? {
    try contents.blob(of: part).flatMap { record in
      try unlessDamaged { String(decoding: try bytes(of: record), as: UTF8.self) }
    }
  }

  /// How a version was compiled, or the nearest one before it of which that is known: between
  /// epochs, weights may have been committed without their optimizer.
  private func training(upTo version: VersionRecord, _ contents: VersionContents) throws
    -> TrainingConfiguration?
  {
    if let optimizer = version.optimizer {
      return TrainingConfiguration(
        config: try text(.training, of: contents), optimizer: optimizer)
    }
    guard let compiled = try nearest(.compiled, version) else { return nil }
    let manifest = try unlessDamaged { try self.manifest(of: compiled) }
    var config: String?
    if let digest = manifest?.training?.config, let text = try unlessDamaged({ try blob(digest) }) {
      config = String(decoding: text, as: UTF8.self)
    }
    return TrainingConfiguration(config: config, optimizer: compiled.optimizer)
  }

  /// How the nearest version before one, of the same architecture, says that it was compiled:
  /// weights and checkpoints do not say it.
  func compilation(before version: VersionRecord, of config: Digest) throws
    -> TrainingConfiguration?
  {
    var next: VersionRecord? = version
    for _ in 0..<64 {
      next = try next.flatMap { version in
        try catalog.read { reader in
          try reader.parents(of: version).first.flatMap { try reader.version($0.version) }
        }
      }
      guard let version = next,
        let manifest = try unlessDamaged({ try self.manifest(of: version) }),
        manifest.architecture?.config == config
      else { return nil }
      guard let training = manifest.training, let digest = training.config,
        let text = try unlessDamaged({ try blob(digest) })
      else { continue }
      return TrainingConfiguration(
        config: String(decoding: text, as: UTF8.self), optimizer: training.optimizer)
    }
    return nil
  }

  /// What is wrong with a parent must not stop what comes after it.
  func unlessDamaged<Result>(_ body: () throws -> Result) throws -> Result? {
    do { return try body() } catch let error where error is StoreError || error is ManifestError {
      return nil
    } catch RegistryError.blobUnknown {
      return nil  // It was removed and collected since it was looked up.
    }
  }
}

extension ModelFormat {
  /// The names of Keras' own containers.
  fileprivate static let namesOfKeras = Set(allCases.filter(\.isOfKeras).map(\.rawValue))

  /// Whether it is Keras' own container, which lists weights in the order of the model's layers.
  fileprivate var isOfKeras: Bool {
    switch self {
    case .kerasHDF5, .kerasHDF5Weights, .kerasWeights, .kerasShardedWeights, .kerasArchive: true
    case .checkpoint, .savedModel, .safetensors, .npz, .opaque: false
    }
  }
}
