import StrictJSON

/// The shapes between the layers of one model, as far as its configuration tells.
struct LayerShapes {
  /// What each layer gives, in the model's order.
  private(set) var outputs: [OutputShape?] = []
  /// What each layer gets, when it has one input.
  private(set) var inputs: [OutputShape?] = []

  private var byName: [String: OutputShape] = [:]

  init(of model: LayerNode, input: OutputShape?) {
    let isSequential = model.className == "Sequential"
    byName = Self.recorded(in: model)
    var previous = input
    for layer in model.layers {
      // What a layer declares may leave open what the layer before it tells.
      let connected = isSequential ? previous : Self.source(of: layer).flatMap { byName[$0] }
      let declared = Self.declaredInput(of: layer)
      let given = layer.className == "InputLayer" ? declared ?? connected : connected ?? declared
      let recorded = layer.name.flatMap { byName[$0] }
      let output = recorded ?? Self.output(of: layer, on: given)
      inputs.append(given)
      outputs.append(output)
      if let name = layer.name { byName[name] = output }
      previous = output
    }
  }

  /// Keras 3 records the shape of each tensor where a layer takes it.
  private static func recorded(in model: LayerNode) -> [String: OutputShape] {
    var shapes: [String: OutputShape] = [:]
    for tensor in model.layers.flatMap({ tensors(in: $0.json["inbound_nodes"] ?? .null) })
    where tensor.isFirst {
      shapes[tensor.layer] = tensor.shape
    }
    return shapes
  }

  private struct KerasTensor {
    let layer: String
    let isFirst: Bool
    let shape: OutputShape?
  }

  private static func tensors(in value: JSONValue) -> [KerasTensor] {
    switch value {
    case .array(let elements): return elements.flatMap(tensors)
    case .object(let members):
      guard value["class_name"] == "__keras_tensor__", let config = value["config"] else {
        return members.sorted { $0.key < $1.key }.flatMap { tensors(in: $0.value) }
      }
      guard let history = config["keras_history"]?.array, history.count == 3,
        let layer = history[0].string
      else { return [] }
      let isFirst = history[1].integer == 0 && history[2].integer == 0
      return [
        KerasTensor(layer: layer, isFirst: isFirst, shape: OutputShape(config["shape"]))
      ]
    default: return []
    }
  }

  /// The layer that gives the only input of a layer's first call.
  private static func source(of layer: LayerNode) -> String? {
    guard let call = layer.json["inbound_nodes"]?.array?.first else { return nil }
    let names: [String?]
    if let inputs = call.array {
      names = inputs.map { $0.array?.first?.string ?? $0.string }
    } else {
      names = tensors(in: call).map(\.layer)
    }
    return names.count == 1 ? names[0] : nil
  }

  private static func declaredInput(of layer: LayerNode) -> OutputShape? {
    OutputShape(layer.json["build_config"]?["input_shape"])
      ?? OutputShape(layer.config["batch_input_shape"]) ?? OutputShape(layer.config["batch_shape"])
  }

  private static func output(of layer: LayerNode, on input: OutputShape?) -> OutputShape? {
    if layer.className == "InputLayer" { return input }
    if layer.layers.isEmpty { return input.flatMap { OutputShape(of: layer, on: $0) } }
    let inner = LayerShapes(of: layer, input: input)
    if layer.className == "Sequential" { return inner.outputs.last ?? nil }
    // `[["dense", 0, 0]]`; Keras 3 writes a single one without the outer list.
    guard let outputs = layer.config["output_layers"]?.array, let first = outputs.first else {
      return nil
    }
    let name = first.string ?? (outputs.count == 1 ? first.array?.first?.string : nil)
    return name.flatMap { inner.byName[$0] }
  }
}
