import Tensors

/// A variable of an optimizer's, tied.
struct OptimizerState {
  let slot: OptimizerSlot?
  /// The paths that would suit it, best first.
  let candidates: [PathCandidate]
}

/// Ties optimizers' variables in a checkpoint to the weights: as the graph of objects records it,
/// else by their names, as in an HDF5 file.
struct TrackedOptimizer {
  private let targets: [Int: TieTarget]
  private let className: String?
  private let isCanonical: Bool

  /// - Parameters:
  ///   - targets: the weights, by the place of the item.
  ///   - className: the optimizer's class, when the container has it.
  ///   - parent: the parent's, for what the variables' names do not tell.
  ///   - isCanonical: whether the weights' paths are a known model's.
  init(
    _ targets: [Int: TieTarget], className: String?, parent: String?, isCanonical: Bool
  ) {
    self.targets = targets
    self.className = className ?? (isCanonical ? parent : nil)
    self.isCanonical = isCanonical
  }

  /// All state of all optimizers, by the place of the item.
  func states(
    of tracked: TrackedVariables
  ) -> (states: [Int: OptimizerState], findings: [Finding]) {
    let places = tracked.items.indices.filter { tracked.items[$0].role == .optimizer }
    guard tracked.graph != nil else {
      let states = places.map { ($0, nameBased(tracked.items[$0])) }
      return (Dictionary(uniqueKeysWithValues: states), [])
    }
    var states: [Int: OptimizerState] = [:]
    var reasons: [UntiedReason] = []
    let optimizers = Dictionary(grouping: places) { tracked.items[$0].optimizer }
    for optimizer in optimizers.values {
      let (tied, untied) = self.tied(optimizer, tracked.items)
      states.merge(tied) { first, _ in first }
      reasons += untied
    }
    reasons += Self.withdrawRepeats(in: &states, tracked.items)
    return (states, Self.finding(for: reasons, of: places.count).map { [$0] } ?? [])
  }

  /// Two variables for one slot, of two optimizers, say: then neither is known to be it.
  private static func withdrawRepeats(
    in states: inout [Int: OptimizerState], _ items: [TrackedItem]
  ) -> [UntiedReason] {
    var counts: [OptimizerSlot: Int] = [:]
    for slot in states.values.compactMap(\.slot) { counts[slot, default: 0] += 1 }
    let repeated = states.filter { state in state.value.slot.map { counts[$0] != 1 } == true }
    for place in repeated.keys { states[place] = state(.untied(.ambiguous), items[place]) }
    return repeated.map { _ in .ambiguous }
  }

  /// The variables of one optimizer.
  private func tied(
    _ places: [Int], _ items: [TrackedItem]
  ) -> (states: [Int: OptimizerState], untied: [UntiedReason]) {
    var states: [Int: OptimizerState] = [:]
    let className = self.className ?? Self.optimizer(of: places, items)
    let vocabulary = SlotVocabulary(optimizer: className)
    func tie(_ slot: TrackedItem.Slot?) -> OptimizerTie? {
      guard let slot, let target = self.targets[slot.weight] else { return nil }
      let name = vocabulary.name(of: slot.name)
      return .slot(OptimizerSlot(name: name, weightPath: target.path))
    }
    for place in places {
      states[place] = tie(items[place].slot).map { Self.state($0, items[place]) }
    }
    let rest = places.filter { states[$0] == nil }
    let entries = rest.map {
      OptimizerEntry(name: items[$0].name, shape: items[$0].entry.shape)
    }
    let targets = self.targets.sorted { $0.key < $1.key }.map(\.value)
    let named = OptimizerTies(targets: targets, optimizer: className, orders: []).ties(of: entries)
    let ties = zip(rest, named).map { place, byName in
      byName.untiedReason == nil ? byName : tie(items[place].listedSlot) ?? byName
    }
    for (place, tie) in zip(rest, ties) { states[place] = Self.state(tie, items[place]) }
    return (states, ties.compactMap(\.untiedReason))
  }

  /// The optimizer's name, which the names of its slots begin with: `RMSprop/dense/kernel/rms`.
  /// TensorFlow numbers what it has twice: `adam_1_8`.
  private static func optimizer(of places: [Int], _ items: [TrackedItem]) -> String? {
    let arrays = places.lazy.map { items[$0] }.filter { $0.entry.shape != .scalar }
    let name = arrays.map(\.name).first { $0.contains("/") }
    var optimizer = name.flatMap(OptimizerTies.optimizer)
    while let shorter = optimizer.flatMap(withoutCounter) { optimizer = shorter }
    return optimizer
  }

  private static func state(_ tie: OptimizerTie, _ item: TrackedItem) -> OptimizerState {
    var paths: [String] =
      switch tie {
      case .slot(let slot): ["optimizer/\(slot.name)/\(slot.weightPath)"]
      case .scalar where item.name.isEmpty: []
      case .scalar(let short): ["optimizer/" + short, "optimizer/" + item.name]
      case .untied: []
      }
    if let attributes = item.objectPath { paths.append(attributes) }
    return OptimizerState(
      slot: tie.slot, candidates: paths.map { PathCandidate(path: $0, isPlain: true) })
  }

  /// Names that no graph explains are paths as they are, unless the weights' are a known model's.
  private func nameBased(_ item: TrackedItem) -> OptimizerState {
    guard let slot = item.slot, let target = targets[slot.weight] else {
      return OptimizerState(slot: nil, candidates: [])
    }
    let tie = OptimizerSlot(name: slot.name, weightPath: target.path)
    let path = "optimizer/\(tie.name)/\(tie.weightPath)"
    return OptimizerState(
      slot: tie, candidates: isCanonical ? [PathCandidate(path: path, isPlain: true)] : [])
  }

  private static func finding(for reasons: [UntiedReason], of count: Int) -> Finding? {
    guard !reasons.isEmpty else { return nil }
    let distinct = Set(reasons.map(\.rawValue)).sorted().joined(separator: "; ")
    return Finding(
      kind: .untiedOptimizer, location: "optimizer",
      detail: "\(reasons.count) of \(count) arrays: \(distinct)")
  }
}

extension TrackedVariables {
  /// The variables with their final paths.
  func variables(weights: [Int: String], optimizer: [Int: OptimizerState]) -> [Variable] {
    var paths = weights
    var taken = Set(items.map(\.entry.key)).union(weights.values)
    func claim(_ places: [Int], _ candidates: (Int) -> [PathCandidate]) {
      let ladders = places.map {
        PathLadder(candidates: candidates($0), containerPath: items[$0].entry.key)
      }
      let final = uniquePaths(for: ladders, reserving: taken)
      paths.merge(zip(places, final)) { first, _ in first }
      taken.formUnion(final)
    }
    claim(items.indices.filter { optimizer[$0] != nil }) { optimizer[$0]?.candidates ?? [] }
    claim(items.indices.filter { paths[$0] == nil }) { place in
      items[place].objectPath.map { [PathCandidate(path: $0, isPlain: true)] } ?? []
    }
    return items.enumerated().map { place, item in
      Variable(
        path: paths[place] ?? item.entry.key, containerPath: item.entry.key, role: item.role,
        slot: optimizer[place]?.slot, dtype: item.entry.dtype, shape: item.entry.shape,
        bytes: item.entry.bytes)
    }
  }
}
