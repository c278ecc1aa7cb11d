import StrictJSON
import Tensors

/// Optimizers of before Keras 2.11, which compute some steps otherwise than those of today with the
/// same settings.
///
/// https://github.com/keras-team/tf-keras/tree/master/tf_keras/optimizers/legacy
extension ObjectTranslator {
  /// Keras 2.11 and later mark their own; without the mark it is the older one.
  ///
  /// tf_keras/src/optimizers/\_\_init\_\_.py `deserialize`
  func isLegacy(_ optimizer: SerializedObject) -> Bool {
    sourceGeneration == .keras2 && optimizer.config["is_legacy_optimizer"] != false
  }

  /// Notes what the optimizer of today does otherwise.
  mutating func settleLegacy(_ object: inout SerializedObject, at place: FieldPlace) {
    switch object.className {
    case "Nadam": settleMomentumSchedule(&object, at: place)
    case "RMSprop" where (object.config["momentum"]?.double ?? 0) == 0:
      // With momentum it is one of TensorFlow's own operations, and inside there too.
      noteEpsilon(of: object, at: place)
    case "Adagrad": noteEpsilon(of: object, at: place)
    default: break
    }
  }

  private mutating func noteEpsilon(of object: SerializedObject, at place: FieldPlace) {
    note(
      .lost, at: place.field("epsilon"),
      "was added to the root, and today's \(object.className) adds it inside of the root: where "
        + "gradients are small, steps differ")
  }

  /// The older `decay` of Nadam slows how the momentum grows, 0.96^(decay * step), and never was
  /// the rate's. Today's Nadam has 0.96^step.
  private mutating func settleMomentumSchedule(
    _ object: inout SerializedObject, at place: FieldPlace
  ) {
    let names = ["decay", "schedule_decay", "_schedule_decay"]
    let given = names.compactMap { object.config.removeValue(forKey: $0)?.double }
    let decay = given.first ?? 0.004
    guard decay != 1 else { return }
    note(
      .lost, at: place.field("decay"),
      "\(decay): the momentum's schedule was 0.96^(\(decay) * step), and is 0.96^step in "
        + "\(target.title), which has no such setting")
  }
}
