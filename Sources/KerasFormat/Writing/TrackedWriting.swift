public import TensorFlowFormat
public import Tensors

/// A TensorFlow checkpoint of a model: what is in it, and the objects that hold it.
public struct WrittenCheckpoint: Hashable, Sendable {
  /// The tensors are named by their keys.
  public var tensors: [TensorToWrite]
  public var graph: ObjectGraph
  /// What the checkpoint has otherwise than the version.
  public var notes: [ConversionNote]
}

/// The state of an optimizer in a checkpoint: the objects in it, the optimizer itself first, and
/// the tensors that their attributes name, with whole keys: `optimizer/_iterations/…`.
public struct TrackedOptimizerState: Hashable, Sendable {
  public var graph: ObjectGraph
  public var tensors: [TensorToWrite]

  public init(graph: ObjectGraph, tensors: [TensorToWrite]) {
    self.graph = graph
    self.tensors = tensors
  }
}

extension TrackedModel {
  /// A checkpoint of Keras 2: `model.load_weights(prefix)` restores it, and so does
  /// `tf.train.Checkpoint(model=model, optimizer=optimizer)`.
  ///
  /// The root is the model itself, and has the same model as its child as well. Keys are those that
  /// `save_weights` gives (`_layer_checkpoint_dependencies` of tf_keras/src/engine/functional.py in
  /// https://github.com/keras-team/tf-keras).
  ///
  /// - Parameters:
  ///   - model: in any dialect.
  ///   - optimizer: the optimizer's state for a checkpoint of Keras 2; `nil`: none.
  public static func checkpoint(
    of model: ModelToWrite, optimizer: OptimizerToWrite? = nil
  ) throws(ExportError) -> WrittenCheckpoint {
    let tree = try ObjectTree(of: model, as: .keras2)
    var writer = TrackedWriter(tree: tree)
    try writer.addModel()
    if let optimizer { try writer.add(optimizer) }
    try writer.addSaveCounter()
    return WrittenCheckpoint(
      tensors: writer.tensors, graph: ObjectGraph(nodes: writer.nodes), notes: tree.notes)
  }

  /// A checkpoint of variables that no architecture is known for. Each is held by objects that are
  /// named as its path is.
  public static func checkpoint(
    ofBare variables: [RecordedVariable]
  ) throws(ExportError) -> WrittenCheckpoint {
    let maker = TensorMaker(variables: variables)
    var objects = NamedObjects()
    var tensors: [TensorToWrite] = []
    for (ordinal, variable) in variables.enumerated() {
      let names = variable.path.split(separator: "/").map(String.init)
      guard !names.isEmpty else { throw .unusableName(variable.path) }
      let key = CheckpointKey.variable(at: names)
      let node = objects.node(at: names)
      guard objects.nodes[node].attributes.isEmpty else {
        throw .ambiguousName(layer: variable.path, name: key)
      }
      objects.nodes[node].attributes.append(
        ObjectGraph.Attribute(name: "VARIABLE_VALUE", fullName: variable.path, key: key))
      tensors.append(try maker.tensor(ordinal, named: key))
    }
    return WrittenCheckpoint(
      tensors: tensors, graph: ObjectGraph(nodes: objects.nodes), notes: [])
  }
}

/// The keys of a checkpoint.
enum CheckpointKey {
  /// The key of the variable that is reached by these names (`object_identity` and
  /// `trackable_utils` of tensorflow/python/trackable in https://github.com/tensorflow/tensorflow).
  static func variable(at names: [String]) -> String {
    (names.map(escaped) + [".ATTRIBUTES", "VARIABLE_VALUE"]).joined(separator: "/")
  }

  private static func escaped(_ name: String) -> String {
    var escaped = ""
    for character in name {
      switch character {
      case ".": escaped += ".."
      case "/": escaped += ".S"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}

/// Objects that hold each other by names.
private struct NamedObjects {
  var nodes = [ObjectGraph.Node()]
  private var places: [[String]: Int] = [[]: 0]

  init() {}

  /// The object at some names from the root, made with all on the way to it.
  mutating func node(at names: [String]) -> Int {
    if let node = places[names] { return node }
    let owner = node(at: Array(names.dropLast()))
    let node = nodes.count
    nodes.append(ObjectGraph.Node())
    nodes[owner].children.append(ObjectGraph.Child(name: names.last ?? "", node: node))
    places[names] = node
    return node
  }
}
