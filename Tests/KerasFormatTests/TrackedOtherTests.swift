import KerasFormat
import StrictJSON
import Tensors
import Testing

/// Checkpoints and SavedModels that no Keras configuration describes whole.
@Suite struct TrackedOtherTests {
  private func container(_ name: String) throws -> TrackedContainer {
    try #require(try TrackedFixture(name: "others").containers()[name])
  }

  private func roles(_ reading: TrackedReading) -> [String: Role] {
    Dictionary(uniqueKeysWithValues: reading.variables.map { ($0.path, $0.role) })
  }

  private func slots(_ reading: TrackedReading) -> [String: OptimizerSlot] {
    Dictionary(
      uniqueKeysWithValues: reading.variables.compactMap { variable in
        variable.slot.map { (variable.containerPath, $0) }
      })
  }

  @Test func aModuleOfTensorFlowsIsNamedByItsVariablesOrItsAttributes() throws {
    let reading = try container("module").reading(parent: nil)
    #expect(
      roles(reading) == [
        "w": .weight, "unnamed": .weight, "pair/0": .weight, "pair/1": .weight, "step": .other,
        "StateVar": .seed, "save_counter": .other,
      ])
    #expect(reading.architecture == nil)
    #expect(reading.training == nil)
  }

  @Test func aSubclassedModelHasNoArchitecture() throws {
    let reading = try container("subclassed").reading(parent: nil)
    #expect(reading.architecture == nil)
    #expect(reading.training?.optimizer == "Adam")
    let found = reading.findings.map(\.kind)
    #expect(found == [.customClass])
    #expect(reading.findings[0].detail == "the class Subclassed")
    let weights = reading.variables.filter { $0.role == .weight }.map(\.path)
    #expect(
      Set(weights) == ["subclassed/first/kernel", "subclassed/first/bias", "scale"])
    let metrics = reading.variables.filter { $0.role == .metric }
    #expect(metrics.count == 4)
    #expect(reading.variables.filter { $0.slot != nil }.count == 6)
  }

  /// TensorFlow calls both kernels `lazy/kernel`, and the optimizer calls them something else.
  @Test func keras3sOptimizersListSlotsInTheOrderOfTheWeights() throws {
    let reading = try container("lazy").reading(parent: nil)
    let weights = ["model/a/_kernel", "model/a/bias", "model/b/_kernel", "model/b/bias"]
    #expect(Set(reading.variables.filter { $0.role == .weight }.map(\.path)) == Set(weights))
    let slots = slots(reading)
    for (number, weight) in weights.enumerated() {
      let first = "model/optimizer/_variables/\(2 + 2 * number)/.ATTRIBUTES/VARIABLE_VALUE"
      let second = "model/optimizer/_variables/\(3 + 2 * number)/.ATTRIBUTES/VARIABLE_VALUE"
      #expect(slots[first] == OptimizerSlot(name: "m", weightPath: weight))
      #expect(slots[second] == OptimizerSlot(name: "v", weightPath: weight))
    }
    #expect(reading.findings == [])
  }

  @Test func pythonCodeInASavedModelIsFoundOnce() throws {
    let reading = try container("lambda").reading(parent: nil)
    #expect(reading.findings.map(\.kind) == [.lambda])
    #expect(reading.findings[0].location == "twice")
    #expect(reading.architecture?.dialect == .keras2)
  }

  @Test func aLayerAloneIsNoModel() throws {
    let reading = try container("layer").reading(parent: nil)
    #expect(reading.architecture == nil)
    #expect(roles(reading) == ["only/kernel": .weight, "only/bias": .weight])
  }

  @Test func eachOfTwoOptimizersHasItsOwnState() throws {
    let reading = try container("gan").reading(parent: nil)
    let weights = ["g/kernel", "g/bias", "d/kernel", "d/bias"]
    let expected = weights.flatMap { ["optimizer/m/" + $0, "optimizer/v/" + $0] }
    #expect(Set(reading.variables.filter { $0.slot != nil }.map(\.path)) == Set(expected))
    let state = reading.variables.filter { $0.role == .optimizer && $0.slot == nil }.map(\.path)
    #expect(!state.contains("optimizer/iteration"))
    #expect(Set(state).isSuperset(of: ["optimizer/beta_1", "optimizer/Adam/iter"]))
    #expect(reading.findings == [])
  }

  /// tensorflow/python/training: the slots of `AdamOptimizer` are `m` and `v`, and so on.
  @Test func tensorFlow1TellsSlotsByTheirNames() throws {
    let reading = try container("tf1").reading(parent: nil)
    let expected = [
      "Adam": "m", "Adam_1": "v", "Momentum": "momentum", "RMSProp": "velocity",
      "RMSProp_1": "average_gradient", "RMSProp_2": "momentum", "Adagrad": "accumulator",
      "Ftrl": "accumulator", "Ftrl_1": "linear", "Adadelta": "accumulator",
      "Adadelta_1": "delta_accumulator", "ExponentialMovingAverage": "average",
    ]
    let slots = slots(reading)
    let repeated: Set = ["Momentum", "RMSProp_2", "Adagrad", "Ftrl", "Adadelta"]
    for (suffix, name) in expected {
      let slot = OptimizerSlot(name: name, weightPath: "dense/kernel")
      // Two optimizers' slots of one name are told apart by nothing.
      #expect(slots["dense/kernel/\(suffix)"] == (repeated.contains(suffix) ? nil : slot))
    }
    #expect(slots["train/dense/bias/RMSProp"]?.name == "velocity")
    #expect(slots["train/dense/bias/RMSProp_1"]?.weightPath == "dense/bias")
    let roles = roles(reading)
    #expect(roles["global_step"] == .other)
    #expect(roles["beta1_power"] == .optimizer)
    #expect(roles.filter { $0.value == .weight }.keys.sorted() == ["dense/bias", "dense/kernel"])
    #expect(reading.variables.allSatisfy { $0.path == $0.containerPath })
  }
}
