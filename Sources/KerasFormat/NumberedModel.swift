import Tensors

/// The variables of a `.weights.h5` whose architecture is known, with their paths.
struct NumberedModel {
  /// The weights in the model's order, the optimizer's arrays in theirs, then all else.
  private(set) var drafts: [VariableDraft]
  /// Their paths.
  private(set) var paths: [String]
  private(set) var findings: [Finding] = []
  /// The architecture's names of layers that have weights, by where the container has them.
  let layerNames: [String: String]

  /// - Parameters:
  ///   - inventory: what is in the file.
  ///   - model: the architecture.
  ///   - dialect: how that is spelled.
  ///   - optimizer: the optimizer, as far as it is known.
  ///   - parent: a model whose weights' names serve where Keras' own code gives none.
  init(
    inventory: Inventory, model: LayerNode, dialect: Dialect, optimizer: NumberedOptimizer?,
    parent: KnownModel? = nil
  ) {
    let stored = StoredObject(paths: inventory.paths)
    let walk = NumberedWeights(of: model, dialect: dialect, in: stored)
    layerNames = walk.layerNames
    let others = Self.others(in: inventory, beside: walk, stored.optimizerArrays)
    let reserved = Set(inventory.paths)
    let isComplete = !others.contains { $0.role == .weight }

    let borrowed = BorrowedNames(for: walk, others: others, in: inventory, from: parent)
    let weights = walk.weights.compactMap { weight in
      inventory.tensors[weight.containerPath].map {
        borrowed.applied(
          to: VariableDraft(
            containerPath: weight.containerPath, tensor: $0, candidates: weight.candidates,
            role: .weight))
      }
    }
    let weightPaths = uniquePaths(for: weights, reserving: reserved)
    let trained = Self.trained(
      walk.weights, paths: weightPaths, shapes: weights.map(\.tensor.shape))
    let arrays = stored.optimizerArrays.compactMap { path in
      inventory.tensors[path].map { (path, $0) }
    }
    let ties =
      isComplete
      ? optimizer?.ties(of: arrays.map(\.1.shape), toFirstOf: trained)
      : arrays.map { _ in .untied(.unknownWeights) }
    let state = Self.drafts(of: arrays, ties: ties)
    let rest = others.map(borrowed.applied)
    drafts = weights + state + rest
    let statePaths = uniquePaths(for: state, reserving: reserved.union(weightPaths))
    paths =
      weightPaths + statePaths
      + uniquePaths(for: rest, reserving: reserved.union(weightPaths).union(statePaths))
    if let finding = Self.finding(for: ties, of: arrays.count) { findings.append(finding) }
  }

  /// What the weights have to have in common with a parent's.
  var identities: [WeightIdentity] {
    zip(drafts, paths).filter { $0.0.role == .weight }.map { draft, path in
      WeightIdentity(path: path, dtype: draft.tensor.dtype, shape: draft.tensor.shape)
    }
  }

  /// Whether the optimizer's state was saved.
  var hasOptimizer: Bool { drafts.contains { $0.role == .optimizer } }

  /// What a variable is for, by the objects on its path.
  static func role(ofContainerPath path: String) -> Role {
    let components = path.split(separator: "/")
    guard components.dropLast().last == "vars" else { return .other }
    // Early Keras 3 has `seed_generator`, tf.keras `_random_generator`.
    if components.contains(where: { $0.contains("seed_generator") || $0 == "_random_generator" }) {
      return .seed
    }
    switch components.first {
    case "optimizer": return .optimizer
    case "metrics": return .metric
    default: return .weight
    }
  }

  // MARK: Others

  /// What is neither a weight of a known layer nor an array of the optimizer's own.
  private static func others(
    in inventory: Inventory, beside walk: NumberedWeights, _ optimizer: [String]
  ) -> [VariableDraft] {
    let known = Set(walk.weights.map(\.containerPath)).union(optimizer)
    return inventory.paths.compactMap { path in
      guard !known.contains(path), let tensor = inventory.tensors[path] else { return nil }
      var role = role(ofContainerPath: path)
      // A wrapped optimizer's arrays are those of the wrapper, written a second time.
      let isCopy = walk.copies.contains(path) || role == .optimizer && !optimizer.isEmpty
      if isCopy { role = .other }
      let own = isCopy ? nil : walk.layerPath(of: path)
      return VariableDraft(
        containerPath: path, tensor: tensor,
        candidates: own.map { [PathCandidate(path: $0, isPlain: true)] } ?? [], role: role)
    }
  }

  // MARK: Optimizer

  /// The weights that the optimizer may have had: those that are not frozen, or all that could be.
  ///
  /// A layer that was frozen after the model was compiled, or by Keras 3.0 when it was made, left
  /// the optimizer what it had.
  private static func trained(
    _ weights: [NumberedWeight], paths: [String], shapes: [Shape]
  ) -> [[TieTarget]] {
    let all = zip(weights, zip(paths, shapes)).filter(\.0.trainable)
    return [all.filter { !$0.0.isFrozen }, all].map { some in
      some.map { _, named in
        TieTarget(path: named.0, listedName: named.0, shape: named.1, trainable: true)
      }
    }
  }

  private static func drafts(
    of arrays: [(path: String, tensor: StoredTensor)], ties: [OptimizerTie]?
  ) -> [VariableDraft] {
    arrays.enumerated().map { index, array in
      let tie = ties?[index] ?? .untied(.unknownOptimizer)
      return VariableDraft(
        containerPath: array.path, tensor: array.tensor, candidates: candidates(for: tie),
        role: .optimizer, slot: tie.slot)
    }
  }

  private static func candidates(for tie: OptimizerTie) -> [PathCandidate] {
    let paths: [String] =
      switch tie {
      case .slot(let slot): ["\(slot.name)/\(slot.weightPath)"]
      case .scalar(let name): [String(name.split(separator: "/").last ?? ""), name]
      case .untied: []
      }
    return paths.map { PathCandidate(path: "optimizer/" + $0, isPlain: true) }
  }

  private static func finding(for ties: [OptimizerTie]?, of count: Int) -> Finding? {
    guard count > 0 else { return nil }
    let reasons = ties?.compactMap(\.untiedReason) ?? [.unknownOptimizer]
    guard !reasons.isEmpty else { return nil }
    let distinct = Set(reasons.map(\.rawValue)).sorted().joined(separator: "; ")
    return Finding(
      kind: .untiedOptimizer, location: "optimizer",
      detail: "\(ties == nil ? count : reasons.count) of \(count) arrays: \(distinct)")
  }
}

extension StoredObject {
  /// The optimizer's arrays in the order of their numbers.
  fileprivate var optimizerArrays: [String] { objects["optimizer"]?.numbered ?? [] }
}

/// The parent's names for weights of classes that Keras does not ship.
///
/// Within one object, arrays are numbered in the order in which the parent lists them. Between
/// objects nothing is known, so that shapes have to tell.
private struct BorrowedNames {
  private var names: [String: String] = [:]

  init(
    for walk: NumberedWeights, others: [VariableDraft], in inventory: Inventory,
    from parent: KnownModel?
  ) {
    guard let parent else { return }
    let named = Set(walk.weights.filter(\.isNamed).compactMap { $0.candidates.first?.path })
    let free = parent.variables.filter { $0.role == .weight && !named.contains($0.path) }
    let unnamed =
      walk.weights.filter { !$0.isNamed }.map(\.containerPath)
      + others.filter { $0.role == .weight }.map(\.containerPath)
    guard unnamed.count == free.count else { return }
    var stored: [Kind: [String]] = [:]
    for path in unnamed {
      guard let tensor = inventory.tensors[path] else { return }
      stored[Kind(dtype: tensor.dtype, shape: tensor.shape), default: []].append(path)
    }
    // Objects of a SavedModel or checkpoint are listed by name, not in the order of their making.
    let inOrder: Set<ModelFormat> = [
      .kerasHDF5, .kerasArchive, .kerasWeights, .kerasShardedWeights,
    ]
    let isOrdered = inOrder.contains(parent.format)
    guard stored.values.allSatisfy({ $0.count == 1 || isOrdered && Self.areOfOneObject($0) })
    else { return }
    let known = Dictionary(grouping: free) { Kind(dtype: $0.dtype, shape: $0.shape) }
    for (kind, paths) in stored {
      for (path, variable) in zip(paths, known[kind] ?? []) { names[path] = variable.path }
    }
  }

  private static func areOfOneObject(_ paths: [String]) -> Bool {
    Set(paths.map { $0.split(separator: "/").dropLast().joined(separator: "/") }).count == 1
  }

  private struct Kind: Hashable {
    let dtype: DType
    let shape: Shape
  }

  func applied(to draft: VariableDraft) -> VariableDraft {
    guard let name = names[draft.containerPath] else { return draft }
    return VariableDraft(
      containerPath: draft.containerPath, tensor: draft.tensor,
      candidates: [PathCandidate(path: name, isPlain: true)] + draft.candidates, role: draft.role,
      slot: draft.slot)
  }
}
