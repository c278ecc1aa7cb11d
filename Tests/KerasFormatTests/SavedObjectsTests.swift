import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors
import Testing

/// The objects of a SavedModel are those that Keras 2 saves of the same model.
@Suite struct SavedObjectsTests {
  private let fixture: SavedObjectsFixture
  private let written: WrittenObjects

  init() throws {
    fixture = try SavedObjectsFixture()
    written = try fixture.objects()
  }

  @Test func variablesAreHeldAsByKeras() {
    #expect(!fixture.variables.isEmpty)
    for (name, paths) in fixture.variables {
      for path in paths {
        #expect(written.node(at: path).flatMap(written.variableName) == name, "\(path)")
      }
    }
  }

  /// What is in layers, these make themselves: nothing is read of it but the shapes.
  @Test func whatIsSaidOfLayersAndModelsIsWhatKerasSays() throws {
    let reached = Set(written.layerNodes.values)
    for (path, said) in fixture.metadata {
      guard let node = written.node(at: path) else {
        // Nothing is kept of what has no variables in a layer.
        #expect(["_softmax", "_dropout_layer"].contains { path.hasSuffix($0) }, "\(path)")
        continue
      }
      let ours = try #require(try written.metadata(at: path))
      #expect(ours["class_name"] == said["class_name"], "\(path)")
      if let shape = ours["build_input_shape"] {
        #expect(shape == said["build_input_shape"], "\(path)")
      }
      guard reached.contains(node) else { continue }
      #expect(written.objects[node]?.identifier == said["identifier"]?.string, "\(path)")
      var keys = ["name", "is_graph_network", "batch_input_shape"]
      if said["is_graph_network"] == nil { keys += ["config", "dtype"] }
      if said["class_name"] != "InputLayer" { keys.append("trainable") }
      for key in keys {
        #expect((ours[key] ?? .null).plain == (said[key] ?? .null).plain, "\(path) \(key)")
      }
    }
  }

  /// What the loader makes apart, it has to build.
  @Test func allThatItsOwnerDoesNotBuildHasAShape() throws {
    let layers = written.layerNodes.keys.filter { fixture.inputShapes[$0] != nil }
    #expect(layers.count == fixture.inputShapes.count)
    for location in layers where !["encoder", "head"].contains(location) {
      let node = try #require(written.layerNodes[location])
      let said = try JSONValue(parsing: written.objects[node]?.metadata ?? "")
      #expect(said["build_input_shape"] != nil, "\(location)")
    }
    for name in ["_query_dense", "_key_dense", "_value_dense", "_output_dense"] {
      let said = try written.metadata(at: "root.layer_with_weights-3.\(name)")
      #expect(said?["build_input_shape"] != nil, "\(name)")
    }
  }

  @Test func theRootIsTheModel() throws {
    #expect(written.node(at: "root.model") == nil)
    #expect(written.layerNodes[""] == 0)
    #expect(
      written.layerNodes["encoder/gru"]
        == written.node(at: "root.layer_with_weights-1.layer_with_weights-1"))
    let said = try #require(try written.metadata(at: "root"))
    #expect(said["model_config"]?["config"] == fixture.model.configuration["config"])
    #expect(said["backend"] == "tensorflow")
    #expect(said["training_config"] == nil)
    #expect(try written.metadata(at: "root.layer_with_weights-1")?["model_config"] == nil)
  }

  @Test func weightsAreListedAsByKeras() {
    #expect(written.weights.compactMap(written.variableName) == fixture.weights)
    let trained = written.trainable.compactMap(written.variableName)
    #expect(trained.sorted() == fixture.trained.sorted())
    #expect(Set(written.variableNodes.values) == Set(written.weights))
    #expect(written.optimizerNodes.isEmpty)
  }

  @Test func theModelIsCompiledAsItWas() throws {
    let training: JSONValue = [
      "loss": "mse", "metrics": .null, "optimizer_config": ["class_name": "Adam", "config": [:]],
    ]
    let said = try fixture.objects(compiled: training).metadata(at: "root")?["training_config"]
    #expect(said?["loss"] == "mse")
    #expect(said?["optimizer_config"] == training["optimizer_config"])
    // `compile_args_from_training_config` of tf_keras/src/saving/legacy/saving_utils.py takes it
    // without asking.
    #expect(said?["loss_weights"] == .null)
  }

  @Test func withoutAnOptimizerItIsNotCompiled() throws {
    let objects = try fixture.objects(compiled: ["loss": "mse"])
    #expect(try objects.metadata(at: "root")?["training_config"] == nil)
    #expect(objects.notes.map(\.kind) == [.lost])
  }
}

/// What Keras 2 could not make from the configuration alone.
@Suite struct SavedObjectsOfOddModelsTests {
  private func objects(
    _ configuration: JSONValue, _ inputShapes: [String: [[Int?]]]
  ) throws -> WrittenObjects {
    let model = ModelToWrite(
      configuration: configuration, dialect: .keras2, training: nil, variables: [],
      source: .kerasHDF5)
    return try TrackedModel.savedModel(of: model, optimizer: nil, inputShapes: inputShapes)
  }

  private func sequential(_ layers: JSONValue...) -> JSONValue {
    ["class_name": "Sequential", "config": ["name": "net", "layers": .array(layers)]]
  }

  @Test func aModelThatItsFirstCallBuiltGetsAnInput() throws {
    let layer: JSONValue = [
      "class_name": "Embedding", "config": ["name": "words", "dtype": "float32"],
    ]
    let said = try objects(sequential(layer), ["words": [[nil, 5]]]).metadata(at: "root")
    let input = said?["config"]?["layers"]?.array?.first
    #expect(input?["class_name"] == "InputLayer")
    #expect(input?["config"]?["batch_input_shape"] == [.null, 5])
    #expect(input?["config"]?["name"] == "words_input")
    #expect(said?["config"]?["layers"]?.array?.count == 2)
    #expect(said?["model_config"]?["config"] == said?["config"])
  }

  @Test func aModelThatHasAnInputGetsNone() throws {
    let layer: JSONValue = [
      "class_name": "Dense", "config": ["name": "out", "batch_input_shape": [.null, 4]],
    ]
    let said = try objects(sequential(layer), ["out": [[nil, 4]]]).metadata(at: "root")
    #expect(said?["config"]?["layers"]?.array?.count == 1)
  }

  @Test func textIsTakenByLayersOfText() throws {
    let layer: JSONValue = ["class_name": "TextVectorization", "config": ["name": "words"]]
    let said = try objects(sequential(layer), ["": [[nil, 1]]]).metadata(at: "root")
    let input = said?["config"]?["layers"]?.array?.first
    #expect(input?["config"]?["dtype"] == "string")
  }

  /// Keras 2 sets `trainable` of a wrapper for all that is in it.
  @Test func whatIsFrozenInAWrapperStaysFrozen() throws {
    func wrapper(_ isTrainable: JSONValue) -> JSONValue {
      let inner: JSONValue = [
        "class_name": "Dense", "config": ["name": "dense", "trainable": isTrainable],
      ]
      return [
        "class_name": "TimeDistributed",
        "config": ["name": "td", "trainable": true, "layer": inner],
      ]
    }
    #expect(
      try objects(sequential(wrapper(false)), [:]).metadata(at: "root.layer-0")?["trainable"]
        == .null)
    #expect(
      try objects(sequential(wrapper(true)), [:]).metadata(at: "root.layer-0")?["trainable"]
        == true)
  }

  /// Configurations of early versions do not say what an attention layer was called with.
  @Test func attentionIsToldWhatItWasCalledWith() throws {
    let layer: JSONValue = [
      "class_name": "MultiHeadAttention",
      "config": ["name": "mha", "num_heads": 2, "key_dim": 3, "value_dim": .null],
    ]
    let objects = try objects(sequential(layer), ["mha": [[nil, 5, 4], [nil, 6, 7]]])
    let said = try objects.metadata(at: "root.layer-0")
    #expect(said?["config"]?["query_shape"] == [.null, 5, 4])
    #expect(said?["config"]?["value_shape"] == [.null, 6, 7])
    #expect(said?["config"]?["key_shape"] == [.null, 6, 7])
    #expect(said?["build_input_shape"]?["items"] == [.null, 5, 4])
    let output = try objects.metadata(at: "root.layer-0._output_dense")
    #expect(output?["build_input_shape"]?["items"] == [.null, 5, 2, 3])
  }

  /// A class that Keras 2 knows would be made from its configuration, function or not.
  @Test func layersWithFunctionsAreOfNoClassThatKerasKnows() throws {
    let layer: JSONValue = ["class_name": "GRU", "config": ["name": "gru", "dtype": "float32"]]
    let model = ModelToWrite(
      configuration: sequential(layer), dialect: .keras2, training: nil, variables: [],
      source: .kerasHDF5)
    let objects = try TrackedModel.savedModel(
      of: model, optimizer: nil, inputShapes: ["gru": [[nil, 5, 4]]], called: ["gru"])
    let node = try #require(objects.layerNodes["gru"])
    #expect(objects.objects[node]?.identifier == "_tf_keras_layer")
    let said = try #require(try objects.metadata(at: "root.layer-0"))
    #expect(said["class_name"] == "SavedGRU")
    #expect(said["config"] == layer["config"])
    #expect(said["name"] == "gru")
    #expect(said["trainable"] == true)
  }

  @Test func noConfigurationIsNoModel() {
    #expect(throws: ExportError.noModel) { try objects(.null, [:]) }
    #expect(throws: ExportError.noModel) { try objects(["class_name": 3], [:]) }
  }

  @Test func withoutAConfigurationPathsAreObjects() throws {
    let shape = try #require(Shape([2]))
    func variable(_ path: String, _ role: Role) -> RecordedVariable {
      RecordedVariable(
        path: path, containerPath: path, role: role, slot: nil, dtype: .float32, shape: shape)
    }
    // Below the root, the second would stand where a program has its own list.
    let written = try TrackedModel.savedModel(
      ofBare: [
        variable("norm/moving_mean", .weight), variable("variables/0", .weight),
        variable("optimizer/m", .optimizer),
      ])
    let nodes = ["norm.moving_mean", "variables.0", "optimizer.m"].map {
      written.node(at: "root.weights." + $0)
    }
    #expect(written.variableNodes == [0: nodes[0] ?? -1, 1: nodes[1] ?? -1, 2: nodes[2] ?? -1])
    #expect(written.weights == nodes.prefix(2).map { $0 ?? -1 })
    #expect(written.trainable == [nodes[1] ?? -1])
    #expect(written.objects[0]?.metadata == nil)
    #expect(written.graph.nodes[0].children.map(\.name) == ["weights"])
  }
}
