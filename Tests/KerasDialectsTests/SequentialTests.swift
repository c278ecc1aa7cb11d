import KerasDialects
import StrictJSON
import Tensors
import Testing

/// The spellings of `Sequential`, from what Keras 1.2, 2.2 and 3.15 write.
@Suite struct SequentialTests {
  private static let dense: JSONValue = [
    "class_name": "Dense",
    "config": [
      "name": "dense_1", "trainable": true, "batch_input_shape": [.null, 4], "dtype": "float32",
      "units": 2, "activation": "linear", "use_bias": true,
    ],
  ]

  @Test func aListOfLayersGetsANameAndAnInput() throws {
    let source = KerasConfiguration(
      model: ["class_name": "Sequential", "config": [Self.dense]], training: nil,
      dialect: .keras2)
    let model = try Translation(of: source, to: .keras3, in: .hdf5).configuration.model
    #expect(model["class_name"] == "Sequential")
    #expect(model["config"]?["name"] == "sequential")
    #expect(model["config"]?["build_input_shape"] == [.null, 4])
    let layers = try #require(model["config"]?["layers"]?.array)
    #expect(layers.map { $0["class_name"] } == ["InputLayer", "Dense"])
    #expect(layers[0]["config"]?["batch_shape"] == [.null, 4])
    #expect(layers[0]["config"]?["name"] == "dense_1_input")
  }

  @Test func aModelInASequentialHasItsOwnInput() throws {
    let inner: JSONValue = [
      "class_name": "Sequential", "config": ["name": "inner", "layers": [Self.dense]],
    ]
    let source = KerasConfiguration(
      model: ["class_name": "Sequential", "config": ["name": "outer", "layers": [inner]]],
      training: nil, dialect: .keras2)
    let model = try Translation(of: source, to: .keras3, in: .archive).configuration.model
    let layers = try #require(model["config"]?["layers"]?.array)
    #expect(layers.map { $0["class_name"] } == ["Sequential"])
    #expect(layers[0]["config"]?["layers"]?.array?.count == 2)
  }

  @Test func whatIsNoModelIsAnError() {
    for model: JSONValue in [[:], ["class_name": "Model"], ["config": [:]], .null, [1, 2]] {
      let source = KerasConfiguration(model: model, training: nil, dialect: .keras2)
      #expect(throws: DialectError.self) {
        try Translation(of: source, to: .keras3, in: .hdf5)
      }
    }
  }

  @Test func aModelOfAnUnknownClassPassesThrough() throws {
    let config: JSONValue = ["units": 3, "name": "mine"]
    let source = KerasConfiguration(
      model: ["class_name": "Lab>Mine", "config": config], training: nil, dialect: .keras2)
    let model = try Translation(of: source, to: .keras3, in: .archive).configuration.model
    #expect(model["config"] == config)
    #expect(model["class_name"] == "Mine")
    #expect(model["registered_name"] == "Lab>Mine")
  }
}
