import Foundation
import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors
import Testing

/// A model that Keras 2 saved as HDF5 and as a SavedModel. `Fixtures/make_objects.py` made it.
struct SavedObjectsFixture {
  let model: ModelToWrite
  let inputShapes: [String: [[Int?]]]
  /// What Keras says of each object, by the object's path from the root.
  let metadata: [String: JSONValue]
  /// All paths of each variable, by its name.
  let variables: [String: [String]]
  /// Names, as Keras lists them.
  let weights: [String]
  let trained: [String]

  init() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let json = try JSONValue(
      parsing: Data(contentsOf: folder.appendingPathComponent("Fixtures/objects-k2.json")))
    let snapshot = try KerasHDF5.reading(of: TreeJSON(json["tree"] ?? .null).root).snapshot
    model = ModelToWrite(
      configuration: try JSONValue(parsing: snapshot.architecture?.config ?? ""),
      dialect: .keras2, training: nil, variables: snapshot.variables.map(RecordedVariable.init),
      source: snapshot.format)
    inputShapes = (json["inputShapes"]?.object ?? [:]).mapValues { shapes in
      (shapes.array ?? []).map { ($0.array ?? []).map(\.integer) }
    }
    metadata = json["metadata"]?.object ?? [:]
    variables = (json["variables"]?.object ?? [:]).mapValues(Self.names)
    weights = Self.names(json["weights"] ?? .null)
    trained = Self.names(json["trained"] ?? .null)
  }

  private static func names(_ json: JSONValue) -> [String] {
    (json.array ?? []).compactMap(\.string).map { name in
      name.hasSuffix(":0") ? String(name.dropLast(2)) : name
    }
  }

  func objects(compiled training: JSONValue? = nil) throws -> WrittenObjects {
    var model = model
    model.training = training
    return try TrackedModel.savedModel(of: model, optimizer: nil, inputShapes: inputShapes)
  }
}

extension WrittenObjects {
  /// The object at a path from the root: `root.layer-1.cell`.
  func node(at path: String) -> Int? {
    var node: Int? = 0
    for name in path.split(separator: ".").drop(while: { $0 == "root" }) {
      node = node.flatMap { graph.nodes[$0].children.first { $0.name == name }?.node }
    }
    return node
  }

  /// What is said of an object.
  func metadata(at path: String) throws -> JSONValue? {
    guard let text = node(at: path).flatMap({ objects[$0]?.metadata }) else { return nil }
    return try JSONValue(parsing: text)
  }

  /// The name of the variable that an object is.
  func variableName(_ node: Int) -> String? { graph.nodes[node].attributes.first?.fullName }
}

extension JSONValue {
  /// Without the marks of tuples and shapes, and without what tells shared objects apart.
  var plain: JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map(\.plain))
    case .object(var members):
      if let items = members["items"],
        ["__tuple__", "TensorShape"].contains(members["class_name"]?.string)
      {
        return items.plain
      }
      members["shared_object_id"] = nil
      members["module"] = nil
      members["registered_name"] = nil
      members["build_config"] = nil
      return .object(members.mapValues(\.plain))
    default: return self
    }
  }
}
