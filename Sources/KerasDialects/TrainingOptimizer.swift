import StrictJSON
import Tensors

extension ObjectTranslator {
  /// The optimizer's object in the target's words. Its class unknown, nothing is exported: there
  /// would be no place for its state.
  mutating func optimizer(_ value: JSONValue) -> JSONValue {
    let place = FieldPlace("optimizer")
    if let name = value.string {
      return optimizer(spelledOut(name), at: place, isInner: container == .archive)
    }
    return optimizer(value, at: place, isInner: container == .archive)
  }

  /// An optimizer that was compiled by its name alone, with the defaults that it then has.
  private func spelledOut(_ name: String) -> JSONValue {
    let className = ObjectNames.today(of: name, .optimizers)
    let fields = FieldTable.of(sourceGeneration).fields(of: className, .optimizers)
    var config: [String: JSONValue] = [:]
    for name in fields?.names ?? [] {
      if let field = fields?[name], field.isWritten { config[name] = field.standard }
    }
    return ["class_name": .string(className), "config": .object(config)]
  }

  private mutating func optimizer(
    _ value: JSONValue, at place: FieldPlace, isInner: Bool
  ) -> JSONValue {
    if value["class_name"] == "TFOptimizer" {
      note(
        .impossible, at: place,
        "TFOptimizer is an optimizer of TensorFlow 1 and says no settings; export without the "
          + "optimizer")
      return value
    }
    guard var object = SerializedObject(value) else { return value }
    // Keras 2.11 to 2.15 register their own optimizers in the package of users' classes.
    let today = ObjectNames.today(of: object.className, .optimizers)
    let isKeras2Custom =
      object.package == "Custom" && FieldTable.keras2.fields(of: today, .optimizers) != nil
    if isKeras2Custom, source != .keras3 { object.package = nil }
    object.className = today
    guard object.isOfKeras else { return custom(object, value, isInner: isInner, at: place) }
    settleOptimizer(&object, at: place)
    if object.className == "LossScaleOptimizer" {
      return lossScaling(object, at: place, isInner: isInner)
    }
    guard let fields = FieldTable.of(target).fields(of: object.className, .optimizers) else {
      guard isOfSource(object) else {
        return custom(object, value, isInner: isInner, at: place)
      }
      note(
        .impossible, at: place,
        "\(target.title) has no \(object.className); export without the optimizer")
      return value
    }
    object.config = translatedFields(of: object, .optimizers, into: fields, at: place)
    if target == .keras2 {
      // Without it tf_keras makes the optimizer of before 2.11, which has other slots.
      object.config["is_legacy_optimizer"] = false
      object.config["jit_compile"] = object.config["jit_compile"] ?? false
    }
    return renderedOptimizer(object, isInner: isInner)
  }

  /// Whether the source has the optimizer and the target may lack it.
  private func isOfSource(_ object: SerializedObject) -> Bool {
    // It has no settings of its own that a table could list.
    if object.className == "MultiOptimizer" { return crossesGenerations }
    return FieldTable.of(sourceGeneration).fields(of: object.className, .optimizers) != nil
  }

  private func renderedOptimizer(_ object: SerializedObject, isInner: Bool) -> JSONValue {
    guard target == .keras2, container == .hdf5, !isInner else {
      return container == .archive || isInner
        ? renderedInModule(object)
        : rendered(object, .optimizers, isInner: false)
    }
    return ["class_name": .string("Custom>" + object.className), "config": .object(object.config)]
  }

  private func renderedInModule(_ object: SerializedObject) -> JSONValue {
    [
      "module": "keras.optimizers", "class_name": .string(object.className),
      "config": .object(object.config), "registered_name": .null,
    ]
  }

  /// Words of older optimizers.
  private mutating func settleOptimizer(_ object: inout SerializedObject, at place: FieldPlace) {
    object.rename("lr", to: "learning_rate")
    object.drop("amsgrad_legacy")
    if isLegacy(object) { settleLegacy(&object, at: place) }
    settleClipping(&object)
    if object.config["epsilon"]?.isNull == true {
      // Keras 2.1 to 2.2 leave it to the backend, whose constant it is.
      object.config["epsilon"] = .number("1e-07")
    }
    settleDecay(&object, at: place)
    if object.config["weight_decay"] == false { object.config["weight_decay"] = .null }
  }

  private func settleClipping(_ object: inout SerializedObject) {
    for name in ["clipnorm", "clipvalue", "global_clipnorm"]
    where object.config[name]?.double == 0 {
      object.config[name] = .null
    }
  }

  /// The older `decay` divides the rate by 1 + decay * iterations, which is the schedule
  /// InverseTimeDecay with a step.
  ///
  /// https://github.com/keras-team/tf-keras/blob/master/tf_keras/optimizers/legacy/optimizer_v2.py
  /// `_decayed_lr`
  private mutating func settleDecay(_ object: inout SerializedObject, at place: FieldPlace) {
    guard let decay = object.config.removeValue(forKey: "decay"), let value = decay.double,
      value != 0
    else { return }
    guard let rate = object.config["learning_rate"], rate.double != nil else { return }
    object.config["learning_rate"] = [
      "class_name": "InverseTimeDecay",
      "config": [
        "initial_learning_rate": rate, "decay_steps": 1, "decay_rate": decay, "staircase": false,
        "name": .null,
      ],
    ]
    note(.translated, at: place.field("decay"), "is said by the schedule InverseTimeDecay")
  }

  /// https://github.com/keras-team/keras/blob/master/keras/src/optimizers/loss_scale_optimizer.py
  private mutating func lossScaling(
    _ object: SerializedObject, at place: FieldPlace, isInner: Bool
  ) -> JSONValue {
    var object = object
    object.rename("optimizer", to: "inner_optimizer")
    if let scale = object.config.removeValue(forKey: "loss_scale")?["config"] {
      object.config["initial_scale"] = scale["initial_loss_scale"] ?? scale["loss_scale_value"]
      object.config["dynamic_growth_steps"] = scale["increment_period"]
      object.config["dynamic"] = .bool(scale["increment_period"] != nil)
    }
    if let inner = object.config["inner_optimizer"] {
      object.config["inner_optimizer"] = optimizer(
        inner, at: place.field("inner_optimizer"), isInner: true)
    }
    switch target {
    case .keras3:
      if object.config.removeValue(forKey: "dynamic") == false {
        note(
          .impossible, at: place.field("dynamic"),
          "Keras 3 only scales losses dynamically; export without the optimizer")
      }
      object.config["name"] = object.config["name"] ?? "loss_scale_optimizer"
      return isInner ? renderedInModule(object) : rendered(object, .optimizers, isInner: false)
    case .keras2:
      let kept: Set = ["inner_optimizer", "initial_scale", "dynamic_growth_steps", "dynamic"]
      object.config = object.config.filter { kept.contains($0.key) }
      object.config["dynamic"] = object.config["dynamic"] ?? true
      guard container == .archive else {
        return ["class_name": "LossScaleOptimizerV3", "config": .object(object.config)]
      }
      return [
        "module": "tf_keras.src.mixed_precision.loss_scale_optimizer",
        "class_name": "LossScaleOptimizerV3", "config": .object(object.config),
        "registered_name": "LossScaleOptimizerV3",
      ]
    }
  }
}
