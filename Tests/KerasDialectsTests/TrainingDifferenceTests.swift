import StrictJSON
import Tensors
import Testing

@testable import KerasDialects

/// What was seen of tf_keras 2.21 and keras 3.15.1 with the same configuration.
@Suite struct TrainingDifferenceTests {
  private func translate(
    _ json: JSONValue, from source: Dialect = .keras2, to target: KerasGeneration,
    in container: ConfigContainer = .hdf5
  ) -> (json: JSONValue, notes: [ConversionNote]) {
    var translator = ObjectTranslator(from: source, to: target, in: container)
    let result = translator.training(json)
    return (result, translator.notes)
  }

  private func optimizer(
    _ className: String, _ config: JSONValue, to target: KerasGeneration = .keras3
  ) -> (json: JSONValue?, notes: [ConversionNote]) {
    let json: JSONValue = [
      "optimizer_config": ["class_name": .string(className), "config": config], "loss": "mse",
    ]
    let (result, notes) = translate(json, to: target)
    return (result["optimizer_config"]?["config"], notes)
  }

  @Test func whatWasNotCompiledHasNoTraining() {
    let empty: [JSONValue] = [
      [:], .null, ["optimizer": .null, "loss": .null], ["metrics": ["acc"]],
    ]
    for json in empty {
      for target in [KerasGeneration.keras2, .keras3] {
        #expect(translate(json, to: target).json == .null)
      }
    }
    #expect(translate(["loss": "mse"], to: .keras3).json["loss"] == "mean_squared_error")
  }

  /// tf_keras/src/optimizers/legacy/nadam.py; with a decay of 1 both make the same steps.
  @Test func nadamsOlderDecayIsItsMomentums() {
    for name in ["decay", "schedule_decay"] {
      let (config, notes) = optimizer(
        "Nadam", ["learning_rate": .number("0.002"), name: .number("0.004")])
      #expect(config?["learning_rate"]?.double == 0.002)
      #expect(config?[name] == nil)
      #expect(notes.map(\.kind) == [.lost])
      #expect(notes.first?.field == "decay")
    }
    #expect(optimizer("Nadam", ["lr": .number("0.002"), "decay": 1]).notes.isEmpty)
    let new: JSONValue = ["learning_rate": .number("0.002"), "is_legacy_optimizer": false]
    #expect(optimizer("Nadam", new).notes.isEmpty)
  }

  /// tf_keras/src/optimizers/legacy/rmsprop.py, adagrad.py
  @Test func epsilonWasOutsideOfTheRoot() {
    for target in [KerasGeneration.keras2, .keras3] {
      for name in ["RMSprop", "Adagrad"] {
        let (_, notes) = optimizer(name, ["learning_rate": .number("0.1")], to: target)
        #expect(notes.map(\.kind) == [.lost])
        #expect(notes.first?.field == "epsilon")
      }
      let momentum: JSONValue = ["lr": .number("0.1"), "momentum": .number("0.9")]
      #expect(optimizer("RMSprop", momentum, to: target).notes.isEmpty)
      #expect(optimizer("RMSprop", ["is_legacy_optimizer": false], to: target).notes.isEmpty)
    }
  }

  @Test func optimizersOfOneGenerationAreImpossible() {
    for target in [KerasGeneration.keras2, .keras3] {
      #expect(optimizer("TFOptimizer", .null, to: target).notes.map(\.kind) == [.impossible])
    }
    let several: JSONValue = [
      "optimizer": [
        "module": "keras.optimizers", "class_name": "MultiOptimizer",
        "config": ["optimizer_map": [:], "loss_scale_factor": .null, "name": .null],
      ], "loss": "mse",
    ]
    let (_, notes) = translate(several, from: .keras3, to: .keras2, in: .archive)
    #expect(notes.map(\.kind) == [.impossible])
    #expect(translate(several, from: .keras3, to: .keras3, in: .archive).notes.isEmpty)
  }

  /// `tf_keras.losses.Reduction` has no mean.
  @Test func meansAreSpelledAsKeras2Does() {
    func reduced(_ reduction: JSONValue) -> (JSONValue?, [ConversionNote]) {
      let loss: JSONValue = [
        "class_name": "MeanSquaredError", "config": ["reduction": reduction],
      ]
      let (json, notes) = translate(["loss": loss], from: .keras3, to: .keras2)
      return (json["loss"]?["config"]?["reduction"], notes)
    }
    #expect(reduced("mean").0 == "sum_over_batch_size")
    #expect(reduced("mean").1.isEmpty)
    #expect(reduced(.null).0 == "none")
    let weighted = reduced("mean_with_sample_weight")
    #expect(weighted.0 == "sum_over_batch_size")
    #expect(weighted.1.map(\.kind) == [.lost])
    #expect(weighted.1.first?.field == "reduction")
  }

  /// Keras 3 writes the type of its counts, which tf_keras fails to update.
  @Test(arguments: ["IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"])
  func countsHaveTheTypeOfTheirLibrary(_ name: String) {
    let metric: JSONValue = [
      "class_name": .string(name), "config": ["name": "m", "dtype": "int64"],
    ]
    let json: JSONValue = ["loss": "mse", "metrics": [metric]]
    let (result, notes) = translate(json, from: .keras3, to: .keras2)
    #expect(result["metrics"]?.array?.first?["config"]?["name"] == "m")
    #expect(result["metrics"]?.array?.first?["config"]?["dtype"] == nil)
    #expect(notes.isEmpty)
  }
}
