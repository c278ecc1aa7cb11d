import StrictJSON
import Tensors

extension ObjectTranslator {
  /// A layer's type or policy as the target spells it.
  ///
  /// - Parameter plain: whether it must be a type's name.
  mutating func dtypePolicy(
    _ value: JSONValue, plain: Bool, at place: FieldPlace
  ) -> JSONValue {
    guard let name = policyName(value) else {
      guard let object = SerializedObject(value) else { return value }
      if target == .keras3 { return rendered(object, value) }
      note(
        .impossible, at: place,
        "Keras 2 has no \(object.className); save the model before it is quantised")
      return value
    }
    // Before the first call some layers of TensorFlow 1 did not know their type.
    if name == "_infer" || name == "infer" { return .null }
    if plain { return .string(name) }
    switch target {
    case .keras3:
      return [
        "module": "keras", "class_name": "DTypePolicy", "config": ["name": .string(name)],
        "registered_name": .null,
      ]
    case .keras2:
      guard name.hasPrefix("mixed_") else { return .string(name) }
      var policy: [String: JSONValue] = [
        "class_name": "Policy", "config": ["name": .string(name)],
      ]
      if container == .archive {
        policy["module"] = "keras.mixed_precision"
        policy["registered_name"] = .null
      }
      return .object(policy)
    }
  }

  private static let policies: Set = [
    "Policy", "PolicyV1", "DTypePolicy", "FloatDTypePolicy",
  ]

  /// `float32`, `mixed_float16`; `nil` for policies that have no name alone.
  private func policyName(_ value: JSONValue) -> String? {
    if let name = value.string { return name }
    guard let object = SerializedObject(value), Self.policies.contains(object.className) else {
      return nil
    }
    return object.config["name"]?.string
  }

  /// A metric's type: a name in both generations.
  func plainDType(_ value: JSONValue) -> JSONValue {
    policyName(value).map { .string($0) } ?? value
  }

  private func rendered(_ object: SerializedObject, _ value: JSONValue) -> JSONValue {
    var members = value.object ?? [:]
    members["shared_object_id"] = nil
    members["module"] = members["module"] ?? "keras.dtype_policies"
    members["registered_name"] = members["registered_name"] ?? .null
    return .object(members)
  }
}
