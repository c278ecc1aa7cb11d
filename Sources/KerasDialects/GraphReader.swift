import StrictJSON
import Tensors

/// Reads a functional model's layers and calls, as Keras 1 and 2 or Keras 3 write them.
/// tf_keras/src/engine/functional.py `reconstruct_from_config`,
/// keras/src/models/functional.py `functional_from_config`.
struct GraphReader {
  let dialect: Dialect
  let names: Set<String>
  private let config: [String: JSONValue]

  init(config: [String: JSONValue], dialect: Dialect) {
    self.config = config
    self.dialect = dialect
    names = Set((config["layers"]?.array ?? []).compactMap(Self.name))
  }

  static func name(of layer: JSONValue) -> String? {
    layer["name"]?.string ?? layer["config"]?["name"]?.string
  }

  /// The graph, or where it is not written as Keras writes it.
  func graph() throws(MalformedGraph) -> ModelGraph {
    var layers: [GraphLayer] = []
    for layer in config["layers"]?.array ?? [] {
      guard var object = layer.object, let name = Self.name(of: layer) else {
        throw MalformedGraph(layer: nil, field: "layers")
      }
      let nodes = object.removeValue(forKey: "inbound_nodes")?.array ?? []
      object["name"] = nil
      let preserves = Self.keepsStructure.contains(object["class_name"]?.string ?? "")
      var calls: [LayerCall] = []
      for node in nodes {
        guard let call = call(node, preservingStructure: preserves) else {
          throw MalformedGraph(layer: name, field: "inbound_nodes")
        }
        calls.append(call)
      }
      layers.append(GraphLayer(name: name, object: object, calls: calls))
    }
    guard layers.count == names.count else { throw MalformedGraph(layer: nil, field: "layers") }
    let graph = CallNumbers(dialect: dialect).fromZero(
      ModelGraph(
        layers: layers, inputs: try ends("input_layers"), outputs: try ends("output_layers")))
    if let tensor = graph.danglingTensor {
      throw MalformedGraph(layer: tensor.layer, field: "inbound_nodes")
    }
    return graph
  }

  /// The layers of Keras 2 that take a list of one tensor as a list.
  static let keepsStructure: Set = [
    "TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty",
  ]

  private func ends(_ field: String) throws(MalformedGraph) -> Argument {
    guard let json = config[field], let structure = endStructure(json) else {
      throw MalformedGraph(layer: nil, field: field)
    }
    // Keras 2 cannot say a list of one: it writes a single tensor so.
    if dialect != .keras3, case .list(let elements) = structure, elements.count == 1 {
      return elements[0]
    }
    return structure
  }

  private func endStructure(_ json: JSONValue) -> Argument? {
    if let tensor = triple(json) { return .tensor(tensor) }
    switch json {
    case .array(let elements):
      let parts = elements.compactMap(endStructure)
      return parts.count == elements.count ? .list(parts) : nil
    case .object(let members):
      if let items = members["items"]?.array, members["class_name"] == "__tuple__" {
        return endStructure(.array(items))
      }
      let parts = members.compactMapValues(endStructure)
      return parts.count == members.count ? .members(parts) : nil
    default: return nil
    }
  }

  /// `["dense", 0, 0]`.
  func triple(_ json: JSONValue) -> TensorReference? {
    guard let parts = json.array, parts.count == 3, let layer = parts[0].string,
      let call = parts[1].integer, let output = parts[2].integer, names.contains(layer)
    else { return nil }
    return TensorReference(layer: layer, call: call, output: output)
  }
}
