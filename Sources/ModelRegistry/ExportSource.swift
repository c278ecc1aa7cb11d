import Catalog
import ContentStore
import Digests
import Tensors

/// What an export is made of: a version, and perhaps the optimizer's state of another.
struct ExportSource {
  let version: VersionRecord
  let manifest: Manifest
  private(set) var optimizerFrom: VersionRecord?
  private(set) var model: RecordedModel
  /// The blob of each of the model's variables.
  private(set) var tensors: [StoredBlob]

  init(
    _ order: ExportOrder, in registry: Registry, pinnedBy session: WriteSession?
  ) throws {
    let (version, blobs) = try registry.needed(order.reference, pinnedBy: session)
    self.version = version
    manifest = try registry.manifest(of: version)
    (model, tensors) = try registry.recorded(version, manifest, blobs)
    optimizerFrom = try order.optimizerFrom.map { other in
      let (source, blobs) = try registry.needed(other, pinnedBy: session)
      let (trained, state) = try registry.recorded(source, registry.manifest(of: source), blobs)
      try take(optimizerOf: trained, state, from: source.label)
      return source
    }
    if !order.request.withOptimizer { keep { $0.role != .optimizer } }
    let prefix = order.request.prefix
    if !prefix.isEmpty {
      keep { $0.lies(under: prefix) }
      guard !tensors.isEmpty else {
        throw RegistryError.nothingUnder(prefix: prefix, version: version.label)
      }
    }
  }

  private mutating func keep(_ isWanted: (RecordedVariable) -> Bool) {
    let places = model.variables.indices.filter { isWanted(model.variables[$0]) }
    let numbers = model.numbers
    model.numbers = Dictionary(
      places.enumerated().compactMap { index, place in numbers[place].map { (index, $0) } }
    ) { first, _ in first }
    tensors = places.map { tensors[$0] }
    model.variables = places.map { model.variables[$0] }
  }

  /// Puts another version's optimizer in the place of its own: they are tied by the weights' paths.
  private mutating func take(
    optimizerOf other: RecordedModel, _ blobs: [StoredBlob], from label: String
  ) throws {
    let own = zip(model.variables, tensors).filter { $0.0.role != .optimizer }
    let places = other.variables.indices.filter { other.variables[$0].role == .optimizer }
    let state = places.map { (other.variables[$0], blobs[$0]) }
    guard !state.isEmpty else { throw RegistryError.noOptimizer(version: label) }
    let weights = Set(own.filter { $0.0.role == .weight }.map(\.0.path))
    let strange = state.compactMap(\.0.slot?.weightPath).first { !weights.contains($0) }
    if let strange {
      throw RegistryError.optimizerOfOther(
        version: version.label, optimizerFrom: label, weight: strange)
    }
    model.variables = own.map(\.0) + state.map(\.0)
    tensors = own.map(\.1) + state.map(\.1)
    model.numbers = Dictionary(
      places.enumerated().compactMap { index, place in
        other.numbers[place].map { (own.count + index, $0) }
      }
    ) { first, _ in first }
    model.training = other.training
  }
}

extension RecordedVariable {
  /// Whether its path is a prefix or begins with it, by whole components.
  fileprivate func lies(under prefix: String) -> Bool {
    path.split(separator: "/").starts(with: prefix.split(separator: "/"))
  }
}

extension Registry {
  /// All that is recorded of a version, and the blob of each variable.
  fileprivate func recorded(
    _ version: VersionRecord, _ manifest: Manifest, _ blobs: [Digest: StoredBlob]
  ) throws -> (model: RecordedModel, tensors: [StoredBlob]) {
    guard let format = ModelFormat(rawValue: manifest.format) else {
      throw ManifestError.malformed(version.id, member: "format")
    }
    let slots = try Layout(parsing: blob(manifest.layout), id: manifest.layout).slots
    let tensors = try manifest.tensors.map { digest in
      guard let blob = blobs[digest] else { throw RegistryError.blobUnknown(digest) }
      return blob
    }
    guard slots.count == tensors.count else {
      throw ManifestError.malformed(version.id, member: "tensors")
    }
    let variables = slots.map { slot in
      RecordedVariable(
        path: slot.path, containerPath: slot.containerPath, role: slot.role,
        slot: slot.optimizerSlot, dtype: slot.dtype, shape: slot.shape)
    }
    var numbers: [Int: [UInt8]] = [:]
    for (place, variable) in variables.enumerated()
    where variable.role == .optimizer && variable.slot == nil && variable.shape.elementCount == 1 {
      numbers[place] = try store.bytes(of: tensors[place])
    }
    let (architecture, training) = try configurations(of: version, manifest)
    let model = RecordedModel(
      format: format, producers: manifest.producers, architecture: architecture,
      training: training, variables: variables, numbers: numbers)
    return (model, tensors)
  }

  /// The texts of a version's configurations, as far as it has some.
  func configurations(
    of version: VersionRecord, _ manifest: Manifest
  ) throws -> (Architecture?, TrainingConfiguration?) {
    func text(_ digest: Digest) throws -> String {
      String(decoding: try blob(digest), as: UTF8.self)
    }
    let architecture = try manifest.architecture.map { stored in
      guard let dialect = Dialect(rawValue: stored.dialect) else {
        throw ManifestError.malformed(version.id, member: "architecture")
      }
      return Architecture(
        dialect: dialect, config: try text(stored.config), origin: stored.origin)
    }
    let training = try manifest.training.map { stored in
      TrainingConfiguration(config: try stored.config.map(text), optimizer: stored.optimizer)
    }
    guard training?.config == nil, let stored = manifest.architecture, stored.origin == .parent
    else { return (architecture, training) }
    return (architecture, try compilation(before: version, of: stored.config) ?? training)
  }
}
