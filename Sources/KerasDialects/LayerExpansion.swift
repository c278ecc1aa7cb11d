import StrictJSON
import Tensors

/// Layers without weights that the target can only say with several of its own. The last of them
/// has the layer's name and gives what it gave.
///
/// `hard_sigmoid` of Keras 3 is relu6(x + 3) / 6, `hard_silu` that times x:
/// keras/src/backend/tensorflow/nn.py. `CustomScaleLayer` adds a multiple of its second input to
/// the first: keras/src/applications/inception_resnet_v2.py, and the same in tf_keras.
struct LayerExpansion {
  /// One of the layers, in words that both generations have.
  private struct Step {
    /// What its name ends with; `nil` for the last, which has the layer's name.
    let suffix: String?
    let className: String
    let config: [String: JSONValue]
    let inputs: [Input]
  }

  private enum Input {
    case argument(Int)
    case step(Int)
  }

  private let steps: [Step]
  private let layer: GraphLayer
  /// What becomes of the layer, for the note on it.
  let detail: String

  /// `nil` for a layer that need not be said otherwise.
  init?(_ layer: GraphLayer, from source: Dialect, to target: KerasGeneration) {
    guard let object = SerializedObject(.object(layer.object)) else { return nil }
    self.layer = layer
    if object.className == "CustomScaleLayer", let scale = object.config["scale"],
      scale.double != nil, Self.isCustomScale(object, from: source, to: target)
    {
      steps = [
        Step(
          suffix: "scaled", className: "Rescaling",
          config: ["scale": scale, "offset": .number("0.0")], inputs: [.argument(1)]
        ),
        Step(suffix: nil, className: "Add", config: [:], inputs: [.argument(0), .step(0)]),
      ]
      detail = "it is said by Rescaling and Add"
      return
    }
    guard source == .keras3, target == .keras2, object.isOfKeras,
      object.className == "Activation"
    else { return nil }
    switch layer.config["activation"].flatMap(ObjectTranslator.functionName) {
    case "hard_sigmoid":
      steps = Self.clipped + [Self.sixth(nil)]
      detail = "Keras 2's hard_sigmoid has another slope: it is said by Rescaling and ReLU"
    case "hard_silu", "hard_swish":
      let product = Step(
        suffix: nil, className: "Multiply", config: [:], inputs: [.argument(0), .step(2)])
      steps = Self.clipped + [Self.sixth("scaled"), product]
      detail = "Keras 2 has no hard_silu: it is said by Rescaling, ReLU and Multiply"
    default: return nil
    }
  }

  /// tf_keras registers the class in the package of users' classes.
  private static func isCustomScale(
    _ object: SerializedObject, from source: Dialect, to target: KerasGeneration
  ) -> Bool {
    let known: Set = ["name", "trainable", "dtype", "scale"]
    guard known.isSuperset(of: object.config.keys) else { return false }
    if object.package == "Custom" { return source != .keras3 && target == .keras3 }
    return LayerScale.isReplaced(object, from: source, to: target)
  }

  private static let clipped = [
    Step(
      suffix: "shifted", className: "Rescaling",
      config: ["scale": .number("1.0"), "offset": .number("3.0")], inputs: [.argument(0)]),
    Step(
      suffix: "clipped", className: "ReLU", config: ["max_value": .number("6.0")],
      inputs: [.step(0)]),
  ]

  private static func sixth(_ suffix: String?) -> Step {
    Step(
      suffix: suffix, className: "Rescaling",
      config: ["scale": .number("0.16666666666666666"), "offset": .number("0.0")],
      inputs: [.step(1)])
  }

  /// The layers, in their order; `nil` when the layer is not called as it should be.
  ///
  /// - Parameter taken: gets the names that are new.
  func layers(_ taken: inout Set<String>) -> [GraphLayer]? {
    let count = steps.flatMap(\.inputs).reduce(1) { most, input in
      if case .argument(let place) = input { max(most, place + 1) } else { most }
    }
    let arguments = layer.calls.compactMap { Self.tensors(of: $0, count: count) }
    guard arguments.count == layer.calls.count else { return nil }
    var result: [GraphLayer] = []
    for step in steps {
      let name = step.suffix.map { Self.free("\(layer.name)_\($0)", &taken) } ?? layer.name
      let calls = arguments.indices.map { call in
        let inputs = step.inputs.map { input -> Argument in
          switch input {
          case .argument(let place): arguments[call][place]
          case .step(let place):
            .tensor(TensorReference(layer: result[place].name, call: call, output: 0))
          }
        }
        return LayerCall(arguments: inputs.count == 1 ? inputs : [.list(inputs)])
      }
      result.append(GraphLayer(name: name, object: object(of: step, named: name), calls: calls))
    }
    return result
  }

  /// The layers where each takes what the one before gives; `nil` when they do not.
  func chain(_ taken: inout Set<String>) -> [JSONValue]? {
    guard steps.allSatisfy({ $0.inputs.count == 1 }) else { return nil }
    return steps.map { step in
      let name = step.suffix.map { Self.free("\(layer.name)_\($0)", &taken) } ?? layer.name
      return .object(object(of: step, named: name))
    }
  }

  private func object(of step: Step, named name: String) -> [String: JSONValue] {
    var config = step.config
    config["name"] = .string(name)
    config["trainable"] = layer.config["trainable"] ?? true
    config["dtype"] = layer.config["dtype"]
    var object: [String: JSONValue] = [
      "class_name": .string(step.className), "config": .object(config),
    ]
    if layer.object["module"] != nil {
      object["module"] = "keras.layers"
      object["registered_name"] = .null
    }
    return object
  }

  private static func tensors(of call: LayerCall, count: Int) -> [Argument]? {
    var arguments = call.arguments
    if arguments.count == 1, case .list(let elements) = arguments[0] { arguments = elements }
    let areTensors = arguments.allSatisfy { if case .tensor = $0 { true } else { false } }
    return areTensors && arguments.count == count ? arguments : nil
  }

  private static func free(_ stem: String, _ taken: inout Set<String>) -> String {
    var name = stem
    while !taken.insert(name).inserted { name += "_" }
    return name
  }
}

extension ModelTranslator {
  /// The graph in the source's words, with the layers that the target says by several.
  mutating func expanded(_ graph: ModelGraph, at location: String) -> ModelGraph {
    var taken = Set(graph.layers.map(\.name))
    var result = graph
    result.layers = graph.layers.flatMap { layer -> [GraphLayer] in
      guard let expansion = LayerExpansion(layer, from: source, to: target),
        let layers = expansion.layers(&taken)
      else { return [layer] }
      note(.translated, at: Self.inside(location, layer.name), expansion.detail)
      return layers
    }
    return result
  }

  /// The same for the layers of a `Sequential`, where there can be no branches.
  mutating func expanded(_ layers: [JSONValue], at location: String) -> [JSONValue] {
    var taken = Set(layers.compactMap(GraphReader.name))
    return layers.flatMap { json -> [JSONValue] in
      guard let object = json.object, let name = GraphReader.name(of: json),
        let expansion = LayerExpansion(
          GraphLayer(name: name, object: object, calls: []), from: source, to: target),
        let chain = expansion.chain(&taken)
      else { return [json] }
      note(.translated, at: Self.inside(location, name), expansion.detail)
      return chain
    }
  }
}
