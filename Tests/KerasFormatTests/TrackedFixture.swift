import Foundation
import HDF5Format
import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors
import Testing

/// A model that was saved as HDF5 and in TensorFlow's containers. `Fixtures/make_tracked.py` made
/// them.
struct TrackedFixture: CustomTestStringConvertible, Sendable {
  let name: String

  var testDescription: String { name }

  static let all =
    (["mlp", "nested", "recurrent", "convnet", "twins", "legacy"].map { "k2-" + $0 }
    + ["mlp", "nested", "recurrent", "convnet", "twins"].map { "k3-" + $0 })
    .map(TrackedFixture.init)

  /// Whether nothing in a container tells all its weights apart.
  func isAmbiguous(in container: String) -> Bool {
    name.hasSuffix("twins") && container == "export"
  }

  func json() throws -> JSONValue {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = folder.appendingPathComponent("Fixtures/tracked-\(name).json")
    return try JSONValue(parsing: Data(contentsOf: file))
  }

  /// The whole model.
  func hdf5() throws -> ValuedModel { try Self.hdf5(json()["h5"] ?? .null, parent: nil) }

  /// The file of weights alone, where the Keras could write one.
  func weightsFile(parent: KnownModel?) throws -> ValuedModel? {
    guard let json = try json()["weights.h5"], !json.isNull else { return nil }
    return try Self.hdf5(json, parent: parent)
  }

  private static func hdf5(_ json: JSONValue, parent: KnownModel?) throws -> ValuedModel {
    let reading = try KerasHDF5.reading(of: TreeJSON(json["tree"] ?? .null).root, parent: parent)
    return ValuedModel(
      snapshot: reading.snapshot,
      values: (json["values"]?.object ?? [:]).compactMapValues(\.string))
  }

  func containers() throws -> [String: TrackedContainer] {
    try (json()["containers"]?.object ?? [:]).mapValues(TrackedContainer.init)
  }
}

/// A model, and what tells the values of its variables, by their container paths.
struct ValuedModel {
  var snapshot: ModelSnapshot
  let values: [String: String]

  /// By path: type, shape and value.
  func variables(_ role: Role) -> [String: String] {
    let chosen = snapshot.variables.filter { $0.role == role }
    return Dictionary(uniqueKeysWithValues: chosen.map { ($0.path, description(of: $0)) })
  }

  /// By path: which slot of which weight.
  func slots() -> [String: OptimizerSlot] {
    Dictionary(
      uniqueKeysWithValues: snapshot.variables.compactMap { variable in
        variable.slot.map { (variable.path, $0) }
      })
  }

  private func description(of variable: Variable) -> String {
    "\(variable.dtype) \(variable.shape) \(values[variable.containerPath] ?? "?")"
  }

  /// As a later commit's parent.
  func known() throws -> KnownModel {
    struct NoArchitecture: Error {}
    guard let architecture = snapshot.architecture else { throw NoArchitecture() }
    return KnownModel(
      format: snapshot.format, architecture: architecture, training: snapshot.training,
      variables: snapshot.variables.map {
        KnownVariable(
          path: $0.path, role: $0.role, slot: $0.slot, dtype: $0.dtype, shape: $0.shape)
      })
  }
}

/// A checkpoint or SavedModel as TensorFlow itself reads it.
struct TrackedContainer {
  var entries: [CheckpointEntry]
  var graph: ObjectGraph?
  var nodes: [(id: Int, path: String, identifier: String, metadata: String)]
  let values: [String: String]

  init(_ json: JSONValue) throws {
    let tensors = json["entries"]?.array ?? []
    entries = try tensors.map(Self.entry)
    values = Dictionary(
      uniqueKeysWithValues: tensors.map { ($0["key"]?.string ?? "", $0["value"]?.string ?? "") })
    graph = json["graph"]?.array.map { ObjectGraph(nodes: $0.map(Self.node)) }
    nodes = (json["metadata"]?.array ?? []).compactMap(\.array).map { node in
      (node[0].integer ?? -1, node[1].string ?? "", node[2].string ?? "", node[3].string ?? "")
    }
  }

  func reading(parent: KnownModel?) throws -> TrackedReading {
    try TrackedModel.reading(
      entries, graph: graph, keras: KerasMetadata(nodes: nodes), parent: parent)
  }

  func model(parent: KnownModel?) throws -> ValuedModel {
    let reading = try reading(parent: parent)
    return ValuedModel(
      snapshot: ModelSnapshot(
        format: .checkpoint, architecture: reading.architecture, training: reading.training,
        variables: reading.variables, findings: reading.findings),
      values: values)
  }

  private struct Unexpected: Error {
    let json: JSONValue
  }

  private static func entry(_ json: JSONValue) throws -> CheckpointEntry {
    guard let key = json["key"]?.string, let dtype = DType(rawValue: json["dtype"]?.string ?? ""),
      let shape = Shape((json["shape"]?.array ?? []).compactMap(\.integer)),
      let bytes = ByteExtent(offset: 0, length: UInt64(shape.byteCount(of: dtype) ?? 0))
    else { throw Unexpected(json: json) }
    return CheckpointEntry(key: key, dtype: dtype, shape: shape, bytes: .source(file: 0, bytes))
  }

  private static func node(_ json: JSONValue) -> ObjectGraph.Node {
    func rows(_ key: String) -> [[JSONValue]] { (json[key]?.array ?? []).compactMap(\.array) }
    return ObjectGraph.Node(
      children: rows("children").map { .init(name: $0[0].string ?? "", node: $0[1].integer ?? 0) },
      attributes: rows("attributes").map {
        .init(name: $0[0].string ?? "", fullName: $0[1].string ?? "", key: $0[2].string ?? "")
      },
      slots: rows("slots").map {
        .init(
          original: $0[0].integer ?? 0, name: $0[1].string ?? "", variable: $0[2].integer ?? 0)
      })
  }
}
