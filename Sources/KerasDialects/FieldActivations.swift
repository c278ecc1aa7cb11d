import StrictJSON
import Tensors

extension ObjectTranslator {
  /// A layer's activation: a function's name, a serialised function, or a layer.
  mutating func activation(
    _ value: JSONValue, of owner: SerializedObject, at place: FieldPlace
  ) -> JSONValue {
    if let name = Self.functionName(value) {
      return activation(named: name, value, of: owner, at: place)
    }
    guard value.object != nil else { return value }
    return layer(value, at: place, isInner: true) { _, _ in nil }
  }

  /// The name, when a value is a function of Keras: text, or
  /// `{"class_name": "function", "config": "relu"}`.
  static func functionName(_ value: JSONValue) -> String? {
    if let name = value.string { return name }
    guard value["class_name"] == "function" else { return nil }
    return value["config"]?.string
  }

  private mutating func activation(
    named name: String, _ value: JSONValue, of owner: SerializedObject, at place: FieldPlace
  ) -> JSONValue {
    // `softmax_v2` and the like are TensorFlow 2.0's names.
    let today = name.hasSuffix("_v2") ? String(name.dropLast(3)) : name
    let before = FieldTable.of(sourceGeneration).function(today, .activation)
    guard let now = FieldTable.of(target).function(today, .activation) else {
      guard let before, crossesGenerations else { return value }
      if FieldTable.of(target).function(before, .activation) != nil { return .string(before) }
      note(
        .impossible, at: place,
        "\(target.title) has no activation '\(name)'; register a function of that name, or say it "
          + "with layers")
      return value
    }
    guard before == nil || now != "hard_sigmoid" || !crossesGenerations else {
      return hardSigmoid(of: owner, at: place)
    }
    return .string(today)
  }

  /// Keras 1 and 2 clip 0.2 x + 0.5 to 0...1, Keras 3 clips x / 6 + 0.5. Keras 3 takes a model for
  /// an activation, so that the older one can be said there: exactly, and without weights.
  private mutating func hardSigmoid(
    of owner: SerializedObject, at place: FieldPlace
  ) -> JSONValue {
    guard target == .keras3 else {
      note(
        .impossible, at: place,
        "Keras 2's hard_sigmoid has another slope than Keras 3's; use relu6(x + 3) / 6 in layers")
      return "hard_sigmoid"
    }
    note(
      .translated, at: place,
      "hard_sigmoid has another slope in Keras 3: a model of Rescaling and ReLU computes this one")
    let dtype = dtypePolicy(owner.config["dtype"] ?? .null, plain: false, at: place)
    let slope: JSONValue = [
      "module": "keras.layers", "class_name": "Rescaling", "registered_name": .null,
      "config": [
        "name": "rescaling", "dtype": dtype, "scale": .number("0.2"), "offset": .number("0.5"),
      ],
    ]
    let clip: JSONValue = [
      "module": "keras.layers", "class_name": "ReLU", "registered_name": .null,
      "config": ["name": "clip", "dtype": dtype, "max_value": .number("1.0")],
    ]
    return [
      "module": "keras", "class_name": "Sequential", "registered_name": .null,
      "config": ["name": "hard_sigmoid", "layers": [slope, clip]],
    ]
  }
}
