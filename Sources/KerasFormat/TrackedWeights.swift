import Tensors

/// The weights of a checkpoint with their paths.
struct TrackedWeights {
  /// By the place of the item. Random generators' states are among them, as in an HDF5 file.
  var paths: [Int: String] = [:]
  /// The weights that optimizer state can belong to, by the place of the item.
  var targets: [Int: TieTarget] = [:]
  /// The model they are of, when that is known.
  var architecture: Architecture?
  var findings: [Finding] = []
}

extension TrackedVariables {
  /// Gives the weights their paths: by the container's own architecture, else by the parent's when
  /// they fit it, else by their names.
  func namedWeights(own: Architecture?, parent: KnownModel?) -> TrackedWeights {
    let bare = named(by: barePaths())
    guard let architecture = own ?? parent?.architecture,
      let naming = WeightNaming(architecture)
    else {
      var weights = bare
      weights.architecture = own
      if own == nil, parent != nil {
        weights.findings = [.bareWeights("the parent's configuration cannot be read")]
      }
      return weights
    }
    var weights = named(by: naming, layers: layers(of: naming.model))
    if let own {
      weights.architecture = own
      return weights
    }
    return parent.map { fitted(weights, to: $0, naming: naming, bare: bare) } ?? bare
  }

  /// Graphs hold layers under numbers; where those turn out to be of other layers, names may tell.
  private func fitted(
    _ first: TrackedWeights, to parent: KnownModel, naming: WeightNaming, bare: TrackedWeights
  ) -> TrackedWeights {
    var weights = first
    var fit = ParentFit(identities(of: weights), to: parent)
    let obstacle = fit.obstacle
    if obstacle != nil {
      weights = named(by: naming, layers: [:])
      fit = ParentFit(identities(of: weights), to: parent)
    }
    guard fit.obstacle == nil else {
      var weights = bare
      weights.findings = [.bareWeights(obstacle ?? "")]
      return weights
    }
    weights.architecture = parent.inheritedArchitecture
    return weights
  }

  private func identities(of weights: TrackedWeights) -> [WeightIdentity] {
    items.enumerated().compactMap { place, item in
      guard item.role == .weight, let path = weights.paths[place] else { return nil }
      return WeightIdentity(path: path, dtype: item.entry.dtype, shape: item.entry.shape)
    }
  }

  // MARK: Ladders

  private func named(by naming: WeightNaming, layers: [Int: String]) -> TrackedWeights {
    let places = items.indices.filter { items[$0].isNamed }
    let names = places.map { place in
      let item = items[place]
      return WeightNaming.Name(full: item.name, layer: item.node.flatMap { layers[$0] })
    }
    let paths = Dictionary(
      uniqueKeysWithValues: zip(places, naming.paths(of: names)))
    return named(by: paths)
  }

  /// The name without the model's, and the name.
  private func barePaths() -> [Int: WeightPaths] {
    let prefixes = sequentialNames()
    var paths: [Int: WeightPaths] = [:]
    for (place, item) in items.enumerated() where item.isNamed {
      let scope = item.node.flatMap { prefixes[$0] }.map { $0 + "/" }
      let short = scope.flatMap { scope in
        item.name.hasPrefix(scope) ? String(item.name.dropFirst(scope.count)) : nil
      }
      let spellings = [short, item.name].compactMap { $0 }.filter { !$0.isEmpty }
      let name = item.name.split(separator: "/").last.map(String.init) ?? item.name
      paths[place] = WeightPaths(
        candidates: spellings.map { PathCandidate(path: $0, isPlain: true) },
        trainable: WeightSpelling.isTrainable(name, in: nil))
    }
    return paths
  }

  /// After the paths that are given, the attributes that hold a variable are a path for it.
  private func named(by paths: [Int: WeightPaths]) -> TrackedWeights {
    let places = items.indices.filter { items[$0].isNamed }
    let ladders = places.map { place in
      let attributes = items[place].objectPath.map { [PathCandidate(path: $0, isPlain: true)] }
      return PathLadder(
        candidates: (paths[place]?.candidates ?? []) + (attributes ?? []),
        containerPath: items[place].entry.key)
    }
    let final = uniquePaths(for: ladders, reserving: Set(items.map(\.entry.key)))
    var weights = TrackedWeights()
    for (place, path) in zip(places, final) {
      let item = items[place]
      weights.paths[place] = path
      guard item.role == .weight else { continue }
      weights.targets[place] = TieTarget(
        path: path, listedName: item.name, shape: item.entry.shape,
        trainable: paths[place]?.trainable ?? true)
    }
    return weights
  }
}

extension TrackedItem {
  /// Whether it has a path like a weight's.
  var isNamed: Bool { role == .weight || role == .seed }
}
