import KerasDialects
import StrictJSON
import Tensors
import Testing

/// Names with slashes, which Keras 3 refuses: keras/src/ops/operation.py.
@Suite struct RenamingTests {
  private static func layer(
    _ name: String, _ className: String, _ config: JSONValue, from inputs: [String]
  ) -> JSONValue {
    var members = config.object ?? [:]
    members["name"] = .string(name)
    let node = JSONValue.array(inputs.map { [.string($0), 0, 0, [:]] })
    return [
      "class_name": .string(className), "name": .string(name), "config": .object(members),
      "inbound_nodes": inputs.isEmpty ? [] : [node],
    ]
  }

  /// As tf_keras writes it: `a/b` and `a_b`, and a model `in/ner` with a layer `d/e`.
  private static let model: JSONValue = {
    let inner: JSONValue = [
      "name": "in/ner",
      "layers": [
        ["class_name": "InputLayer", "config": ["name": "i", "batch_input_shape": [.null, 4]]],
        ["class_name": "Dense", "config": ["name": "d/e", "units": 4]],
      ],
    ]
    return [
      "class_name": "Functional",
      "config": [
        "name": "whole/model",
        "layers": [
          layer("x/in", "InputLayer", ["batch_input_shape": [.null, 4]], from: []),
          layer("a/b", "Dense", ["units": 4], from: ["x/in"]),
          layer("a_b", "Dense", ["units": 4], from: ["a/b"]),
          layer("in/ner", "Sequential", inner, from: ["a_b"]),
        ],
        "input_layers": [["x/in", 0, 0]], "output_layers": [["in/ner", 1, 0], ["a/b", 0, 0]],
      ],
    ]
  }()

  private func translation(_ training: JSONValue? = nil) throws -> Translation {
    let source = KerasConfiguration(model: Self.model, training: training, dialect: .keras2)
    return try Translation(of: source, to: .keras3, in: .archive)
  }

  @Test func noNameHasASlashAndAllNamesDiffer() throws {
    let result = try translation()
    let text = result.configuration.model.canonicalText
    for name in ["x/in", "a/b", "in/ner", "d/e", "whole/model"] { #expect(!text.contains(name)) }
    let layers = try #require(result.configuration.model["config"]?["layers"]?.array)
    #expect(layers.compactMap { $0["name"]?.string } == ["x_in", "a_b_", "a_b", "in_ner"])
    #expect(layers.map { $0["name"] } == layers.map { $0["config"]?["name"] })
    #expect(result.configuration.model["config"]?["input_layers"] == ["x_in", 0, 0])
    #expect(!result.notes.contains { $0.kind != .translated })
  }

  @Test func pathsFollowTheNames() throws {
    let result = try translation()
    #expect(
      result.renamedLayers == [
        "x/in": "x_in", "a/b": "a_b_", "in/ner": "in_ner", "in/ner/d/e": "in_ner/d_e",
      ])
    #expect(result.renamed("a/b/kernel") == "a_b_/kernel")
    #expect(result.renamed("a/b") == "a_b_")
    #expect(result.renamed("a/bc/kernel") == "a/bc/kernel")
    #expect(result.renamed("in/ner/d/e/bias") == "in_ner/d_e/bias")
    #expect(result.renamed("in/ner/other/bias") == "in_ner/other/bias")
    #expect(result.renamed("a_b/kernel") == "a_b/kernel")
    #expect(result.renamed("") == "")
  }

  @Test func lossesOfOutputsFollowTheNames() throws {
    let result = try translation([
      "optimizer_config": ["class_name": "SGD", "config": ["learning_rate": .number("0.1")]],
      "loss": ["in/ner": "mse", "a/b": "mae"], "loss_weights": ["in/ner": 1, "a/b": 2],
    ])
    let training = result.configuration.training
    #expect(training?["loss"]?.object?.keys.sorted() == ["a_b_", "in_ner"])
    #expect(training?["loss_weights"] == ["a_b_": 2, "in_ner": 1])
  }

  @Test func theOnlyOutputNeedsNoName() throws {
    let model: JSONValue = [
      "class_name": "Sequential",
      "config": [
        "name": "s",
        "layers": [
          ["class_name": "InputLayer", "config": ["name": "i", "batch_input_shape": [.null, 4]]],
          ["class_name": "Dense", "config": ["name": "d", "units": 4]],
        ],
      ],
    ]
    let training: JSONValue = [
      "optimizer_config": ["class_name": "SGD", "config": ["learning_rate": .number("0.1")]],
      "loss": ["d": "mse"], "metrics": ["d": "mae"],
    ]
    let source = KerasConfiguration(model: model, training: training, dialect: .keras2)
    let result = try Translation(of: source, to: .keras3, in: .hdf5).configuration.training
    #expect(result?["loss"] == "mean_squared_error")
    #expect(result?["metrics"]?.array?.count == 1)
  }

  @Test func withinKeras2NamesStay() throws {
    let source = KerasConfiguration(model: Self.model, training: nil, dialect: .keras2)
    let result = try Translation(of: source, to: .keras2, in: .archive)
    #expect(result.renamedLayers.isEmpty)
    #expect(result.configuration.model.canonicalText.contains("in/ner"))
  }
}
