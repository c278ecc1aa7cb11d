import HDF5Format
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// What cannot be said is an error that names the layer and the weight.
@Suite struct WritingErrorTests {
  private func variable(
    _ path: String, at containerPath: String = "", _ dimensions: Int...
  ) -> RecordedVariable {
    RecordedVariable(
      path: path, containerPath: containerPath, role: .weight, slot: nil, dtype: .float32,
      shape: Shape(dimensions) ?? .scalar)
  }

  private func model(
    _ layers: [(String, String)], _ variables: [RecordedVariable],
    source: ModelFormat = .kerasHDF5
  ) -> ModelToWrite {
    let layers = layers.map { className, name in
      JSONValue.object([
        "class_name": .string(className), "config": .object(["name": .string(name)]),
      ])
    }
    return ModelToWrite(
      configuration: [
        "class_name": "Functional", "config": ["name": "m", "layers": .array(layers)],
      ], dialect: .keras3, training: nil, variables: variables, source: source)
  }

  private func expect(_ error: ExportError, of model: ModelToWrite) {
    #expect(throws: error) { try KerasHDF5.blueprint(of: model, for: .keras3) }
    #expect(throws: error) { try KerasHDF5.weightsBlueprint(of: model, for: .keras2) }
    #expect(throws: error) { try TrackedModel.checkpoint(of: model) }
  }

  @Test func aConfigurationWithoutAClassIsNoModel() {
    expect(
      .noModel,
      of: ModelToWrite(
        configuration: [:], dialect: .keras3, training: nil, variables: [], source: .kerasHDF5))
  }

  @Test func aMissingWeightIsNamed() {
    let model = model([("Dense", "d")], [variable("d/kernel", 2, 3)])
    expect(.missingWeight(layer: "d", weight: "bias"), of: model)
  }

  @Test func aWeightOfNoLayerIsNamed() {
    let variables = [
      variable("d/kernel", 2, 3), variable("d/bias", 3), variable("e/kernel", 1),
    ]
    expect(.strayWeight(path: "e/kernel"), of: model([("Dense", "d")], variables))
  }

  @Test func aModelThatWasNeverBuiltHasNoWeights() throws {
    let written = try KerasHDF5.blueprint(of: model([("Dense", "d")], []), for: .keras3)
    #expect(written.blueprint.datasets.isEmpty)
  }

  @Test func whereAForeignClassHasItsWeightsOnlyTheVersionTells() throws {
    let variables = [
      variable("block/w", at: "layers/block/vars/0", 2),
      variable("block/gate/w", at: "layers/block/gate/vars/0", 3),
    ]
    let numbered = model([("mine>Block", "block")], variables, source: .kerasArchive)
    let names = try KerasHDF5.weightsBlueprint(of: numbered, for: .keras3).blueprint.datasets
      .map(\.tensor.name)
    #expect(names == ["layers/block/vars/0", "layers/block/gate/vars/0"])
    let unknown = ExportError.unknownObject(
      layer: "block", className: "Block", weight: "block/w")
    #expect(throws: unknown) { try TrackedModel.checkpoint(of: numbered) }
    let listed = model([("mine>Block", "block")], variables)
    #expect(throws: unknown) { try KerasHDF5.weightsBlueprint(of: listed, for: .keras3) }
    let legacy = try KerasHDF5.blueprint(of: listed, for: .keras3).blueprint
    #expect(
      legacy.attribute("weight_names", of: "model_weights/block")
        == .strings(["block/w", "block/gate/w"]))
  }

  /// Legacy files list what is trained before what is not: of several weights, only a container
  /// that has them in that order tells which those are.
  @Test func theOrderOfAForeignClassIsNotGuessed() throws {
    let flat = [
      variable("s/vars/0", at: "layers/s/vars/0", 2),
      variable("s/vars/1", at: "layers/s/vars/1", 2),
    ]
    func written(_ variables: [RecordedVariable], from source: ModelFormat) throws -> HDF5Blueprint
    {
      let model = model([("mine>Scaled", "s")], variables, source: source)
      return try KerasHDF5.blueprint(of: model, for: .keras3).blueprint
    }
    #expect(
      try written(flat, from: .kerasArchive).attribute("weight_names", of: "model_weights/s")
        == .strings(["s/vars/0", "s/vars/1"]))
    let nested = [
      variable("s/vars/0", at: "layers/s/vars/0", 2),
      variable("s/inner/vars/0", at: "layers/s/inner/vars/0", 2),
    ]
    let unknown = ExportError.unknownObject(layer: "s", className: "Scaled", weight: "s/vars/0")
    #expect(throws: unknown) { try written(nested, from: .kerasArchive) }
    #expect(throws: unknown) { try written(flat, from: .checkpoint) }
    // Keras itself wrote this order, though the names look otherwise.
    let listed = ["s/gate", "s/moving_mean", "s/count"].map { variable($0, 1) }
    #expect(
      try written(listed, from: .kerasHDF5).attribute("weight_names", of: "model_weights/s")
        == .strings(["s/gate", "s/moving_mean", "s/count"]))
  }

  /// Neither Keras reads the settings of a model without an optimizer.
  @Test func onlyACompiledModelHasSettingsOfTraining() throws {
    var plain = model([("ReLU", "r")], [])
    for (training, isThere) in [
      ([:], false), (["optimizer_config": .null], false),
      (["optimizer_config": ["class_name": "SGD", "config": [:]]], true),
    ] as [(JSONValue, Bool)] {
      plain.training = training
      let written = try KerasHDF5.blueprint(of: plain, for: .keras2).blueprint
      #expect((written.attribute("training_config", of: "") != nil) == isThere)
    }
  }

  @Test func flatNamesAreThePaths() throws {
    let variables = [variable("a/kernel", 2), variable("ab/kernel", 2), variable("a/b/bias", 1)]
    let all = try FlatTensors(of: variables, separator: ".")
    #expect(all.tensors.map(\.name) == ["a.kernel", "ab.kernel", "a.b.bias"])
    #expect(throws: ExportError.ambiguousName(layer: "a.kernel", name: "a.kernel")) {
      try FlatTensors(of: variables + [variable("a.kernel", 1)], separator: ".")
    }
  }

  /// Each makes two of what it wraps: 2 to the power of 40 objects.
  @Test func wrappersRoundWrappersAreNotFollowedForEver() {
    var layer: JSONValue = ["class_name": "ReLU", "config": ["name": "r"]]
    for depth in 0..<40 {
      layer = [
        "class_name": "Bidirectional",
        "config": ["name": .string("forward_\(depth)"), "layer": layer],
      ]
    }
    let model = ModelToWrite(
      configuration: ["class_name": "Sequential", "config": ["name": "m", "layers": [layer]]],
      dialect: .keras3, training: nil, variables: [variable("x/y", 1)], source: .kerasHDF5)
    #expect(throws: ExportError.self) { try KerasHDF5.weightsBlueprint(of: model, for: .keras3) }
  }
}
