import HDF5Format
import KerasFormat
import Tensors
import Testing

/// Files of tf_keras and Keras 3 are read as Keras itself says.
@Suite struct KerasFilesTests {
  @Test(arguments: Fixture.wholeModels + [Fixture(name: "k3-mlp-weights")])
  func everyDatasetIsAVariableOfItsOwn(_ fixture: Fixture) throws {
    let snapshot = try fixture.snapshot()
    let paths = try fixture.root().datasetPaths()
    #expect(snapshot.variables.map(\.containerPath).sorted() == paths.sorted())
    #expect(Set(snapshot.variables.map(\.path)).count == paths.count)
    #expect(snapshot.paths(of: .other).isEmpty)
  }

  @Test(arguments: Fixture.legacyLayouts)
  func aWeightIsNamedForItsLayersAndItself(_ fixture: Fixture) throws {
    let snapshot = try fixture.snapshot()
    let weights = try fixture.weights()
    #expect(snapshot.paths(of: .weight).count == weights.count)
    for (containerPath, weight) in weights {
      let variable = try #require(snapshot.variable(at: containerPath))
      #expect(variable.role == .weight)
      #expect(variable.path.hasPrefix(weight.layer + "/"))
      let name = weight.layer == "dw" && weight.name == "kernel" ? "depthwise_kernel" : weight.name
      #expect(variable.path.split(separator: "/").last == Substring(name))
    }
  }

  @Test(arguments: Fixture.wholeModels)
  func aSlotBelongsToTheWeightItWasMadeFor(_ fixture: Fixture) throws {
    let snapshot = try fixture.snapshot()
    let slots = try fixture.slots()
    #expect(!slots.isEmpty)
    for (containerPath, slot) in slots {
      let variable = try #require(snapshot.variable(at: containerPath))
      let weight = try #require(snapshot.variable(at: slot.weight))
      #expect(variable.slot == OptimizerSlot(name: slot.slot, weightPath: weight.path))
      #expect(variable.path == "optimizer/\(slot.slot)/\(weight.path)")
    }
    let untied = snapshot.variables.filter {
      $0.role == .optimizer && $0.slot == nil && $0.shape != .scalar
    }
    #expect(untied.isEmpty)
    #expect(snapshot.paths(of: .optimizer).contains("optimizer/iteration"))
    #expect(!snapshot.findings.contains { $0.kind == .untiedOptimizer })
  }

  @Test(arguments: Fixture.models + Fixture.optimizers)
  func bothKerasGiveOneModelTheSamePaths(_ model: String) throws {
    let two = try Fixture(name: "k2-" + model).snapshot()
    let three = try Fixture(name: "k3-" + model).snapshot()
    #expect(two.paths(of: .weight) == three.paths(of: .weight))
    // tf_keras keeps the learning rate in the configuration alone, and one of Nadam's numbers in
    // neither.
    let own: Set = ["optimizer/learning_rate", "optimizer/u_product"]
    #expect(
      Set(two.paths(of: .optimizer)) == Set(three.paths(of: .optimizer)).subtracting(own))
  }

  @Test(arguments: ["Adadelta", "Adagrad", "Adamax", "Ftrl", "Nadam"])
  func theOldOptimizersHaveThePathsOfTheNewOnes(_ optimizer: String) throws {
    let old = try Fixture(name: "k2-legacy-" + optimizer).snapshot()
    let new = try Fixture(name: "k2-" + optimizer).snapshot()
    let own: Set = ["optimizer/momentum_cache"]
    #expect(
      Set(old.paths(of: .optimizer)).subtracting(own) == Set(new.paths(of: .optimizer)))
  }

  @Test func aNestedModelsWeightsAreNamedForAllModelsRoundThem() throws {
    let paths = try Fixture(name: "k2-nested").snapshot().paths(of: .weight)
    #expect(
      paths == [
        "encoder/inner_dense/kernel", "encoder/inner_dense/bias", "encoder/inner_bn/gamma",
        "encoder/inner_bn/beta", "encoder/tail/s1/kernel", "encoder/tail/s1/bias",
        "encoder/tail/s2/kernel", "encoder/tail/s2/bias", "encoder/inner_bn/moving_mean",
        "encoder/inner_bn/moving_variance", "shared/kernel", "shared/bias",
      ])
  }

  @Test func aCellsNumberIsNoPartOfAPath() throws {
    let snapshot = try Fixture(name: "k2-recurrent").snapshot()
    let containers = snapshot.variables.map(\.containerPath)
    #expect(containers.contains("model_weights/lstm_1/lstm_1/lstm_cell/kernel:0"))
    #expect(snapshot.paths(of: .weight).contains("lstm_1/lstm_cell/kernel"))
    #expect(snapshot.paths(of: .weight).contains("bi/backward_lstm/lstm_cell/bias"))
    #expect(snapshot.paths(of: .weight).contains("td/kernel"))
    #expect(snapshot.paths(of: .weight).contains("mha/attention_output/kernel"))
  }

  @Test func weightsAloneHaveThePathsOfTheWholeModel() throws {
    let whole = try Fixture(name: "k2-mlp").snapshot()
    let alone = try Fixture(name: "k2-mlp-weights").snapshot()
    #expect(alone.format == .kerasHDF5Weights)
    #expect(alone.architecture == nil)
    #expect(alone.producers == whole.producers)
    #expect(alone.paths(of: .weight) == whole.paths(of: .weight))
  }

  /// tf_keras names only the innermost layer, and the group the outermost model; the configuration
  /// would tell what is between.
  @Test func weightsAloneDoNotTellOfAModelWithinAModel() throws {
    let alone = try Fixture(name: "k2-nested-weights").snapshot()
    #expect(alone.paths(of: .weight).contains("encoder/s1/kernel"))
    #expect(alone.paths(of: .weight).contains("encoder/inner_dense/kernel"))
  }

  @Test func numberedVariablesKeepTheContainersPaths() throws {
    let snapshot = try Fixture(name: "k3-mlp-weights").snapshot()
    #expect(snapshot.format == .kerasWeights)
    #expect(snapshot.variables.allSatisfy { $0.path == $0.containerPath })
    #expect(
      snapshot.paths(of: .weight) == [
        "layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0",
        "layers/dense_1/vars/1",
      ])
    #expect(snapshot.paths(of: .optimizer).count == 10)
    #expect(snapshot.paths(of: .optimizer).last == "optimizer/vars/9")
    #expect(snapshot.findings.map(\.kind) == [.untiedOptimizer])
  }

  // Both fixtures were written under TensorFlow 2.21; only Keras 2 has a version that tells.
  @Test(arguments: [
    (
      "k2-mlp", Dialect.keras2,
      ["keras": "2.21.0", "tensorflow": "2.21", "tensorflow.source": "inferred"]
    ),
    ("k3-mlp", .keras3, ["keras": "3.15.1"]),
  ])
  func aWholeModelSaysWhatItIs(
    _ name: String, _ dialect: Dialect, _ versions: [String: String]
  ) throws {
    let root = try Fixture(name: name).root()
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.format == .kerasHDF5)
    #expect(snapshot.producers == versions.merging(["backend": "tensorflow"]) { $1 })
    let config = try #require(snapshot.architecture?.config)
    #expect(root.attributes["model_config"] == .string(config))
    #expect(snapshot.architecture?.dialect == dialect)
    let training = try #require(snapshot.training?.config)
    #expect(root.attributes["training_config"] == .string(training))
    #expect(snapshot.training?.optimizer == "Adam")
    #expect(snapshot.findings.isEmpty)
  }
}
