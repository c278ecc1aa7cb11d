import StrictJSON
import Tensors

/// Both generations pass masks on from layer to layer, but Keras 3 only to layers that are called
/// with a single tensor. A recurrent layer with initial states has to get its mask as an argument,
/// and attention those of its values and keys.
/// keras/src/layers/layer.py `__call__`.
struct ImplicitMasks {
  private(set) var graph: ModelGraph
  /// The layers that got a mask, or should have and could not.
  private(set) var masked: [String] = []
  private(set) var unclear: [String] = []
  private let places: [String: Int]
  private var operations: [Mask: TensorReference] = [:]

  /// - Parameter graph: in the words of Keras 3, with Keras 2's meaning.
  init(_ graph: ModelGraph) {
    self.graph = graph
    places = Dictionary(graph.layers.indices.map { (graph.layers[$0].name, $0) }) { $1 }
    for index in graph.layers.indices {
      let layer = graph.layers[index]
      for (number, call) in layer.calls.enumerated() {
        for (keyword, input) in Self.wanted(by: layer, in: call) {
          switch origin(of: input) {
          case .none: continue
          case .unclear: unclear.append(layer.name)
          case .mask(let mask):
            let tensor = tensor(of: mask, for: layer.name)
            self.graph.layers[index].calls[number].keywords[keyword] = .tensor(tensor)
            masked.append(layer.name)
          }
        }
      }
    }
  }

  /// The mask arguments that Keras 2 fills in and Keras 3 does not, each with the masked input.
  private static func wanted(
    by layer: GraphLayer, in call: LayerCall
  ) -> [(keyword: String, input: TensorReference)] {
    if layer.className == "MultiHeadAttention" {
      return ["value", "key"].compactMap { name in
        guard case .tensor(let input)? = call.keywords[name], call.keywords[name + "_mask"] == nil
        else { return nil }
        return (name + "_mask", input)
      }
    }
    guard LayerArguments.isRecurrent(layer.className), call.tensors.count > 1,
      call.keywords["mask"] == nil, case .tensor(let input)? = call.arguments.first
    else { return [] }
    return [("mask", input)]
  }

  /// What a mask is computed of.
  private struct Mask: Hashable {
    var input: TensorReference
    var value: JSONValue
    /// Whether a step is masked when all of its features have the value.
    var isOfFeatures: Bool
  }

  private enum Origin {
    case none
    case unclear
    case mask(Mask)
  }

  /// The mask that a tensor has: made by its layer, or by those before.
  private func origin(of tensor: TensorReference) -> Origin {
    var tensor = tensor
    for _ in 0...graph.layers.count {
      guard let layer = places[tensor.layer].map({ graph.layers[$0] }),
        layer.calls.indices.contains(tensor.call)
      else { return .none }
      guard case .tensor(var input)? = layer.calls[tensor.call].arguments.first else {
        return makesMasks && Self.merging.contains(layer.className) ? .unclear : .none
      }
      input.type = [:]
      if let value = Self.maskValue(of: layer) {
        return .mask(
          Mask(input: input, value: value, isOfFeatures: layer.className == "Masking"))
      }
      guard Self.passes(layer), tensor.output == 0 else { return .none }
      tensor = input
    }
    return .none
  }

  private var makesMasks: Bool { graph.layers.contains { Self.maskValue(of: $0) != nil } }

  private static func maskValue(of layer: GraphLayer) -> JSONValue? {
    switch layer.className {
    case "Embedding": layer.config["mask_zero"] == true ? 0 : nil
    case "Masking": layer.config["mask_value"]
    default: nil
    }
  }

  /// The layers that give the mask of their input to their output.
  private static func passes(_ layer: GraphLayer) -> Bool {
    if layer.className == "Bidirectional" {
      return layer.config["layer"]?["config"]?["return_sequences"] == true
    }
    if LayerArguments.isRecurrent(layer.className) {
      return layer.config["return_sequences"] == true
    }
    return passing.contains(layer.className)
  }

  private static let passing: Set = [
    "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dense",
    "Dropout", "ELU", "GaussianDropout", "GaussianNoise", "LayerNormalization", "LeakyReLU",
    "MultiHeadAttention", "PReLU", "ReLU", "Softmax", "SpatialDropout1D", "TimeDistributed",
    "UnitNormalization",
  ]

  private static let merging: Set = [
    "Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract",
  ]

  /// The tensor of a mask, computed by operations that are added to the graph once.
  private mutating func tensor(of mask: Mask, for layer: String) -> TensorReference {
    if let known = operations[mask] { return known }
    let differs = LayerCall(arguments: [.tensor(mask.input), .constant(mask.value)])
    var result = add("NotEqual", [:], named: layer + "_mask", differs)
    if mask.isOfFeatures {
      let any = LayerCall(arguments: [.tensor(result)])
      result = add(
        "Any", ["axis": -1, "keepdims": false], named: layer + "_mask_of_steps", any)
    }
    operations[mask] = result
    return result
  }

  /// The names are none that Keras gives: it counts its own while it builds the model.
  private mutating func add(
    _ className: String, _ config: [String: JSONValue], named stem: String, _ call: LayerCall
  ) -> TensorReference {
    let taken = Set(graph.layers.map(\.name))
    var name = stem
    var number = 1
    while taken.contains(name) {
      name = "\(stem)_\(number)"
      number += 1
    }
    let object: [String: JSONValue] = [
      "module": "keras.src.ops.numpy", "class_name": .string(className),
      "config": .object(config.merging(["name": .string(name)]) { $1 }),
      "registered_name": .string(className),
    ]
    graph.layers.append(GraphLayer(name: name, object: object, calls: [call]))
    return TensorReference(layer: name, call: 0, output: 0, type: ["dtype": "bool"])
  }
}
