import Foundation
import StrictJSON
import Tensors
import Testing

@testable import KerasDialects

/// What the libraries themselves write for the same settings: Fixtures/make_object_pairs.py.
private enum Pairs {
  static let all: [(keras2: JSONValue, keras3: JSONValue)] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/object-pairs.json")
    guard let text = try? String(contentsOf: file, encoding: .utf8),
      let pairs = try? JSONValue(parsing: text, depthLimit: 64).array
    else { return [] }
    return pairs.compactMap { pair in
      guard let first = pair["keras2"], let second = pair["keras3"] else { return nil }
      return (first, second)
    }
  }()
}

private func translate(
  _ json: JSONValue, from source: Dialect, to target: KerasGeneration,
  in container: ConfigContainer = .archive
) -> (json: JSONValue, notes: [ConversionNote]) {
  var translator = ObjectTranslator(from: source, to: target, in: container)
  let result = translator.layer(json, at: "x") { model, _ in model }
  return (result, translator.notes)
}

@Suite struct ObjectPairTests {
  @Test func layersOfKeras2AreWhatKeras3Writes() {
    #expect(Pairs.all.count == 15)
    for pair in Pairs.all {
      let (result, notes) = translate(pair.keras2, from: .keras2, to: .keras3)
      #expect(!notes.contains { $0.kind != .translated })
      #expect(result["module"] == "keras.layers")
      compare(result, with: pair.keras3)
    }
  }

  @Test func layersOfKeras3AreWhatKeras2Writes() {
    for pair in Pairs.all {
      let (result, notes) = translate(pair.keras3, from: .keras3, to: .keras2)
      #expect(!notes.contains { $0.kind != .translated })
      compare(result, with: pair.keras2)
    }
  }

  @Test func whatIsTranslatedBackIsWhatItWas() {
    for pair in Pairs.all {
      let there = translate(pair.keras2, from: .keras2, to: .keras3).json
      let back = translate(there, from: .keras3, to: .keras2).json
      compare(back, with: pair.keras2)
    }
  }

  private func compare(_ result: JSONValue, with expected: JSONValue) {
    #expect(result["class_name"] == expected["class_name"])
    let layer = result["class_name"]?.string ?? ""
    // tf_keras takes the order of a SpatialDropout2D's axes and does not write it.
    for (name, value) in result["config"]?.object ?? [:] where name != "data_format" {
      let wanted = expected["config"]?[name] ?? .null
      #expect(agree(value, wanted, named: name), "\(layer).\(name)")
    }
  }

  /// Whether an object says what another says, as far as it says anything.
  private func agree(_ value: JSONValue, _ wanted: JSONValue, named name: String) -> Bool {
    if name == "dtype" {
      let names = [value, wanted].map { $0.string ?? $0["config"]?["name"]?.string }
      return names[0] == names[1]
    }
    guard value["class_name"] != nil, let config = value["config"]?.object else {
      return ObjectTranslator.isSame(value, wanted)
    }
    return value["class_name"] == wanted["class_name"]
      && config.allSatisfy { agree($1, wanted["config"]?[$0] ?? .null, named: $0) }
  }
}
