import StrictJSON
import Tensors

/// Says a function on tensors, a layer without weights, in the other generation's words.
struct OperatorTranslator {
  let container: ConfigContainer
  let location: String
  private(set) var notes: [ConversionNote] = []

  init(in container: ConfigContainer, at location: String) {
    self.container = container
    self.location = location
  }

  /// Whether the layer is a function of TensorFlow in Keras 2.
  static func isTensorFlowFunction(_ layer: GraphLayer) -> Bool {
    GraphReader.keepsStructure.contains(layer.className)
      || layer.className == GraphOperation.className
  }

  /// Whether the layer is an operation of Keras 3. In HDF5 files it has no module, but no layer
  /// says so little of itself.
  static func isOperation(_ layer: GraphLayer) -> Bool {
    if let module = layer.object["module"]?.string {
      return module.hasPrefix("keras.src.ops") || module.hasPrefix("keras.ops")
    }
    return layer.config["trainable"] == nil && KerasOperations.module(of: layer.className) != nil
  }

  /// A `TFOpLambda` or `SlicingOpLambda` as an operation of Keras 3; as it is when none fits.
  mutating func operation(from layer: GraphLayer) -> GraphLayer {
    if let graphOperation = GraphOperation(layer) {
      guard let function = graphOperation.function(of: layer) else {
        return impossible(
          layer, "Keras 3 has no operation like TensorFlow's \(graphOperation.name) here")
      }
      return operation(from: function)
    }
    guard let function = layer.config["function"]?.string else {
      return impossible(layer, "a layer of class \(layer.className) is Keras 2's alone")
    }
    guard let word = OperatorTable.byFunction[function] else {
      return impossible(layer, "Keras 3 has no operation like TensorFlow's \(function)")
    }
    var configs: Set<[String: JSONValue]> = []
    var calls: [LayerCall] = []
    for call in layer.calls {
      guard let (config, operands) = split(call, of: word, in: layer) else { return layer }
      configs.insert(config)
      calls.append(LayerCall(arguments: operands))
    }
    guard configs.count == 1, var config = configs.first else {
      return impossible(layer, "its calls differ in what Keras 3 has once for all calls")
    }
    config["name"] = .string(layer.name)
    notes.append(ConversionNote(.translated, at: location, "\(function) is \(word.className)"))
    return GraphLayer(
      name: layer.name, object: Self.object(word.className, of: word.module, config), calls: calls)
  }

  /// An operation of Keras 3 as a `TFOpLambda`; as it is when none fits.
  mutating func function(from layer: GraphLayer) -> GraphLayer {
    guard let word = OperatorTable.byClass[layer.className] else {
      return impossible(layer, "no function of TensorFlow is known for \(layer.className)")
    }
    guard let options = tensorFlowOptions(of: layer, word) else { return layer }
    var calls: [LayerCall] = []
    for call in layer.calls {
      guard let named = named(call, of: word, in: layer), let first = named.arguments.first
      else { return layer }
      let keywords = named.keywords.merging(options.mapValues(Argument.constant)) { $1 }
      calls.append(LayerCall(arguments: [first], keywords: keywords))
    }
    let slices = word.className == "GetItem"
    let hasEllipsis = calls.contains { $0.keywords.values.contains(where: \.hasEllipsis) }
    if slices, container == .archive, hasEllipsis {
      return impossible(
        layer, field: "inbound_nodes",
        "archives of Keras 2 cannot hold '...' in an index: export it as h5")
    }
    let className = slices ? "SlicingOpLambda" : "TFOpLambda"
    let function = word.functions[0]
    notes.append(ConversionNote(.translated, at: location, "\(word.className) is \(function)"))
    var object: [String: JSONValue] = [
      "class_name": .string(className),
      "config": [
        "name": .string(layer.name), "trainable": true, "dtype": "float32",
        "function": .string(function),
      ],
    ]
    if container == .archive {
      object["module"] = "tf_keras.src.layers.core.tf_op_layer"
      object["registered_name"] = .string(className)
    }
    return GraphLayer(name: layer.name, object: object, calls: calls)
  }

  /// An operation of Keras 3 with its module, that HDF5 files leave out and cannot do without.
  static func withModule(_ layer: GraphLayer) -> GraphLayer {
    guard layer.object["module"] == nil, let module = KerasOperations.module(of: layer.className)
    else { return layer }
    return GraphLayer(
      name: layer.name, object: object(layer.className, of: module, layer.config),
      calls: layer.calls)
  }

  private static func object(
    _ className: String, of module: String, _ config: [String: JSONValue]
  ) -> [String: JSONValue] {
    [
      "module": .string("keras.src.ops.\(module)"), "class_name": .string(className),
      "config": .object(config), "registered_name": .string(className),
    ]
  }

  mutating func impossible(
    _ layer: GraphLayer, field: String? = nil, _ detail: String
  ) -> GraphLayer {
    notes.append(ConversionNote(.impossible, at: location, field: field, detail))
    return layer
  }
}
