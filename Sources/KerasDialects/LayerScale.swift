import StrictJSON
import Tensors

/// The layer of keras.applications' ConvNeXt that multiplies by a weight for each feature. No
/// library finds the class by its name, and both have EinsumDense, which multiplies so, too.
/// keras/src/applications/convnext.py, and the same in tf_keras.
struct LayerScale {
  /// What the containers call its only weight: by its name, and by its number.
  static let weights = ["gamma", "variable", "vars/0"]
  /// What EinsumDense calls it.
  static let weight = "kernel"

  private let object: SerializedObject
  private let features: JSONValue
  private let start: JSONValue

  /// `nil` for any other layer.
  init?(_ json: JSONValue, from source: Dialect, to target: KerasGeneration) {
    guard let object = SerializedObject(json.withoutNotations), object.className == "LayerScale",
      Self.isReplaced(object, from: source, to: target),
      let features = object.config["projection_dim"], features.integer != nil,
      let start = object.config["init_values"], start.double != nil
    else { return nil }
    let known: Set = ["name", "trainable", "dtype", "projection_dim", "init_values"]
    guard known.isSuperset(of: object.config.keys) else { return nil }
    self.object = object
    self.features = features
    self.start = start
  }

  /// Whether a class of keras.applications is said by others. Within Keras 3 an archive names its
  /// module, and it is found. Without a module it may be anybody's class, which the same generation
  /// is told of as before, and another cannot be.
  static func isReplaced(
    _ object: SerializedObject, from source: Dialect, to target: KerasGeneration
  ) -> Bool {
    if (source == .keras3) != (target == .keras3) { return object.isOfKeras }
    return target == .keras2 && object.isOfApplications
  }

  /// The layer in words that both generations have.
  var asEinsumDense: JSONValue {
    let initializer: JSONValue = ["class_name": "Constant", "config": ["value": start]]
    var config: [String: JSONValue] = [
      "equation": "...x,x->...x", "output_shape": [features], "activation": "linear",
      "bias_axes": .null, "kernel_initializer": initializer,
    ]
    for field in ["name", "trainable", "dtype"] { config[field] = object.config[field] }
    return ["class_name": "EinsumDense", "config": .object(config)]
  }
}
