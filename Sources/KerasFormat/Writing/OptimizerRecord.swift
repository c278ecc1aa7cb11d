public import Tensors

/// A single number of an optimizer's, whatever the container called it.
enum OptimizerScalar: String, Hashable, Sendable {
  case iteration
  case learningRate = "learning_rate"
  /// What a schedule gave last; Keras 2 keeps it in checkpoints.
  case currentLearningRate = "current_learning_rate"
  /// Nadam's.
  case momentumProduct = "u_product"
  /// What a wrapper multiplies the loss with.
  case lossScale = "dynamic_scale"
  /// Steps since the loss scale changed.
  case goodSteps = "step_counter"
  /// Keras 3's wrapper has a count and a rate that nothing uses.
  case wrapperIteration = "loss_scale_optimizer/iteration"
  case wrapperLearningRate = "loss_scale_optimizer/learning_rate"
}

/// What a version has of an optimizer's state.
public struct OptimizerRecord: Hashable, Sendable {
  /// A variable of the version's.
  struct Item: Hashable, Sendable {
    let ordinal: Int
    let path: String
    let dtype: DType
    let shape: Shape
    /// Its bytes, when it is a single number and they were given.
    let bytes: [UInt8]?
  }

  let slots: [OptimizerSlot: Item]
  let scalars: [OptimizerScalar: Item]
  /// Numbers that no optimizer of today has.
  let outdated: [Item]

  /// Whether the version has anything of an optimizer's.
  public var isEmpty: Bool { slots.isEmpty && scalars.isEmpty }

  /// The variables whose bytes are needed, by their places: single numbers of the optimizer's.
  public static func numbers(in variables: [RecordedVariable]) -> [Int] {
    variables.indices.filter {
      variables[$0].role == .optimizer && variables[$0].slot == nil
        && variables[$0].shape.elementCount == 1
    }
  }

  /// Sorts a version's variables.
  ///
  /// - Parameters:
  ///   - variables: all of the version's, in its order; contents name them by their places.
  ///   - numbers: the bytes of those that ``numbers(in:)`` names.
  /// - Throws: `untied` and `ambiguous`.
  public init(
    of variables: [RecordedVariable], numbers: [Int: [UInt8]]
  ) throws(OptimizerObstacle) {
    var slots: [OptimizerSlot: Item] = [:]
    var scalars: [OptimizerScalar: [Item]] = [:]
    var outdated: [Item] = []
    var untied: [Item] = []
    for (ordinal, variable) in variables.enumerated() where variable.role == .optimizer {
      let item = Item(
        ordinal: ordinal, path: variable.path, dtype: variable.dtype, shape: variable.shape,
        bytes: numbers[ordinal])
      if let slot = variable.slot {
        slots[slot] = item
      } else {
        switch Self.meaning(of: variable) {
        case .number(let scalar): scalars[scalar, default: []].append(item)
        case .outdated: outdated.append(item)
        case .redundant: break
        case .unknown: untied.append(item)
        }
      }
    }
    if slots.keys.contains(where: { $0.name == "r" }) { untied.removeAll(where: \.isPlaceholder) }
    guard untied.isEmpty else { throw .untied(paths: untied.map(\.path)) }
    for (scalar, items) in scalars.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where items.count > 1 {
      throw .ambiguous(number: scalar.rawValue, paths: items.map(\.path))
    }
    self.slots = slots
    self.scalars = scalars.compactMapValues(\.first)
    self.outdated = outdated
  }

  private enum Meaning {
    case number(OptimizerScalar)
    /// Part of an algorithm that Keras gave up.
    case outdated
    /// A setting that the configuration has, or a number that means nothing.
    case redundant
    case unknown
  }

  private static func meaning(of variable: RecordedVariable) -> Meaning {
    guard variable.shape.elementCount == 1 else { return .unknown }
    let components = variable.path.split(separator: "/").map(String.init)
    guard let last = components.last else { return .unknown }
    let isWrappers =
      components.count > 2
      && SlotVocabulary.key(components[components.count - 2]).hasPrefix("lossscaleoptimizer")
    let name = SlotVocabulary.scalarName(last.lowercased())
    switch name {
    case "iteration": return .number(isWrappers ? .wrapperIteration : .iteration)
    case "learning_rate": return .number(isWrappers ? .wrapperLearningRate : .learningRate)
    case "current_learning_rate": return .number(.currentLearningRate)
    case "u_product": return .number(.momentumProduct)
    case "dynamic_scale", "current_loss_scale": return .number(.lossScale)
    case "step_counter", "good_steps": return .number(.goodSteps)
    case "m_schedule", "momentum_cache": return .outdated
    case _ where settings.contains(name): return .redundant
    default: return .unknown
    }
  }

  /// The settings that optimizers of TensorFlow 2.0 to 2.10 kept as variables.
  private static let settings: Set = [
    "beta", "beta_1", "beta_2", "decay", "epsilon", "l1_regularization_strength",
    "l2_regularization_strength", "learning_rate_power", "momentum", "rho", "weight_decay",
  ]
}

extension OptimizerRecord.Item {
  /// What Adafactor has where there is nothing to sum, with names that tell nothing in checkpoints.
  var isPlaceholder: Bool { dtype == .int32 && shape == .scalar }

  func integer() throws(OptimizerObstacle) -> Int64 {
    guard let value = bytes.flatMap({ OptimizerNumber.integer($0, as: dtype) }) else {
      throw .unreadableNumber(path: path)
    }
    return value
  }

  func real() throws(OptimizerObstacle) -> Double {
    guard let value = bytes.flatMap({ OptimizerNumber.real($0, as: dtype) }) else {
      throw .unreadableNumber(path: path)
    }
    return value
  }
}
