import Tensors

/// Finds the weight whose name is within that of an optimizer's array.
struct NamedTies {
  /// By the container's name.
  private var byName: [String: [TieTarget]] = [:]
  /// By the same with `_` for `/`.
  private var byFlatName: [String: [TieTarget]] = [:]

  init(targets: [TieTarget]) {
    for target in targets {
      byName[target.name, default: []].append(target)
      let flat = target.name.split(separator: "/").joined(separator: "_")
      byFlatName[flat, default: []].append(target)
    }
  }

  /// What an array is, told by its name.
  func tie(of entry: OptimizerEntry, in vocabulary: SlotVocabulary) -> OptimizerTie {
    let match = scoped(entry.name) ?? flat(entry.lastName)
    guard let match else {
      return entry.shape == .scalar
        ? .scalar(name: SlotVocabulary.scalarName(entry.lastName)) : .untied(.noSuchWeight)
    }
    let slot = vocabulary.name(of: match.slot)
    let trained = match.targets.filter(\.trainable)
    let targets = trained.isEmpty ? match.targets : trained
    guard let target = targets.first(where: { Self.suits(entry.shape, slot, $0.shape) }) else {
      return .untied(.otherShape)
    }
    // Several weights of one name are one weight that several layers share: two of that name
    // would have kept Keras from saving their state.
    guard targets.allSatisfy({ $0.name == target.name }) else { return .untied(.ambiguous) }
    return .slot(OptimizerSlot(name: slot, weightPath: target.path))
  }

  private typealias Match = (slot: String, targets: [TieTarget])

  /// `<scopes>/m/<weight>` or `<scopes>/<weight>/m`; the longest weight's name counts.
  private func scoped(_ name: String) -> Match? {
    let components = name.split(separator: "/").map(String.init)
    for start in components.indices {
      if start > 0, let targets = byName[components[start...].joined(separator: "/")] {
        return (components[start - 1], targets)
      }
      let beforeLast = components[start...].dropLast()
      if let slot = components.last, let targets = byName[beforeLast.joined(separator: "/")] {
        return (slot, targets)
      }
    }
    return nil
  }

  /// `<weight>_momentum`, the weight's slashes being underscores; the longest weight's name counts.
  private func flat(_ name: String) -> Match? {
    var end = name.endIndex
    while let underscore = name[..<end].lastIndex(of: "_") {
      if let targets = byFlatName[String(name[..<underscore])] {
        return (String(name[name.index(after: underscore)...]), targets)
      }
      end = underscore
    }
    return nil
  }

  /// A slot is as its weight, but Adafactor's are its sums over one of the last two dimensions; a
  /// weight that has no two has a single number for each, which counts nothing.
  static func suits(_ shape: Shape, _ slot: String, _ weight: Shape) -> Bool {
    if shape == weight { return true }
    let dimensions = weight.dimensions
    guard dimensions.count >= 2 else { return ["r", "c"].contains(slot) && shape == .scalar }
    switch slot {
    case "r": return shape.dimensions == Array(dimensions.dropLast())
    case "c": return shape.dimensions == Array(dimensions.dropLast(2)) + dimensions.suffix(1)
    default: return false
    }
  }
}
