import StrictJSON
import Tensors

/// A weight as a parent and what may be a child of it must have in common.
struct WeightIdentity: Hashable {
  let path: String
  let dtype: DType
  let shape: Shape

  init(path: String, dtype: DType, shape: Shape) {
    self.path = path
    self.dtype = dtype
    self.shape = shape
  }

  fileprivate init(_ known: KnownVariable) {
    self.init(path: known.path, dtype: known.dtype, shape: known.shape)
  }

  fileprivate var kind: String { "\(dtype.rawValue) \(shape)" }
}

/// Whether weights are those of a known model: the same paths, types and shapes, none more or less.
struct ParentFit {
  /// What does not fit first; `nil` when all does.
  let obstacle: String?

  init(_ weights: [WeightIdentity], to parent: KnownModel) {
    obstacle = Self.obstacle(weights, parent.variables.filter { $0.role == .weight })
  }

  private static func obstacle(
    _ weights: [WeightIdentity], _ known: [KnownVariable]
  ) -> String? {
    let here = Dictionary(weights.map { ($0.path, $0) }) { first, _ in first }
    for variable in known {
      let there = WeightIdentity(variable)
      guard let weight = here[variable.path] else {
        return "the parent's weight \(variable.path), \(there.kind), is not in it"
      }
      if weight != there {
        return "\(variable.path) is \(weight.kind), and \(there.kind) in the parent"
      }
    }
    let knownPaths = Set(known.map(\.path))
    if let extra = weights.first(where: { !knownPaths.contains($0.path) }) {
      return "the parent has no weight \(extra.path), \(extra.kind)"
    }
    return known.isEmpty ? "neither it nor the parent has weights" : nil
  }
}

extension KnownModel {
  /// The class of the optimizer that has the slots: the one within a `LossScaleOptimizer`.
  var slotsOptimizer: String? {
    // What the parent has was read once already: it is no news that it cannot be.
    let compiled = training?.config.flatMap { try? JSONValue(parsing: $0) }
    return compiled.flatMap { OptimizerSettings(in: $0) }?.innermost.className ?? optimizer
  }

  /// The parent's architecture, as that of a source that fits it.
  var inheritedArchitecture: Architecture {
    Architecture(dialect: architecture.dialect, config: architecture.config, origin: .parent)
  }
}

extension Finding {
  /// That a source without an architecture is not the parent's child either.
  static func bareWeights(_ obstacle: String) -> Finding {
    Finding(kind: .bareWeights, location: "parent", detail: obstacle)
  }
}
