import Foundation
import HDF5Format
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// A file that Keras wrote, and what Keras itself says of it. `Fixtures/make.py` made them.
struct Fixture: CustomTestStringConvertible, Sendable {
  let name: String

  var testDescription: String { name }

  static let optimizers = ["Adadelta", "Adagrad", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam"]
  static let legacyOptimizers = [
    "Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "RMSprop", "SGD",
  ]
  static let models = ["mlp", "convnet", "recurrent", "nested"]

  /// Whole models.
  static let wholeModels: [Fixture] =
    ["k2-", "k3-"].flatMap { tag in (models + optimizers).map { Fixture(name: tag + $0) } }
    + [Fixture(name: "k3-Lamb")] + legacyOptimizers.map { Fixture(name: "k2-legacy-" + $0) }

  /// Files whose weights lie by layer name.
  static let legacyLayouts = wholeModels + [Fixture(name: "k2-mlp-weights")]

  /// What the file has as a tree.
  func root() throws -> HDF5Group { try TreeJSON(json()["tree"] ?? .null).root }

  func snapshot() throws -> ModelSnapshot { try KerasHDF5.reading(of: root()).snapshot }

  /// The layer, and the variable's own name, for each weight's path in the container.
  func weights() throws -> [String: (layer: String, name: String)] {
    try members("weights") { ($0["layer"]?.string ?? "", $0["name"]?.string ?? "") }
  }

  /// The slot, and the weight's path in the container, for each such path of optimizer state.
  func slots() throws -> [String: (slot: String, weight: String)] {
    try members("slots") { ($0["slot"]?.string ?? "", $0["weight"]?.string ?? "") }
  }

  private func members<Value>(
    _ key: String, _ value: (JSONValue) -> Value
  ) throws -> [String: Value] {
    try (json()[key]?.object ?? [:]).mapValues(value)
  }

  private func json() throws -> JSONValue {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = folder.appendingPathComponent("Fixtures/\(name).json")
    return try JSONValue(parsing: Data(contentsOf: file))
  }
}

extension HDF5Group {
  /// The paths of all datasets.
  func datasetPaths(under prefix: String = "") -> [String] {
    datasets.keys.map { prefix + $0 }
      + groups.flatMap { $1.datasetPaths(under: prefix + $0 + "/") }
  }
}

extension ModelSnapshot {
  func variable(at containerPath: String) -> Variable? {
    variables.first { $0.containerPath == containerPath }
  }

  func paths(of role: Role) -> [String] {
    variables.filter { $0.role == role }.map(\.path)
  }
}
