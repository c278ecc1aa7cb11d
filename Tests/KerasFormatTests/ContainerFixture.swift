import Foundation
import HDF5Format
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// One model in each container of the Keras that wrote it. `Fixtures/make_containers.py` made them.
struct ContainerFixture: CustomTestStringConvertible, Sendable {
  let name: String

  var testDescription: String { name }

  static let all: [ContainerFixture] =
    [
      "k2-model_nested", "k2-model_recurrent", "k2-model_td_functional", "k2-optimizer_adam_ams",
      "k2-optimizer_adafactor", "k2-optimizer_loss_scale", "k2-optimizer_schedule",
      "k3-model_nested", "k3-model_recurrent", "k3-layer_bi_two", "k3-layer_rnn_stacked",
      "k3-layer_depthwise2d", "k3-layer_spectral", "k3-layer_gqa",
      "k3-layer_bn_renorm", "k3-model_int4", "k3-model_float8", "k3-model_bf16",
      "k3-optimizer_adam_all", "k3-optimizer_rmsprop_all", "k3-optimizer_nadam",
      "k3-optimizer_muon", "k3-optimizer_loss_scale",
    ].map(ContainerFixture.init)

  private func json() throws -> JSONValue {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = folder.appendingPathComponent("Fixtures/container-\(name).json")
    return try JSONValue(parsing: Data(contentsOf: file))
  }

  func text(_ key: String) throws -> [UInt8] { Array((try json()[key]?.string ?? "").utf8) }

  func tree(_ key: String) throws -> HDF5Group { try TreeJSON(json()[key] ?? .null).root }

  /// Container path in the legacy file, by that in `.weights.h5`.
  func same() throws -> [String: String] {
    (try json()["same"]?.object ?? [:]).compactMapValues(\.string)
  }

  func shards() throws -> [(name: String, root: HDF5Group)] {
    try (json()["shards"]?.object ?? [:]).sorted { $0.key < $1.key }
      .map { (name: $0.key, root: try TreeJSON($0.value).root) }
  }

  func legacy() throws -> ModelSnapshot { try KerasHDF5.reading(of: tree("h5")).snapshot }

  func archive() throws -> ModelSnapshot {
    try KerasArchive.reading(
      config: text("config"), metadata: text("metadata"), weights: [tree("weights")]
    ).snapshot
  }
}

extension KnownModel {
  /// What a registry would know of a model that was committed so.
  init(_ snapshot: ModelSnapshot) throws {
    self.init(
      format: snapshot.format, architecture: try #require(snapshot.architecture),
      training: snapshot.training,
      variables: snapshot.variables.map {
        KnownVariable(
          path: $0.path, role: $0.role, slot: $0.slot, dtype: $0.dtype, shape: $0.shape)
      })
  }
}
