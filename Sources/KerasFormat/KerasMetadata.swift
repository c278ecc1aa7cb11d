import StrictJSON
public import Tensors

/// What Keras 2 recorded of the objects in a SavedModel, as JSON texts: one for each node in
/// `keras_metadata.pb`, or, from TensorFlow 2.0 to 2.4, in the graph of objects itself. Writer:
/// tf_keras/saving/legacy/saved_model/save.py in https://github.com/keras-team/tf-keras.
public struct KerasMetadata: Hashable, Sendable {
  /// The model of the root, as JSON that Keras' `from_config` reads: the lists that this container
  /// marks as Python tuples are plain lists here, as in an HDF5 file. `nil` when the root is no
  /// model, or one whose class alone says what is in it.
  public private(set) var architecture: Architecture?
  /// How the root was compiled.
  public private(set) var training: TrainingConfiguration?
  /// The Keras that wrote it: `2.4.0`.
  public private(set) var version: String?
  /// `tensorflow`.
  public private(set) var backend: String?
  /// Code and foreign classes in any node, and texts that could not be read.
  public private(set) var findings: [Finding] = []
  /// The class of the optimizer that has the slots: the one within a `LossScaleOptimizer`.
  private(set) var slotsOptimizer: String?
  private var known: Set<Finding> = []

  /// Reads the metadata of all nodes of a SavedModel.
  ///
  /// `nil` when there is none. Node 0 is the root.
  public init?(nodes: [(id: Int, path: String, identifier: String, metadata: String)]) {
    guard !nodes.isEmpty else { return nil }
    let nodes = nodes.sorted { $0.id < $1.id }
    for node in nodes {
      let location = node.path.isEmpty ? "node \(node.id)" : node.path
      do throws(JSONError) {
        let json = try JSONValue(parsing: node.metadata).withPlainLists
        if node.id == 0 { readRoot(json) }
        if node.identifier != "_tf_keras_metric" { addFindings(of: json) }
      } catch {
        findings.append(
          Finding(kind: .unreadConfig, location: location, detail: "no JSON: \(error)"))
      }
    }
  }

  private mutating func readRoot(_ json: JSONValue) {
    version = json["keras_version"]?.string
    backend = json["backend"]?.string
    if let model = Self.model(in: json) {
      let dialect = Dialect(of: model, version: version.flatMap(KerasVersion.init) ?? .ofTensorFlow)
      architecture = Architecture(dialect: dialect, config: model.canonicalText)
      let found = ConfigFindings(of: model).findings
      findings += found
      known.formUnion(found.map(\.withoutOuterNames))
    }
    if let config = json["training_config"], !config.isNull {
      let settings = OptimizerSettings(in: config)
      training = TrainingConfiguration(
        config: config.canonicalText, optimizer: settings?.className)
      slotsOptimizer = settings?.innermost.className
      findings += ConfigFindings(of: config, named: "training_config").findings
        .filter { $0.kind == .lambda }
    }
  }

  /// The root's configuration, when it lists layers: what Keras cannot rebuild has a note there in
  /// place of them.
  private static func model(in root: JSONValue) -> JSONValue? {
    [root["model_config"], object(of: root)].compactMap { $0 }.first { candidate in
      LayerNode(candidate)?.layers.isEmpty == false
    }
  }

  /// A node as a configuration has it, without what only loading needs.
  private static func object(of node: JSONValue) -> JSONValue? {
    guard let className = node["class_name"], let config = node["config"] else { return nil }
    var members = ["class_name": className, "config": config]
    for key in ["name", "module", "registered_name"] { members[key] = node[key] }
    return .object(members)
  }

  /// The nodes of a model's layers repeat what the model's configuration has, there with the
  /// names of the models round them.
  private mutating func addFindings(of json: JSONValue) {
    guard let object = Self.object(of: json) else { return }
    for finding in ConfigFindings(of: object).findings
    where known.insert(finding.withoutOuterNames).inserted {
      findings.append(finding)
    }
  }
}

extension Finding {
  fileprivate var withoutOuterNames: Finding {
    let name = location.split(separator: "/").last.map(String.init) ?? location
    return Finding(kind: kind, location: name, detail: detail)
  }
}

extension KerasVersion {
  /// Of a SavedModel that does not say: only Keras 2 writes these texts.
  static let ofTensorFlow = KerasVersion("2.2.4-tf")
}

extension JSONValue {
  /// Without the marks that say which lists were Python tuples or shapes: `__tuple__` and
  /// `TensorShape`.
  var withPlainLists: JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map(\.withPlainLists))
    case .object(let members):
      let mark = members["class_name"]?.string
      if mark == "__tuple__" || mark == "TensorShape", let items = members["items"]?.array {
        return .array(items.map(\.withPlainLists))
      }
      return .object(members.mapValues(\.withPlainLists))
    default: return self
    }
  }
}
