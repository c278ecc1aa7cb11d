import StrictJSON
import TensorFlowFormat
import Tensors

/// Says of each object of a model what Keras 2 needs to make it again, as `keras_metadata.pb` has
/// it: of the model and its layers their configurations and what they were built with.
///
/// Reader: tf_keras/src/saving/legacy/saved_model/load.py, and for the keys `python_properties` of
/// layer_serialization.py and model_serialization.py beside it, in
/// https://github.com/keras-team/tf-keras.
struct KerasMetadataWriter {
  /// By their nodes.
  private(set) var objects: [Int: SavedModelToWrite.Object] = [:]
  /// By their locations.
  private(set) var layerNodes: [String: Int] = [:]
  /// What is left out.
  private(set) var notes: [ConversionNote] = []

  private let model: ModelToWrite
  private let inputShapes: [String: [[Int?]]]
  private let called: Set<String>
  /// The model, and those that are layers of such: the loader makes these layer by layer, and
  /// models in wrappers with the wrapper.
  private var networks: Set<Int> = []

  /// - Parameters:
  ///   - placed: the objects, none before the one that has it.
  ///   - inputShapes: by the layers' locations.
  ///   - called: the locations of layers that have functions.
  init(
    model: ModelToWrite, placed: [TrackedWriter.Placed], _ inputShapes: [String: [[Int?]]],
    called: Set<String>
  ) {
    self.model = model
    self.inputShapes = inputShapes
    self.called = called
    var owners: [Int: (layer: LayerNode?, config: JSONValue)] = [:]
    for place in placed {
      let object = place.object
      var identifier = "_tf_keras_layer"
      var members: [String: JSONValue]
      if let layer = object.layer, place.owner.map(networks.contains) ?? true {
        layerNodes[object.location] = place.node
        if !called.contains(object.location) { identifier = Self.identifier(of: layer) }
        members = metadata(of: layer, place)
        owners[place.node] = (layer, members["config"] ?? .null)
      } else {
        let owner = place.owner.flatMap { owners[$0] }
        members = Self.part(object, of: owner?.layer, owner?.config ?? .null)
        owners[place.node] = (object.layer, object.layer?.config ?? .null)
      }
      objects[place.node] = SavedModelToWrite.Object(
        identifier: identifier, metadata: JSONValue.object(members).canonicalText)
    }
  }

  private static let recurrent: Set<String> = [
    "RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
  ]

  private static func identifier(of layer: LayerNode) -> String {
    switch layer.className {
    case "Sequential": "_tf_keras_sequential"
    case _ where !layer.layers.isEmpty: "_tf_keras_network"
    case "InputLayer": "_tf_keras_input_layer"
    case let name where recurrent.contains(name): "_tf_keras_rnn_layer"
    default: "_tf_keras_layer"
    }
  }

  private mutating func metadata(
    of layer: LayerNode, _ place: TrackedWriter.Placed
  ) -> [String: JSONValue] {
    let object = place.object
    let shapes = inputShapes[object.location] ?? []
    if object.isModel {
      networks.insert(place.node)
      let first = object.layers.first.flatMap { inputShapes[$0.location]?.first }
      var members = Self.network(layer, object, inputShape: shapes.first ?? first)
      if place.owner == nil { addModelsOwn(to: &members) }
      return members
    }
    if called.contains(object.location) { return Self.called(layer, object) }
    return layer.className == "InputLayer"
      ? Self.input(layer, object) : Self.layer(layer, object, inputShapes: shapes)
  }

  // MARK: Models

  private static func network(
    _ layer: LayerNode, _ object: ObjectNode, inputShape: [Int?]?
  ) -> [String: JSONValue] {
    var members = common(layer, object)
    members["is_graph_network"] = true
    members["expects_training_arg"] = true
    members["config"] = config(of: layer, inputShape: inputShape)
    return members
  }

  /// A `Sequential` that only its first call built has no input in its configuration, and the
  /// loader has none to call it with.
  private static func config(of layer: LayerNode, inputShape: [Int?]?) -> JSONValue {
    guard layer.className == "Sequential", let inputShape, let first = layer.layers.first,
      first.className != "InputLayer", first.config["batch_input_shape"] == nil,
      case .object(var config) = layer.config, let layers = config["layers"]?.array
    else { return layer.config }
    let input: JSONValue = [
      "class_name": "InputLayer",
      "config": [
        "name": .string((first.name ?? layer.name ?? "sequential") + "_input"),
        "batch_input_shape": items(inputShape), "dtype": .string(inputType(of: first)),
        "sparse": false, "ragged": false,
      ],
    ]
    config["layers"] = .array([input] + layers)
    return .object(config)
  }

  /// The type of what a layer is given: that of its variables, but of text for those that only take
  /// text.
  private static func inputType(of layer: LayerNode) -> String {
    switch layer.className {
    case "StringLookup", "TextVectorization": return "string"
    case "IntegerLookup": return "int64"
    default: break
    }
    let dtype = layer.config["dtype"]
    let name = dtype?.string ?? dtype?["config"]?["name"]?.string ?? "float32"
    return name.hasPrefix("mixed_") ? "float32" : name
  }

  /// What only the outermost model says: who wrote it, and how it was compiled.
  private mutating func addModelsOwn(to members: inout [String: JSONValue]) {
    members["keras_version"] = .string(KerasGeneration.keras2.writtenVersion)
    members["backend"] = "tensorflow"
    members["model_config"] = [
      "class_name": members["class_name"] ?? .null, "config": members["config"] ?? .null,
    ]
    guard case .object(var training)? = model.training else { return }
    guard training["optimizer_config"]?["class_name"] != nil else {
      notes.append(
        ConversionNote(
          .lost, at: "optimizer", "the model is not compiled: its optimizer is not known"))
      return
    }
    // The loader asks for these, even when there are none.
    training["loss_weights"] = training["loss_weights"] ?? .null
    members["training_config"] = .object(training)
  }

  // MARK: Layers

  private static func common(_ layer: LayerNode, _ object: ObjectNode) -> [String: JSONValue] {
    [
      "class_name": layer.json["class_name"] ?? .string(layer.className),
      "config": layer.config, "name": .string(object.name),
      "dtype": layer.config["dtype"] ?? .null, "trainable": .bool(layer.trainable),
      "expects_training_arg": false,
    ]
  }

  /// A layer that has a function. Keras 2 looks for no function when it knows the class.
  private static func called(_ layer: LayerNode, _ object: ObjectNode) -> [String: JSONValue] {
    var members = common(layer, object)
    members["class_name"] = .string("Saved" + layer.className)
    return members
  }

  private static func input(_ layer: LayerNode, _ object: ObjectNode) -> [String: JSONValue] {
    var members = common(layer, object)
    members["dtype"] = layer.config["dtype"] ?? "float32"
    members["sparse"] = layer.config["sparse"] ?? false
    members["ragged"] = layer.config["ragged"] ?? false
    members["batch_input_shape"] = tuple(layer.config["batch_input_shape"])
    return members
  }

  private static func layer(
    _ layer: LayerNode, _ object: ObjectNode, inputShapes: [[Int?]]
  ) -> [String: JSONValue] {
    var members = common(layer, object)
    // Set for a layer, it is set for all in it, and one that is frozen there would be trained.
    if layer.trainable, holdsFrozen(layer) { members["trainable"] = .null }
    members["batch_input_shape"] = tuple(layer.config["batch_input_shape"])
    var shapes = inputShapes.map { shape(items($0)) }
    if layer.className == "MultiHeadAttention" {
      members["config"] = attention(layer, inputShapes)
      shapes = Array(shapes.prefix(1))
    }
    // What stands for a layer of Keras 3 merges that one's only input with a function of it.
    if shapes.count == 1, ["Add", "Multiply"].contains(layer.className) { shapes += shapes }
    if !shapes.isEmpty {
      members["build_input_shape"] = shapes.count == 1 ? shapes[0] : .array(shapes)
    }
    return members
  }

  private static func holdsFrozen(_ layer: LayerNode) -> Bool {
    (layer.layers + layer.wrapped).contains { !$0.trainable || holdsFrozen($0) }
  }
}
