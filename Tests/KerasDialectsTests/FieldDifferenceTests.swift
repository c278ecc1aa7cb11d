import StrictJSON
import Tensors
import Testing

@testable import KerasDialects

/// What was seen of tf_keras 2.21 and keras 3.15.1 with the same configuration.
@Suite struct FieldDifferenceTests {
  private func translate(
    _ className: String, _ config: JSONValue, from source: Dialect, to target: KerasGeneration
  ) -> (json: JSONValue, notes: [ConversionNote]) {
    var translator = ObjectTranslator(from: source, to: target, in: .archive)
    let json: JSONValue = ["class_name": .string(className), "config": config]
    let result = translator.layer(json, at: "x") { _, _ in nil }
    return (result, translator.notes)
  }

  @Test(arguments: [
    "GroupQueryAttention", "GroupedQueryAttention", "Pipeline", "SpectralNormalization",
    "RandomCrop",
  ])
  func layersThatKeras2CannotMakeAreImpossible(_ name: String) {
    let there = translate(name, ["name": "x"], from: .keras3, to: .keras2)
    #expect(there.notes.map(\.kind) == [.impossible])
    #expect(translate(name, ["name": "x"], from: .keras3, to: .keras3).notes.isEmpty)
  }

  @Test func croppingInfersOtherwiseInKeras3() {
    let config: JSONValue = ["name": "x", "height": 2, "width": 2, "seed": .null]
    #expect(
      translate("RandomCrop", config, from: .keras2, to: .keras3).notes.map(\.kind)
        == [.impossible])
    #expect(translate("RandomCrop", config, from: .keras2, to: .keras2).notes.isEmpty)
  }

  /// tf_keras/src/layers/core/lambda_layer.py reads the shape even where there is none.
  @Test func functionsAlwaysSayTheirShapeInKeras2() {
    let config: JSONValue = [
      "name": "x",
      "function": ["class_name": "function", "config": "f", "registered_name": "f"],
    ]
    let (json, notes) = translate("Lambda", config, from: .keras3, to: .keras2)
    #expect(json["config"]?["output_shape"] == .null)
    #expect(json["config"]?["output_shape_type"] == "raw")
    #expect(notes.isEmpty)
    let shaped = translate(
      "Lambda", ["name": "x", "function": "f", "output_shape": [3]], from: .keras3, to: .keras2)
    #expect(shaped.json["config"]?["output_shape"] == [3])
  }

  /// https://github.com/keras-team/keras/blob/2.2.4/keras/layers/recurrent.py
  @Test(arguments: ["LSTM", "GRU", "LSTMCell", "GRUCell"])
  func gatesWithoutAnActivationHaveTheOldOne(_ name: String) {
    for source in [Dialect.keras1, .keras2] {
      let same = translate(name, ["units": 2], from: source, to: .keras2)
      #expect(same.json["config"]?["recurrent_activation"] == "hard_sigmoid")
    }
    let new = translate(name, ["units": 2], from: .keras3, to: .keras2)
    #expect(new.json["config"]?["recurrent_activation"] != "hard_sigmoid")
  }
}
