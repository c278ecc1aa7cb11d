import StrictJSON
import Tensors
import Testing

@testable import KerasDialects

@Suite struct TrainingTests {
  /// `training_config` of a file that Keras 2.2.4 wrote.
  private let old: JSONValue = [
    "optimizer_config": [
      "class_name": "Adam",
      "config": [
        "lr": .number("0.001"), "beta_1": .number("0.9"), "beta_2": .number("0.999"),
        "decay": .number("0.0"), "epsilon": .null, "amsgrad": false,
      ],
    ],
    "loss": "mse", "metrics": ["acc"], "sample_weight_mode": .null, "loss_weights": .null,
  ]

  private func translate(
    _ json: JSONValue, from source: Dialect = .keras2, to target: KerasGeneration,
    in container: ConfigContainer
  ) -> (json: JSONValue, notes: [ConversionNote]) {
    var translator = ObjectTranslator(from: source, to: target, in: container)
    let result = translator.training(json)
    return (result, translator.notes)
  }

  @Test func oldOptimizersAreInWordsOfToday() {
    let (json, notes) = translate(old, to: .keras3, in: .archive)
    #expect(json["optimizer"]?["class_name"] == "Adam")
    #expect(json["optimizer"]?["module"] == "keras.optimizers")
    let config = json["optimizer"]?["config"]
    #expect(config?["learning_rate"]?.double == 0.001)
    #expect(config?["lr"] == nil)
    #expect(config?["epsilon"]?.double == 1e-7)
    #expect(json["loss"] == "mean_squared_error")
    #expect(json["metrics"] == ["acc"])
    #expect(notes.isEmpty)
  }

  @Test func keras2GetsTheOptimizersThatRestore() {
    let (json, _) = translate(old, to: .keras2, in: .hdf5)
    #expect(json["optimizer_config"]?["class_name"] == "Custom>Adam")
    #expect(json["optimizer_config"]?["config"]?["is_legacy_optimizer"] == false)
    #expect(json["optimizer"] == nil)
  }

  @Test func decayIsASchedule() {
    let json: JSONValue = [
      "optimizer_config": [
        "class_name": "SGD",
        "config": ["lr": .number("0.1"), "decay": .number("0.5"), "momentum": .number("0.9")],
      ], "loss": "mse",
    ]
    let (result, notes) = translate(json, to: .keras3, in: .hdf5)
    let rate = result["optimizer_config"]?["config"]?["learning_rate"]
    #expect(rate?["class_name"] == "InverseTimeDecay")
    #expect(rate?["config"]?["decay_rate"]?.double == 0.5)
    #expect(notes.map(\.field) == ["decay"])
  }

  @Test func anOptimizerThatTheTargetHasNotIsImpossible() {
    let json: JSONValue = ["optimizer": ["class_name": "Muon", "config": [:]], "loss": "mse"]
    let (_, notes) = translate(json, from: .keras3, to: .keras2, in: .archive)
    #expect(notes.map(\.kind) == [.impossible])
    #expect(notes.first?.location == "optimizer")
  }

  @Test func reductionsAreSpelledOut() {
    let loss: JSONValue = [
      "class_name": "BinaryCrossentropy",
      "config": ["reduction": "auto", "from_logits": true, "fn": "binary_crossentropy"],
    ]
    let (json, notes) = translate(
      ["optimizer": "sgd", "loss": loss], to: .keras3, in: .archive)
    #expect(json["loss"]?["config"]?["reduction"] == "sum_over_batch_size")
    #expect(json["loss"]?["config"]?["from_logits"] == true)
    #expect(json["loss"]?["config"]?["fn"] == nil)
    #expect(notes.isEmpty)
  }
}
