import KerasDialects
import StrictJSON
import Tensors
import Testing

/// Masks of merged tensors: tf_keras/src/layers/merging/base_merge.py and
/// keras/src/layers/merging/base_merge.py, `compute_mask`.
@Suite struct MergedMaskTests {
  /// Tokens, which have a mask, and their places, which have none, added and read by an LSTM.
  private func model(_ dialect: Dialect) -> JSONValue {
    func layer(
      _ name: String, _ className: String, _ config: JSONValue, _ inputs: [String]
    ) -> JSONValue {
      var members = config.object ?? [:]
      members["name"] = .string(name)
      members["trainable"] = true
      let tensors = inputs.map { input -> JSONValue in
        [
          "class_name": "__keras_tensor__",
          "config": [
            "shape": [.null, 5], "dtype": "float32", "keras_history": [.string(input), 0, 0],
          ],
        ]
      }
      let node3: JSONValue = [
        "args": tensors.count == 1 ? .array(tensors) : [.array(tensors)], "kwargs": [:],
      ]
      let node2 = JSONValue.array(inputs.map { [.string($0), 0, 0, [:]] })
      return [
        "class_name": .string(className), "name": .string(name), "config": .object(members),
        "inbound_nodes": inputs.isEmpty ? [] : [dialect == .keras3 ? node3 : node2],
      ]
    }
    let shape = dialect == .keras3 ? "batch_shape" : "batch_input_shape"
    let sizes: JSONValue = ["input_dim": 9, "output_dim": 4]
    var masking = sizes.object ?? [:]
    masking["mask_zero"] = true
    return [
      "class_name": "Functional",
      "config": [
        "name": "m",
        "layers": [
          layer("ids", "InputLayer", [shape: [.null, 5]], []),
          layer("tokens", "Embedding", .object(masking), ["ids"]),
          layer("places", "Embedding", sizes, ["ids"]),
          layer("sum", "Add", [:], ["tokens", "places"]),
          layer("lstm", "LSTM", ["units": 2], ["sum"]),
        ],
        "input_layers": [["ids", 0, 0]], "output_layers": [["lstm", 0, 0]],
      ],
    ]
  }

  private func layers(
    from source: Dialect, to target: KerasGeneration
  ) throws -> [JSONValue] {
    let configuration = KerasConfiguration(model: model(source), training: nil, dialect: source)
    let result = try Translation(of: configuration, to: target, in: .archive)
    #expect(!result.notes.contains { $0.kind == .impossible })
    return result.configuration.model["config"]?["layers"]?.array ?? []
  }

  @Test func keras3IsGivenTheMask() throws {
    let layers = try layers(from: .keras2, to: .keras3)
    let lstm = try #require(layers.first { $0["name"] == "lstm" })
    let mask = lstm["inbound_nodes"]?.array?.first?["kwargs"]?["mask"]
    #expect(mask?["config"]?["keras_history"] == ["lstm_mask", 0, 0])
    #expect(layers.first { $0["name"] == "lstm_mask" }?["class_name"] == "NotEqual")
  }

  @Test func inKeras2TheMaskIsTakenAway() throws {
    let layers = try layers(from: .keras3, to: .keras2)
    let sum = try #require(layers.first { $0["name"] == "sum" })
    #expect(sum["inbound_nodes"] == [[["sum_unmasked", 0, 0, [:]], ["places", 0, 0, [:]]]])
    #expect(layers.first { $0["name"] == "sum_unmasked" }?["class_name"] == "Rescaling")
  }

  @Test(arguments: [(Dialect.keras2, KerasGeneration.keras2), (.keras3, .keras3)])
  func withinAGenerationNothingIsAdded(_ pair: (Dialect, KerasGeneration)) throws {
    #expect(try layers(from: pair.0, to: pair.1).count == 5)
  }
}
