import StrictJSON
import Tensors
import Testing

@testable import KerasDialects

private func translate(
  _ className: String, _ config: JSONValue, from source: Dialect = .keras2,
  to target: KerasGeneration = .keras3, in container: ConfigContainer = .archive
) -> (json: JSONValue, notes: [ConversionNote]) {
  var translator = ObjectTranslator(from: source, to: target, in: container)
  let json: JSONValue = ["class_name": .string(className), "config": config]
  let result = translator.layer(json, at: "x") { _, _ in nil }
  return (result, translator.notes)
}

@Suite struct FieldTests {
  /// keras/src/backend/tensorflow/nn.py and tf_keras/src/backend.py: x / 6 + 0.5, 0.2 x + 0.5.
  @Test func hardSigmoidKeepsItsSlope() {
    let (json, notes) = translate("Dense", ["units": 2, "activation": "hard_sigmoid"])
    #expect(json["config"]?["activation"]?["class_name"] == "Sequential")
    #expect(notes.map(\.kind) == [.translated])
    let back = translate(
      "Dense", ["units": 2, "activation": "hard_sigmoid"], from: .keras3, to: .keras2)
    #expect(back.notes.map(\.kind) == [.impossible])
    let same = translate("Dense", ["units": 2, "activation": "hard_sigmoid"], to: .keras2)
    #expect(same.json["config"]?["activation"] == "hard_sigmoid")
    #expect(same.notes.isEmpty)
  }

  @Test func whatTheTargetCannotSayIsNamed() {
    let (_, notes) = translate(
      "LSTM", ["units": 2, "recurrent_activation": "sigmoid", "time_major": true])
    #expect(notes.map(\.kind) == [.impossible])
    #expect(notes.first?.location == "x")
    #expect(notes.first?.field == "time_major")
  }

  @Test func aClassThatTheTargetHasNotIsImpossible() {
    let (_, notes) = translate("LocallyConnected1D", ["filters": 2, "kernel_size": [3]])
    #expect(notes.map(\.kind) == [.impossible])
    #expect(notes.first?.field == nil)
  }

  @Test func classesOfOthersStayAsTheyAre() {
    let config: JSONValue = ["alpha": 0, "time_major": true, "dtype": "float32"]
    let (json, notes) = translate("mine>LeakyReLU", config)
    #expect(notes.isEmpty)
    #expect(json["config"] == config)
    #expect(json["registered_name"] == "mine>LeakyReLU")
    #expect(json["class_name"] == "LeakyReLU")
  }

  @Test func gatedUnitsWithoutAChoiceResetBefore() {
    let (json, _) = translate("GRU", ["units": 2])
    #expect(json["config"]?["reset_after"] == false)
  }

  @Test func typesAreSpelledForTheTarget() {
    let mixed: JSONValue = ["class_name": "Policy", "config": ["name": "mixed_float16"]]
    let (json, _) = translate("Dense", ["units": 2, "dtype": mixed])
    #expect(json["config"]?["dtype"]?["class_name"] == "DTypePolicy")
    #expect(json["config"]?["dtype"]?["config"]?["name"] == "mixed_float16")
    let old = translate(
      "Dense", ["units": 2, "dtype": json["config"]?["dtype"] ?? .null], from: .keras3,
      to: .keras2, in: .hdf5)
    #expect(old.json["config"]?["dtype"] == mixed)
  }

  @Test func everyLineOfTheTablesIsJSON() {
    for table in [FieldTable.keras2, .keras3] {
      let dense = table.fields(of: "Dense", .layers)
      #expect(dense?["activation"]?.standard == "linear")
      #expect(dense?["units"]?.standard == nil)
      #expect(table.function("mse", .loss) == "mean_squared_error")
    }
  }
}

/// https://github.com/keras-team/keras/blob/2.2.4/keras/legacy/interfaces.py
@Suite struct Keras1Tests {
  @Test func convolutionsAreInWordsOfKeras2() {
    let (json, _) = translate(
      "Convolution2D",
      [
        "name": "c", "nb_filter": 8, "nb_row": 3, "nb_col": 5, "subsample": [2, 2],
        "border_mode": "same", "dim_ordering": "tf", "init": "glorot_uniform", "bias": true,
        "W_regularizer": ["name": "WeightRegularizer", "l1": 0, "l2": 1],
        "input_dim": .null, "activation": "relu",
      ], from: .keras1, to: .keras2)
    let config = json["config"]
    #expect(json["class_name"] == "Conv2D")
    #expect(config?["filters"] == 8)
    #expect(config?["kernel_size"] == [3, 5])
    #expect(config?["strides"] == [2, 2])
    #expect(config?["padding"] == "same")
    #expect(config?["data_format"] == "channels_last")
    #expect(config?["use_bias"] == true)
    #expect(config?["kernel_regularizer"]?["class_name"] == "L1L2")
    #expect(config?["nb_row"] == nil)
  }

  @Test func mergesAreLayersOfTheirOwn() {
    let (json, notes) = translate(
      "Merge", ["name": "m", "mode": "concat", "concat_axis": 1], from: .keras1, to: .keras3)
    #expect(json["class_name"] == "Concatenate")
    #expect(json["config"]?["axis"] == 1)
    #expect(notes.map(\.kind) == [.translated])
    let cosine = translate("Merge", ["name": "m", "mode": "cos"], from: .keras1)
    #expect(cosine.notes.map(\.kind) == [.impossible])
  }

  @Test func normalisationOfKeras1AloneIsImpossible() {
    let (_, notes) = translate("BatchNormalization", ["mode": 2], from: .keras1)
    #expect(notes.map(\.field) == ["mode"])
    #expect(translate("BatchNormalization", ["mode": 0], from: .keras1).notes.isEmpty)
  }
}
