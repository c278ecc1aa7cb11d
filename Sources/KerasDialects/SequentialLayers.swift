public import StrictJSON
public import Tensors

/// The layers of a `Sequential` in the source's words, with the input that some generations only
/// have in the first layer's configuration.
public struct SequentialLayers {
  /// Each with `class_name` and `config`.
  public let layers: [JSONValue]

  public init(_ layers: [JSONValue], dialect: Dialect) {
    if let input = layers.first.flatMap({ Self.input(of: $0, dialect) }) {
      self.layers = [input] + layers
    } else {
      self.layers = layers
    }
  }

  /// The shape with the batch that the model begins with.
  static func shape(of input: JSONValue?) -> JSONValue? {
    guard let input, input["class_name"] == "InputLayer" else { return nil }
    return input["config"]?["batch_shape"] ?? input["config"]?["batch_input_shape"]
  }

  /// The input layer that Keras makes of a first layer, if it says what it takes. A model as the
  /// first layer has its own.
  private static func input(of layer: JSONValue, _ dialect: Dialect) -> JSONValue? {
    guard layer["class_name"] != "InputLayer", let config = layer["config"]?.object,
      config["layers"] == nil, let name = config["name"]?.string,
      let shape = config["batch_input_shape"] ?? config["batch_shape"], shape.array != nil
    else { return nil }
    let type = config["input_dtype"]?.string ?? plainType(config["dtype"])
    var input: [String: JSONValue] = [
      "name": .string(name + "_input"), "sparse": false,
      (dialect == .keras3 ? "batch_shape" : "batch_input_shape"): shape,
    ]
    input[dialect == .keras1 ? "input_dtype" : "dtype"] = .string(type)
    if dialect != .keras1 { input["ragged"] = false }
    var object: [String: JSONValue] = ["class_name": "InputLayer", "config": .object(input)]
    if layer["module"] != nil {
      object["module"] = "keras.layers"
      object["registered_name"] = .null
    }
    return .object(object)
  }

  /// The type of a layer's input; a policy's is its variables'.
  private static func plainType(_ dtype: JSONValue?) -> String {
    guard let name = dtype?.string, !name.hasPrefix("mixed_") else { return "float32" }
    return name
  }
}
