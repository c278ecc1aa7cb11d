import StrictJSON

/// What is said of the objects in layers.
extension KerasMetadataWriter {
  /// An object that its owner makes, so that it needs no configuration: what a wrapper wraps, a
  /// cell, or a projection of an attention layer, which only a call of the layer would build.
  ///
  /// - Parameter config: the owner's configuration.
  static func part(
    _ object: ObjectNode, of owner: LayerNode?, _ config: JSONValue
  ) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "config": .null, "name": .string(object.name), "trainable": .bool(object.trainable),
      "dtype": (object.layer?.config ?? config)["dtype"] ?? .null, "expects_training_arg": false,
    ]
    let className = owner?.className ?? ""
    if let layer = object.layer {
      members["class_name"] = .string(layer.className)
    } else if object.place == "cell" {
      members["class_name"] = .string(
        className.hasPrefix("ConvLSTM") ? "ConvLSTMCell" : className + "Cell")
    } else {
      members["class_name"] = "EinsumDense"
      members["build_input_shape"] = projected(by: object.place, in: config)
    }
    return members
  }

  /// What a projection of an attention layer is called with: the heads' values, or what the layer
  /// itself is called with.
  private static func projected(by place: String, in config: JSONValue) -> JSONValue? {
    switch place {
    case "_query_dense": return config["query_shape"].map(shape)
    case "_value_dense": return config["value_shape"].map(shape)
    case "_key_dense": return config["key_shape"].map(shape)
    default: break
    }
    guard let query = config["query_shape"]?.array, let heads = config["num_heads"],
      let keys = config["key_dim"]
    else { return nil }
    let values = config["value_dim"].flatMap { $0.isNull ? nil : $0 } ?? keys
    return shape(.array(query.dropLast() + [heads, values]))
  }

  /// The configuration of an attention layer. What it was called with is in it, if only in newer
  /// ones.
  static func attention(_ layer: LayerNode, _ inputShapes: [[Int?]]) -> JSONValue {
    guard case .object(var config) = layer.config, let query = inputShapes.first else {
      return layer.config
    }
    let value = inputShapes[safe: 1] ?? query
    let key = inputShapes[safe: 2] ?? value
    for (name, shape) in [("query_shape", query), ("value_shape", value), ("key_shape", key)]
    where config[name]?.isNull ?? true {
      config[name] = items(shape)
    }
    return .object(config)
  }

  // MARK: Shapes

  static func items(_ shape: [Int?]) -> JSONValue {
    .array(shape.map { size in size.map { JSONValue.integer($0) } ?? .null })
  }

  /// As this container marks shapes, which are no lists in Python.
  static func shape(_ items: JSONValue) -> JSONValue {
    ["class_name": "TensorShape", "items": items]
  }

  /// As this container marks tuples.
  static func tuple(_ items: JSONValue?) -> JSONValue {
    guard let items, !items.isNull else { return .null }
    return ["class_name": "__tuple__", "items": items]
  }
}
