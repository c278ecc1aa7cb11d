import StrictJSON
import Tensors

/// One kind of array that an optimizer keeps for each weight that it trains.
struct OptimizerSlotKind: Hashable, Sendable {
  /// As ``SlotVocabulary`` has it.
  let name: String
  /// As each Keras calls it in variables' names.
  let keras2Name: String
  let keras3Name: String
  /// The attribute of Keras 2's optimizer that lists these arrays.
  let listName: String

  init(_ name: String, _ keras2Name: String, _ keras3Name: String, in listName: String) {
    self.name = name
    self.keras2Name = keras2Name
    self.keras3Name = keras3Name
    self.listName = listName
  }

  static let average = OptimizerSlotKind(
    "average", "average", "average", in: "_model_variables_moving_average")
  static let accumulatedGradient = OptimizerSlotKind(
    "gradient_accumulator", "gradient_accumulator", "gradient_accumulator",
    in: "_accumulated_gradients")

  /// One that both generations call the same.
  fileprivate static func same(_ name: String, in listName: String) -> OptimizerSlotKind {
    OptimizerSlotKind(name, name, name, in: listName)
  }
}

/// The arrays of an optimizer in the order in which `build` makes them: `build` of the classes in
/// keras/src/optimizers (keras-team/keras, 3.15) and tf_keras/src/optimizers (keras-team/tf-keras,
/// 2.21).
struct OptimizerPlan: Sendable {
  /// An optimizer of a configuration.
  struct Level: Sendable {
    /// See ``SlotVocabulary/key(_:)``.
    let key: String
    let className: String
    let name: String
    let config: JSONValue

    func isOn(_ setting: String) -> Bool {
      guard let value = config[setting] else { return false }
      return value.bool ?? ((value.double ?? 0) != 0)
    }
  }

  let generation: KerasGeneration
  /// The optimizer that trains.
  let inner: Level
  /// What scales the loss for it.
  let wrapper: Level?
  /// Each pass goes over all weights, and gives each of them these arrays.
  let passes: [[OptimizerSlotKind]]

  /// - Parameter optimizer: `class_name` and `config`, in the words of that generation.
  init(
    _ optimizer: JSONValue, for generation: KerasGeneration
  ) throws(OptimizerObstacle) {
    self.generation = generation
    let outer = try Self.level(optimizer, generation)
    if outer.key.hasPrefix("lossscaleoptimizer") {
      guard let wrapped = outer.config["inner_optimizer"] else { throw .noOptimizer }
      wrapper = outer
      inner = try Self.level(wrapped, generation)
    } else {
      wrapper = nil
      inner = outer
    }
    guard let own = Self.passes(of: inner, generation) else {
      throw .unknownOptimizer(className: inner.className)
    }
    var base: [[OptimizerSlotKind]] = inner.isOn("use_ema") ? [[.average]] : []
    if generation == .keras3, inner.isOn("gradient_accumulation_steps") {
      base.append([.accumulatedGradient])
    }
    passes = base + own
  }

  private static func level(
    _ optimizer: JSONValue, _ generation: KerasGeneration
  ) throws(OptimizerObstacle) -> Level {
    guard let spelled = optimizer["class_name"]?.string else { throw .noOptimizer }
    let className = LayerNode.bareClassName(spelled)
    guard !className.isEmpty else { throw .noOptimizer }
    let config = optimizer["config"] ?? .object([:])
    let ownName = generation == .keras2 ? className : SnakeCase.spellings(of: className)[0]
    return Level(
      key: SlotVocabulary.key(className), className: className,
      name: config["name"]?.string ?? ownName, config: config)
  }

  /// The learning rate when it is a number; `nil` for a schedule.
  var learningRate: Double? { inner.config["learning_rate"]?.double }

  var hasSchedule: Bool { inner.config["learning_rate"]?.object != nil }

  /// Whether the steps count for the next one.
  var usesIteration: Bool {
    let counting: Set = ["sgd", "rmsprop", "adagrad", "adadelta", "ftrl", "lion"]
    return hasSchedule || !counting.contains(inner.key) || inner.isOn("use_ema")
      || inner.isOn("gradient_accumulation_steps")
  }

  /// The arrays of one weight in a pass.
  func kinds(
    in pass: [OptimizerSlotKind], for weight: TrainedWeight, having slots: Set<OptimizerSlot>
  ) -> [OptimizerSlotKind] {
    pass.filter { kind in
      switch (inner.key, kind.name) {
      case ("adafactor", "r"), ("adafactor", "c"):
        // Keras 2 has placeholders for them, but not among its variables.
        generation == .keras3 || weight.shape.dimensions.count >= 2
      case ("muon", "velocity"): keepsVelocity(weight, having: slots)
      default: true
      }
    }
  }

  /// Muon trains with Adam what is no matrix, and what its settings exclude: patterns of paths,
  /// which the version has followed already.
  private func keepsVelocity(_ weight: TrainedWeight, having slots: Set<OptimizerSlot>) -> Bool {
    if weight.shape.dimensions.count != 2 { return true }
    let excludesEmbeddings = inner.config["exclude_embeddings"]?.bool ?? true
    if excludesEmbeddings, weight.keras3Name.lowercased().contains("embedding") { return true }
    guard let patterns = inner.config["exclude_layers"]?.array, !patterns.isEmpty else {
      return false
    }
    return slots.contains(OptimizerSlot(name: "velocity", weightPath: weight.path))
  }
}

extension OptimizerPlan {
  private static let first = OptimizerSlotKind("m", "m", "momentum", in: "_momentums")
  private static let second = OptimizerSlotKind("v", "v", "velocity", in: "_velocities")

  private static func passes(
    of level: Level, _ generation: KerasGeneration
  ) -> [[OptimizerSlotKind]]? {
    switch level.key {
    case "adam", "adamw":
      let hat = OptimizerSlotKind("vhat", "vhat", "velocity_hat", in: "_velocity_hats")
      return [[first, second]] + (level.isOn("amsgrad") ? [[hat]] : [])
    case "nadam": return [[first, second]]
    case "adamax":
      return [
        [
          OptimizerSlotKind("m", "m", "momentum", in: "_m"),
          OptimizerSlotKind("u", "u", "norm", in: "_u"),
        ]
      ]
    case "lion": return [[OptimizerSlotKind("m", "m", "momentum", in: "momentums")]]
    case "sgd":
      // Keras 2 has the slot also when its factor is 0.
      let has = generation == .keras2 || level.isOn("momentum")
      return has ? [[OptimizerSlotKind("momentum", "m", "momentum", in: "momentums")]] : []
    case "rmsprop":
      return [[.same("velocity", in: "_velocities")]]
        + (level.isOn("momentum") ? [[.same("momentum", in: "_momentums")]] : [])
        + (level.isOn("centered") ? [[.same("average_gradient", in: "_average_gradients")]] : [])
    default: return otherPasses(of: level.key, generation)
    }
  }

  private static func otherPasses(
    of key: String, _ generation: KerasGeneration
  ) -> [[OptimizerSlotKind]]? {
    switch (key, generation) {
    case ("adagrad", _): [[.same("accumulator", in: "_accumulators")]]
    case ("adadelta", _):
      [
        [
          OptimizerSlotKind(
            "accumulator", "accumulated_grad", "accumulated_grad", in: "_accumulated_grads"),
          OptimizerSlotKind(
            "delta_accumulator", "accumulated_delta_var", "accumulated_delta_var",
            in: "_accumulated_delta_vars"),
        ]
      ]
    case ("ftrl", _):
      [[.same("accumulator", in: "_accumulators"), .same("linear", in: "_linears")]]
    case ("adafactor", _):
      [
        [
          .same("r", in: "_r"), .same("c", in: "_c"),
          OptimizerSlotKind("v", "v", "velocity", in: "_v"),
        ]
      ]
    case ("lamb", .keras3): [[first, second]]
    case ("muon", .keras3), ("schedulefreeadamw", .keras3):
      [[.same("momentum", in: "_momentums"), .same("velocity", in: "_velocities")]]
    default: nil
    }
  }
}
