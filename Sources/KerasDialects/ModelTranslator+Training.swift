import StrictJSON
import Tensors

extension ModelTranslator {
  /// `training_config` or `compile_config` in the form that the container has.
  mutating func training(_ json: JSONValue) -> JSONValue {
    var translator = ObjectTranslator(from: source, to: target, in: container)
    let result = translator.training(json)
    for note in translator.notes { objects.note(note) }
    return result
  }

  /// The same for a model that is translated already: what is said of each output has the output's
  /// new name, and of the only output no name, which Keras 3 would not take from every model.
  /// keras/src/trainers/compile_utils.py `CompileLoss.build`.
  mutating func training(_ json: JSONValue, of model: JSONValue) -> JSONValue {
    let result = training(json)
    guard target == .keras3, !isSameGeneration, case .object(var members) = result else {
      return result
    }
    let hasOneOutput = Self.outputs(of: model) == 1
    for field in ["loss", "loss_weights", "metrics", "weighted_metrics"] {
      guard let parts = members[field]?.object, parts["class_name"] == nil else { continue }
      if hasOneOutput, parts.count == 1, let only = parts.first?.value {
        let isList = !field.hasSuffix("metrics") || only.array != nil || only.isNull
        members[field] = isList ? only : .array([only])
      } else {
        members[field] = .object(withNewNames(parts))
      }
    }
    return .object(members)
  }

  private func withNewNames(_ parts: [String: JSONValue]) -> [String: JSONValue] {
    let names = renaming.outermost
    return Dictionary(parts.map { (names[$0.key] ?? $0.key, $0.value) }) { first, _ in first }
  }

  /// How many tensors a model gives; `nil` when it does not list its layers.
  private static func outputs(of model: JSONValue) -> Int? {
    guard let config = model["config"]?.object, config["layers"] != nil else { return nil }
    return config["output_layers"].map(tensors) ?? 1
  }

  private static func tensors(in structure: JSONValue) -> Int {
    switch structure {
    case .array(let parts):
      if parts.count == 3, parts[0].string != nil { return 1 }
      return parts.reduce(0) { $0 + tensors(in: $1) }
    case .object(let members): return members.values.reduce(0) { $0 + tensors(in: $1) }
    default: return 0
    }
  }
}
