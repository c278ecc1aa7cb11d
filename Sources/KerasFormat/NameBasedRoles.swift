import Tensors

/// What the variables of a TensorFlow 1 checkpoint are for, told by their names alone.
///
/// An optimizer's slot is named as its variable with the optimizer's name behind it, and a number
/// for each further slot: `dense/kernel/Adam`, `dense/kernel/Adam_1`; a scope may be before it, as
/// in `train/dense/kernel/RMSProp`. Writer: tensorflow/python/training/slot_creator.py in
/// https://github.com/tensorflow/tensorflow.
struct NameBasedRoles {
  private(set) var items: [TrackedItem]

  init(_ entries: [CheckpointEntry]) {
    items = entries.map { entry in
      TrackedItem(entry: entry, role: Self.role(of: entry), name: WeightNaming.plausible(entry.key))
    }
    let places = Dictionary(
      entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    for place in items.indices {
      guard let slot = SlotName(entries[place].key),
        let weight = Self.weight(of: slot, shape: entries[place].shape, in: items, places)
      else { continue }
      items[place].role = .optimizer
      items[place].optimizer = 0
      let isCentered = places[slot.name(numbered: 2)] != nil
      if let name = slot.meaning(isCentered: isCentered) {
        items[place].slot = TrackedItem.Slot(name: name, weight: weight)
      }
    }
    withdrawRepeats()
  }

  /// Two variables for one slot, of two optimizers: then neither is known to be it.
  private mutating func withdrawRepeats() {
    var counts: [TrackedItem.Slot: Int] = [:]
    for slot in items.compactMap(\.slot) { counts[slot, default: 0] += 1 }
    for (place, item) in items.enumerated() {
      if let slot = item.slot, counts[slot] != 1 { items[place].slot = nil }
    }
  }

  private static let optimizerNumbers: Set = ["beta1_power", "beta2_power", "learning_rate"]

  private static func role(of entry: CheckpointEntry) -> Role {
    let last = entry.key.split(separator: "/").last.map(String.init) ?? ""
    let name = withoutCounter(last) ?? last
    guard entry.shape == .scalar else { return .weight }
    if name == "global_step" { return .other }
    return optimizerNumbers.contains(name) ? .optimizer : .weight
  }

  /// The variable that has the slot's name without the optimizer's, and perhaps without scopes
  /// that the optimizer was made in.
  private static func weight(
    of slot: SlotName, shape: Shape, in items: [TrackedItem], _ places: [String: Int]
  ) -> Int? {
    var base = slot.variable[...]
    // Names of a kilobyte nobody gives.
    while base.utf8.count <= 1_024 {
      if let place = places[String(base)], items[place].entry.shape == shape { return place }
      guard let slash = base.firstIndex(of: "/") else { return nil }
      base = base[base.index(after: slash)...]
    }
    return nil
  }
}

/// A variable's name that ends like a slot's.
private struct SlotName {
  /// All before the optimizer's name.
  let variable: Substring
  private let optimizer: Substring
  private let number: Int

  /// By optimizer, what the first slot and the ones numbered 1 and 2 are, as we call them.
  private static let slots: [Substring: [String]] = [
    "Adam": ["m", "v"], "AdamW": ["m", "v"], "AdaMax": ["m", "u"], "Momentum": ["momentum"],
    "RMSProp": ["velocity", "momentum"], "Adagrad": ["accumulator"],
    "Adadelta": ["accumulator", "delta_accumulator"], "Ftrl": ["accumulator", "linear"],
    "ExponentialMovingAverage": ["average"],
  ]

  /// `nil` when the name does not end so.
  init?(_ key: String) {
    guard let slash = key.lastIndex(of: "/") else { return nil }
    let last = key[key.index(after: slash)...]
    if Self.slots[last] != nil {
      (optimizer, number) = (last, 0)
    } else {
      guard let base = withoutCounter(String(last)), Self.slots[base[...]] != nil,
        let counter = Int(last.dropFirst(base.count + 1))
      else { return nil }
      (optimizer, number) = (base[...], counter)
    }
    variable = key[..<slash]
  }

  /// The name of another slot of the variable's.
  func name(numbered number: Int) -> String { "\(variable)/\(optimizer)_\(number)" }

  /// What the slot holds; `nil` for those of a second optimizer.
  func meaning(isCentered: Bool) -> String? {
    var slots = Self.slots[optimizer] ?? []
    if optimizer == "RMSProp", isCentered { slots = ["velocity", "average_gradient", "momentum"] }
    return slots.indices.contains(number) ? slots[number] : nil
  }
}
