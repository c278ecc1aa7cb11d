import Tensors

/// An array of the optimizer's, as the container lists it.
struct OptimizerEntry {
  /// Without an output number.
  let name: String
  let shape: Shape

  /// The name's last component.
  var lastName: String { name.split(separator: "/").last.map(String.init) ?? name }
}

/// A weight that optimizer state can belong to.
struct TieTarget {
  /// The canonical path.
  let path: String
  /// The container's name as it stands there.
  let listedName: String
  let shape: Shape
  let trainable: Bool

  /// The container's name, without an output number.
  var name: String { bareWeightName(listedName) }
}

/// What one array of the optimizer's is.
enum OptimizerTie: Hashable {
  case slot(OptimizerSlot)
  /// A single number, not of one weight.
  case scalar(name: String)
  case untied(UntiedReason)

  var slot: OptimizerSlot? {
    if case .slot(let slot) = self { slot } else { nil }
  }

  var untiedReason: UntiedReason? {
    if case .untied(let reason) = self { reason } else { nil }
  }
}

/// Why an array of the optimizer's belongs to no weight that we know.
enum UntiedReason: String, Hashable {
  case noSuchWeight = "no weight has the name in theirs"
  case ambiguous = "more than one weight or array fits"
  case otherShape = "the weight of that name has another shape"
  case unknownOptimizer = "they are only numbered, and their order is not known for this optimizer"
  case unknownWeights = "they are only numbered, and the order of some weights is not known"
  case otherSequence = "they are only numbered, and their shapes are not those of the weights"
}

/// The order in which an optimizer got the weights to train.
enum WeightOrder: Hashable {
  case model
  case name

  /// The orders that a version of Keras may have used (`collect_trainable_weights`, then `compile`,
  /// of keras/engine/training.py): from 1.0.1 to 2.0.5 it sorted by name. Versions are recorded
  /// since 1.0.7.
  static func possible(for version: KerasVersion?) -> Set<WeightOrder> {
    guard let version else { return [.model, .name] }
    return (version.major, version.minor, version.patch) < (2, 0, 6) ? [.name] : [.model]
  }

  /// `nil` when the names are not the ones it sorted by: Theano's variables may have none, and the
  /// file then has `param_0`.
  func sorted(_ targets: [TieTarget]) -> [TieTarget]? {
    guard self == .name else { return targets }
    guard !targets.contains(where: { withoutCounter($0.listedName) == "param" }) else { return nil }
    // As Python compares strings: by code points, whose order UTF-8 keeps.
    return targets.sorted { $0.listedName.utf8.lexicographicallyPrecedes($1.listedName.utf8) }
  }
}

/// Ties the optimizer's arrays to weights: by name where names tell, else by order, and only when
/// shapes agree.
///
/// | written by | names |
/// | --- | --- |
/// | Keras 3 | `adam/<weight, / as _>_momentum` |
/// | tf.keras from 2.11 | `Adam/m/<weight>:0` |
/// | tf.keras before | `training/Adam/<weight>/m:0`, `<weight>/m:0` |
/// | Keras 1 and 2.0 to 2.3 | `training/Adam/Variable_7:0`, `m_3:0`, `param_7` |
struct OptimizerTies {
  private let targets: [TieTarget]
  private let optimizer: String?
  private let orders: Set<WeightOrder>
  private let byName: NamedTies

  /// - Parameters:
  ///   - targets: the weights, in the model's order.
  ///   - optimizer: the class of the optimizer.
  ///   - orders: those that numbered arrays may follow.
  init(targets: [TieTarget], optimizer: String?, orders: Set<WeightOrder>) {
    self.targets = targets
    self.optimizer = optimizer
    self.orders = orders
    byName = NamedTies(targets: targets)
  }

  /// One tie for each entry, in their order.
  func ties(of entries: [OptimizerEntry]) -> [OptimizerTie] {
    let named = entries.map { entry in
      let vocabulary = SlotVocabulary(optimizer: optimizer ?? Self.optimizer(in: entry.name))
      return byName.tie(of: entry, in: vocabulary)
    }
    let onlyNumbered = zip(entries, named).allSatisfy { entry, tie in
      tie.slot == nil && (entry.shape == .scalar || Self.isNumbered(entry.lastName))
    }
    return onlyNumbered ? numbered(entries) : withoutRepeats(named)
  }

  /// Whether a name tells no more than a position.
  private static func isNumbered(_ name: String) -> Bool {
    // `Variable_1_1`: numbered by Keras, then again by TensorFlow.
    guard let once = withoutCounter(name) else { return name == "Variable" }
    return [once, withoutCounter(once)].contains { $0.map(numberedNames.contains) == true }
  }

  private static let numberedNames: Set = [
    "Variable", "param", "m", "v", "vhat", "u", "moment", "accumulator", "delta_accumulator",
  ]

  /// The optimizer's name in the names that Keras gives its arrays, for files without a
  /// configuration.
  static func optimizer(in name: String) -> String? {
    name.split(separator: "/").first { $0 != "training" && $0 != "loss_scale_optimizer" }
      .map(String.init)
  }

  /// Two arrays for one slot: then neither is known to be it.
  private func withoutRepeats(_ ties: [OptimizerTie]) -> [OptimizerTie] {
    var counts: [OptimizerSlot: Int] = [:]
    for case .slot(let slot) in ties { counts[slot, default: 0] += 1 }
    return ties.map { tie in
      if case .slot(let slot) = tie, counts[slot] != 1 { return .untied(.ambiguous) }
      return tie
    }
  }

  // MARK: By order

  /// Keras lists single numbers, then for each slot name one array a trained weight.
  private func numbered(_ entries: [OptimizerEntry]) -> [OptimizerTie] {
    let layouts = SlotVocabulary.numberedLayouts(of: optimizer ?? "")
    var fitting: Set<[OptimizerTie]> = []
    for order in orders {
      guard let trained = order.sorted(targets.filter(\.trainable)) else { continue }
      for layout in layouts where Self.fits(entries, layout: layout, to: trained) {
        fitting.insert(ties(of: entries, layout: layout, to: trained))
      }
    }
    if let only = fitting.first, fitting.count == 1 { return only }
    let reason: UntiedReason =
      layouts.isEmpty ? .unknownOptimizer : fitting.isEmpty ? .otherSequence : .ambiguous
    return entries.enumerated().map { index, entry in
      entry.shape == .scalar ? .scalar(name: scalarName(entry, at: index)) : .untied(reason)
    }
  }

  private func ties(
    of entries: [OptimizerEntry], layout: [String], to trained: [TieTarget]
  ) -> [OptimizerTie] {
    let scalarCount = entries.count - layout.count * trained.count
    let scalars = entries.prefix(scalarCount).enumerated().map { index, entry in
      OptimizerTie.scalar(name: scalarName(entry, at: index))
    }
    let slots = layout.flatMap { name in
      trained.map { OptimizerTie.slot(OptimizerSlot(name: name, weightPath: $0.path)) }
    }
    return scalars + slots
  }

  private static func fits(
    _ entries: [OptimizerEntry], layout: [String], to trained: [TieTarget]
  ) -> Bool {
    let scalarCount = entries.count - layout.count * trained.count
    guard !trained.isEmpty, (0...2).contains(scalarCount),
      entries.prefix(scalarCount).allSatisfy({ $0.shape == .scalar })
    else { return false }
    let expected = layout.flatMap { name in trained.map { (name, $0.shape) } }
    return zip(entries.dropFirst(scalarCount), expected).allSatisfy { entry, expected in
      let (name, shape) = expected
      // Without `amsgrad`, Keras keeps one zero in the place of each `vhat`.
      return entry.shape == shape || name == "vhat" && entry.shape == Shape([1])
    }
  }

  /// Theano's backend does not name the numbers either; the first is the count of steps, and
  /// only Nadam has another.
  private func scalarName(_ entry: OptimizerEntry, at index: Int) -> String {
    guard Self.isNumbered(entry.lastName) else { return SlotVocabulary.scalarName(entry.lastName) }
    return index == 0 ? "iteration" : "m_schedule"
  }
}
