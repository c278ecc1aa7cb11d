import HDF5Format
import Tensors

/// Reads whole models and weights that lie by layer name, as every Keras writes them.
struct LegacyLayout {
  private let root: HDF5Group
  private let inventory: Inventory
  private let format: ModelFormat
  private let metadata: LegacyMetadata
  private let parent: KnownModel?

  /// - Parameter parent: whose weights these may be, when the file has no architecture.
  init(
    root: HDF5Group, inventory: Inventory, format: ModelFormat, parent: KnownModel? = nil
  ) throws(KerasFormatError) {
    self.root = root
    self.inventory = inventory
    self.format = format
    self.parent = parent
    metadata = try LegacyMetadata(root: root, intact: inventory.paths.count)
  }

  func reading() throws(KerasFormatError) -> KerasHDF5Reading {
    guard metadata.architecture == nil, let parent else {
      return try reading(layers: metadata.layers)
    }
    let naming = WeightNaming(parent.architecture)
    var reading = try reading(layers: naming?.layers)
    let weights = reading.snapshot.variables.filter { $0.role == .weight }.map {
      WeightIdentity(path: $0.path, dtype: $0.dtype, shape: $0.shape)
    }
    if let obstacle = ParentFit(weights, to: parent).obstacle {
      reading = try self.reading(layers: nil)
      reading.snapshot.findings.append(.bareWeights(obstacle))
    } else {
      reading.snapshot.architecture = parent.inheritedArchitecture
    }
    return reading
  }

  /// - Parameter layers: those of the model, when it is known.
  private func reading(layers: LayerIndex?) throws(KerasFormatError) -> KerasHDF5Reading {
    let weights = try weights(in: layers)
    let weightPaths = uniquePaths(for: weights.map(\.draft), reserving: Set(inventory.paths))
    let targets = zip(weights, weightPaths).map { weight, path in
      TieTarget(
        path: path, listedName: weight.listedName, shape: weight.draft.tensor.shape,
        trainable: weight.trainable)
    }
    let (optimizer, untied) = try optimizer(for: targets)
    let optimizerPaths = uniquePaths(
      for: optimizer, reserving: Set(inventory.paths).union(weightPaths))
    let others = others(than: weights.map(\.draft) + optimizer)
    let assembly = try Assembly(
      weights.map(\.draft) + optimizer + others,
      paths: weightPaths + optimizerPaths + others.map(\.containerPath))
    let snapshot = ModelSnapshot(
      format: format, producers: metadata.producers, architecture: metadata.architecture,
      training: metadata.training, variables: assembly.variables,
      findings: metadata.findings + inventory.findings + untied)
    return KerasHDF5Reading(snapshot: snapshot, datasetsToDecode: assembly.datasetsToDecode)
  }

  /// The tensors that no list of the file names.
  private func others(than drafts: [VariableDraft]) -> [VariableDraft] {
    let listed = Set(drafts.map(\.containerPath))
    return inventory.paths.compactMap { path in
      guard !listed.contains(path), let tensor = inventory.tensors[path] else { return nil }
      return VariableDraft(containerPath: path, tensor: tensor, role: .other)
    }
  }

  // MARK: Weights

  private struct Weight {
    let draft: VariableDraft
    let listedName: String
    let trainable: Bool
  }

  /// The model's own weights have a group beside the layers' groups.
  static let modelsOwn = "top_level_model_weights"

  /// All weights that the layers' groups list, in their order.
  private func weights(in model: LayerIndex?) throws(KerasFormatError) -> [Weight] {
    let inner = root.groups["model_weights"]
    let group = inner ?? root
    let path = inner == nil ? "" : "model_weights/"
    let listed = try group.names(in: "layer_names", at: "/" + path)
    // Without a list, every group below `model_weights` that lists weights is a layer.
    var layers = listed ?? inner?.groups.keys.sorted() ?? []
    if listed != nil, group.groups[Self.modelsOwn] != nil { layers.append(Self.modelsOwn) }
    var weights: [Weight] = []
    var seen: Set<String> = []
    for layer in layers {
      guard let layerGroup = group.group(at: layer) else {
        throw .malformed(
          location: "/" + path + layer, expected: "a group, for layer_names has it",
          found: "nothing")
      }
      // The groups of `a` and of `a/b` may list the same dataset.
      weights += try self.weights(
        of: layer, in: layerGroup, at: path + layer, model: model
      ).filter { seen.insert($0.draft.containerPath).inserted }
    }
    return weights
  }

  private func weights(
    of layer: String, in group: HDF5Group, at location: String, model: LayerIndex?
  ) throws(KerasFormatError) -> [Weight] {
    let names = try group.names(in: "weight_names", at: "/" + location) ?? []
    let rule = WeightPathRule(group: layer, model: model, isKeras1: metadata.isKeras1)
    var weights: [Weight] = []
    for (path, name, tensor) in try tensors(named: names, in: location) {
      let paths = rule.paths(of: name)
      let isSeed = name.contains("seed_generator")
      weights.append(
        Weight(
          draft: VariableDraft(
            containerPath: path, tensor: tensor, candidates: paths.candidates,
            role: isSeed ? .seed : .weight),
          listedName: name, trainable: paths.trainable && !isSeed))
    }
    return weights
  }

  /// The tensors that a group lists. A listed one that is absent is an error; one that is no tensor
  /// is a finding already.
  private func tensors(
    named names: [String], in location: String
  ) throws(KerasFormatError) -> [(path: String, name: String, tensor: StoredTensor)] {
    var tensors: [(path: String, name: String, tensor: StoredTensor)] = []
    var seen: Set<String> = []
    for name in names {
      let path = location + "/" + name.split(separator: "/").joined(separator: "/")
      guard seen.insert(path).inserted else { continue }
      if let tensor = inventory.tensors[path] {
        tensors.append((path, name, tensor))
      } else if !inventory.unread.contains(path) {
        throw .malformed(
          location: "/" + path, expected: "a dataset, for weight_names has it", found: "nothing")
      }
    }
    return tensors
  }

  // MARK: Optimizer

  private func optimizer(
    for targets: [TieTarget]
  ) throws(KerasFormatError) -> (drafts: [VariableDraft], findings: [Finding]) {
    let location = "optimizer_weights"
    guard let group = root.groups[location],
      let names = try group.names(in: "weight_names", at: "/" + location)
    else { return ([], []) }
    let tensors = try tensors(named: names, in: location)
    let entries = tensors.map {
      OptimizerEntry(name: bareWeightName($0.name), shape: $0.tensor.shape)
    }
    let ties = OptimizerTies(
      targets: targets, optimizer: metadata.slotsOptimizer, orders: metadata.weightOrders
    ).ties(of: entries)
    let drafts = zip(tensors, ties).map { tensor, tie in
      VariableDraft(
        containerPath: tensor.path, tensor: tensor.tensor,
        candidates: Self.candidates(for: tie, name: bareWeightName(tensor.name)), role: .optimizer,
        slot: tie.slot)
    }
    return (drafts, Self.finding(for: ties).map { [$0] } ?? [])
  }

  private static func candidates(for tie: OptimizerTie, name: String) -> [PathCandidate] {
    let paths: [String] =
      switch tie {
      case .slot(let slot): ["\(slot.name)/\(slot.weightPath)"]
      case .scalar(let short): [short, name]
      case .untied: []
      }
    return paths.map { PathCandidate(path: "optimizer/" + $0, isPlain: true) }
  }

  private static func finding(for ties: [OptimizerTie]) -> Finding? {
    let reasons = ties.compactMap(\.untiedReason)
    guard !reasons.isEmpty else { return nil }
    let distinct = Set(reasons.map(\.rawValue)).sorted().joined(separator: "; ")
    return Finding(
      kind: .untiedOptimizer, location: "optimizer_weights",
      detail: "\(reasons.count) of \(ties.count) arrays: \(distinct)")
  }
}
