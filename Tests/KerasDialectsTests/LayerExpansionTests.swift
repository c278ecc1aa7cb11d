import KerasDialects
import StrictJSON
import Tensors
import Testing

/// Layers that the other generation says with several, or with another class.
@Suite struct LayerExpansionTests {
  /// A model of an input `x` and one layer `y` that takes it, twice when it takes a list.
  private func translate(
    _ className: String, _ config: JSONValue, from source: Dialect, to target: KerasGeneration,
    inputs: Int = 1
  ) throws -> (layers: [JSONValue], result: Translation) {
    var members = config.object ?? [:]
    members["name"] = "y"
    let tensor: JSONValue = [
      "class_name": "__keras_tensor__",
      "config": ["shape": [.null, 4], "dtype": "float32", "keras_history": ["x", 0, 0]],
    ]
    let arguments = Array(repeating: tensor, count: inputs)
    let node3: JSONValue = [
      "args": inputs == 1 ? .array(arguments) : [.array(arguments)], "kwargs": [:],
    ]
    let node2 = JSONValue.array(Array(repeating: ["x", 0, 0, [:]], count: inputs))
    let shape = source == .keras3 ? "batch_shape" : "batch_input_shape"
    let model: JSONValue = [
      "class_name": "Functional",
      "config": [
        "name": "m",
        "layers": [
          [
            "class_name": "InputLayer", "name": "x", "config": ["name": "x", shape: [.null, 4]],
            "inbound_nodes": [],
          ],
          [
            "class_name": .string(className), "name": "y", "config": .object(members),
            "inbound_nodes": [source == .keras3 ? node3 : node2],
          ],
        ],
        "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]],
      ],
    ]
    let configuration = KerasConfiguration(model: model, training: nil, dialect: source)
    let result = try Translation(of: configuration, to: target, in: .hdf5)
    return (result.configuration.model["config"]?["layers"]?.array ?? [], result)
  }

  /// keras/src/backend/tensorflow/nn.py: hard_sigmoid is relu6(x + 3) / 6.
  @Test func hardSigmoidOfKeras3HasItsSlope() throws {
    let (layers, result) = try translate(
      "Activation", ["activation": "hard_sigmoid"], from: .keras3, to: .keras2)
    #expect(layers.map { $0["class_name"] } == ["InputLayer", "Rescaling", "ReLU", "Rescaling"])
    #expect(layers.map { $0["name"] } == ["x", "y_shifted", "y_clipped", "y"])
    #expect(layers[1]["config"]?["offset"]?.double == 3)
    #expect(layers[2]["config"]?["max_value"]?.double == 6)
    #expect(layers[3]["config"]?["scale"]?.double == 1.0 / 6)
    #expect(result.notes.map(\.kind) == [.translated])
  }

  @Test func hardSiluIsAProduct() throws {
    for name: JSONValue in ["hard_silu", "hard_swish"] {
      let (layers, _) = try translate(
        "Activation", ["activation": name], from: .keras3, to: .keras2)
      #expect(layers.last?["class_name"] == "Multiply")
      #expect(layers.last?["name"] == "y")
      #expect(layers.last?["inbound_nodes"] == [[["x", 0, 0, [:]], ["y_scaled", 0, 0, [:]]]])
    }
    let (_, inside) = try translate(
      "Dense", ["units": 2, "activation": "hard_silu"], from: .keras3, to: .keras2)
    #expect(inside.notes.map(\.kind) == [.impossible])
  }

  /// tf_keras registers the class, Keras 3 does not.
  @Test func scaledSumsAreSaidByTwoLayers() throws {
    let scale: JSONValue = ["scale": .number("0.17")]
    for (name, source, target) in [
      ("Custom>CustomScaleLayer", Dialect.keras2, KerasGeneration.keras3),
      ("CustomScaleLayer", .keras3, .keras2),
    ] {
      let (layers, result) = try translate(name, scale, from: source, to: target, inputs: 2)
      #expect(layers.map { $0["class_name"] } == ["InputLayer", "Rescaling", "Add"])
      #expect(layers[1]["config"]?["scale"]?.double == 0.17)
      #expect(!result.notes.contains { $0.kind != .translated })
    }
    let (layers, _) = try translate(
      "mine>CustomScaleLayer", scale, from: .keras2, to: .keras3, inputs: 2)
    #expect(layers.count == 2)
  }

  @Test func layerScaleKeepsItsWeightUnderAnotherName() throws {
    let config: JSONValue = ["init_values": .number("1e-06"), "projection_dim": 4]
    for (source, target) in [(Dialect.keras2, KerasGeneration.keras3), (.keras3, .keras2)] {
      let (layers, result) = try translate("LayerScale", config, from: source, to: target)
      #expect(layers.last?["class_name"] == "EinsumDense")
      #expect(layers.last?["config"]?["equation"] == "...x,x->...x")
      #expect(layers.last?["config"]?["bias_axes"] ?? .null == .null)
      #expect(result.renamed("y/gamma") == "y/kernel")
    }
    let (layers, result) = try translate("LayerScale", config, from: .keras3, to: .keras3)
    #expect(layers.last?["class_name"] == "LayerScale")
    #expect(result.renamedLayers.isEmpty)
  }
}
