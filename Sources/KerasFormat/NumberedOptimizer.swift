import StrictJSON
import Tensors

/// Ties the numbered arrays of an optimizer to weights, when its class, its settings and the shapes
/// leave one way to do it.
struct NumberedOptimizer {
  /// The optimizer and those within it, outermost first: each with its name.
  private let levels: [(key: String, name: String, config: JSONValue?)]
  /// The slots that there have to be; `nil` when the parent has none to tell by.
  private let slotNames: Set<String>?

  /// An optimizer as `compile_config` has it, or `training_config`.
  init(compiled: JSONValue) {
    var levels: [(key: String, name: String, config: JSONValue?)] = []
    var next = compiled["optimizer_config"] ?? compiled["optimizer"]
    while let optimizer = next, levels.count < 8 {
      let config = optimizer["config"]
      let className = optimizer["class_name"]?.string ?? optimizer.string ?? ""
      let bare = LayerNode.bareClassName(className)
      let name = config?["name"]?.string ?? SnakeCase.spellings(of: bare)[0]
      levels.append((SlotVocabulary.key(bare), name, config))
      next = config?["inner_optimizer"]
    }
    self.levels = levels
    slotNames = nil
  }

  /// The optimizer of a parent: as it was compiled, or by its class and its arrays.
  init(of parent: KnownModel) {
    // What the parent has was read once already: it is no news that it cannot be.
    let compiled = parent.training?.config.flatMap { try? JSONValue(parsing: $0) }
    if let compiled, OptimizerSettings(in: compiled) != nil {
      self = NumberedOptimizer(compiled: compiled)
      return
    }
    let className = parent.optimizer ?? ""
    let name = SnakeCase.spellings(of: className)[0]
    levels = className.isEmpty ? [] : [(SlotVocabulary.key(className), name, nil)]
    let names = Set(parent.variables.compactMap(\.slot?.name))
    slotNames = names.isEmpty ? nil : names
  }

  /// One tie for each array, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - shapes: those of the arrays.
  ///   - trained: the weights that may have been trained, in the model's order; the first list that
  ///     fits counts.
  func ties(of shapes: [Shape], toFirstOf trained: [[TieTarget]]) -> [OptimizerTie] {
    for targets in trained {
      let ties = ties(of: shapes, to: targets)
      if ties.first?.untiedReason != .otherSequence { return ties }
    }
    return untied(shapes, .otherSequence)
  }

  private func ties(of shapes: [Shape], to trained: [TieTarget]) -> [OptimizerTie] {
    guard let inner = levels.last else { return untied(shapes, .unknownOptimizer) }
    let candidates = OptimizerSlots(key: inner.key, config: inner.config)
      .candidates(for: trained)
    guard !candidates.isEmpty else { return untied(shapes, .unknownOptimizer) }
    let vocabulary = SlotVocabulary(optimizer: inner.key)
    var fitting: Set<[OptimizerTie]> = []
    for slots in candidates {
      let names = Set(slots.map { vocabulary.name(of: $0.name) })
      if let slotNames, slotNames != names { continue }
      for sequence in sequences(of: slots) where sequence.fits(shapes) {
        fitting.insert(ties(of: sequence, to: trained, in: vocabulary))
      }
    }
    if let only = fitting.first, fitting.count == 1 { return only }
    return untied(shapes, fitting.isEmpty ? .otherSequence : .ambiguous)
  }

  private func untied(_ shapes: [Shape], _ reason: UntiedReason) -> [OptimizerTie] {
    shapes.map { _ in .untied(reason) }
  }

  /// Keras 3 keeps the learning rate unless a schedule gives it; Keras 2 never does.
  private func sequences(of slots: [OptimizerSequence.Slot]) -> [OptimizerSequence] {
    let inner = levels.last?.name ?? ""
    let own = [["iteration"], ["iteration", "learning_rate"]]
    var leading = own.map { names in names.map { "\(inner)/\($0)" } }
    if levels.count > 1, let outer = levels.first?.name {
      let scaling = ["iteration", "learning_rate", "step_counter", "dynamic_scale"]
      leading += leading.map { names in scaling.map { "\(outer)/\($0)" } + names }
    }
    let plain = leading.map { OptimizerSequence(leading: $0, slots: slots) }
    guard levels.last?.key == "nadam" else { return plain }
    // Keras 3 has one more: first before the slots, then behind them.
    let product = ["\(inner)/u_product"]
    return plain
      + leading.flatMap { leading in
        [
          OptimizerSequence(leading: leading + product, slots: slots),
          OptimizerSequence(leading: leading, slots: slots, trailing: product),
        ]
      }
  }

  private func ties(
    of sequence: OptimizerSequence, to trained: [TieTarget], in vocabulary: SlotVocabulary
  ) -> [OptimizerTie] {
    let slots = sequence.slots.map { slot in
      OptimizerTie.slot(
        OptimizerSlot(
          name: vocabulary.name(of: slot.name), weightPath: trained[slot.target].path))
    }
    return sequence.leading.map { .scalar(name: $0) } + slots
      + sequence.trailing.map { .scalar(name: $0) }
  }
}
