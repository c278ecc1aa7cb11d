public import TensorFlowFormat
public import Tensors

/// The objects of a SavedModel: how they hold the variables, and what Keras 2 revives them as.
public struct WrittenObjects: Hashable, Sendable {
  /// The tensors are named by their keys.
  public var tensors: [TensorToWrite]
  /// The root is the model.
  public var graph: ObjectGraph
  /// What the SavedModel has otherwise than the version.
  public var notes: [ConversionNote]
  /// By their nodes. None has a `call`.
  public var objects: [Int: SavedModelToWrite.Object]
  /// The nodes of the model's variables, in the order of `model.weights`.
  public var weights: [Int]
  /// The nodes of the variables that training changes.
  public var trainable: Set<Int>
  /// The nodes of the variables, by their places in the version.
  public var variableNodes: [Int: Int]
  /// The nodes of models and their layers by their locations: the names of the models round one and
  /// its own, `encoder/dense`. The model itself is at the empty one.
  public var layerNodes: [String: Int]
  /// The nodes of the optimizer, itself first: those from here to the last; none without an
  /// optimizer.
  ///
  /// Where the program has none of them, but the graph in the checkpoint has, Keras 2 restores the
  /// optimizer when `load_model` compiles the model. An optimizer of the program's takes that place
  /// and is thrown away.
  public var optimizerNodes: Range<Int>
}

extension TrackedModel {
  /// The objects of a model from which `tf_keras.models.load_model` makes it again, and from whose
  /// variables `model.load_weights` of the folder's `variables/variables` takes the weights and the
  /// optimizer's state.
  ///
  /// Reader: tf_keras/src/saving/legacy/saved_model/load.py in
  /// https://github.com/keras-team/tf-keras.
  ///
  /// - Parameters:
  ///   - model: in the dialect of Keras 2.
  ///   - optimizer: the state for a checkpoint of Keras 2; `nil`: none.
  ///   - inputShapes: what each layer was called with first, by its location: the shape of its
  ///     first argument, or several when that is a list; of an attention layer of several heads the
  ///     query's, the value's and, when it is given one, the key's. `nil` is a dimension that only
  ///     the running graph knows. What is not built before it is called needs none.
  ///   - called: the locations of layers that Keras 2 shall not make, because it has no such class
  ///     or computes something else: their objects are to get a `call`.
  public static func savedModel(
    of model: ModelToWrite, optimizer: OptimizerToWrite?, inputShapes: [String: [[Int?]]],
    called: Set<String> = []
  ) throws(ExportError) -> WrittenObjects {
    let tree = try ObjectTree(of: model, as: .keras2)
    var writer = TrackedWriter(tree: tree)
    try writer.addRoot()
    let metadata = KerasMetadataWriter(
      model: model, placed: writer.placed, inputShapes, called: called)
    var objects = metadata.objects
    for list in writer.lists {
      objects[list] = SavedModelToWrite.Object(identifier: "trackable_list_wrapper")
    }
    let modelNodes = writer.nodes.count
    if let optimizer { try writer.add(optimizer) }
    let weights = Self.weights(of: tree.root).map(\.ordinal)
    let trained = ListedWeights(of: tree.root, in: .keras2).trainable.map(\.ordinal)
    return WrittenObjects(
      tensors: writer.tensors, graph: ObjectGraph(nodes: writer.nodes),
      notes: tree.notes + metadata.notes, objects: objects,
      weights: weights.compactMap { writer.variableNodes[$0] },
      trainable: Set(trained.compactMap { writer.variableNodes[$0] }),
      variableNodes: writer.variableNodes, layerNodes: metadata.layerNodes,
      optimizerNodes: modelNodes..<writer.nodes.count)
  }

  /// Layer by layer: `weights` of tf_keras/src/engine/training.py in
  /// https://github.com/keras-team/tf-keras.
  private static func weights(of object: ObjectNode) -> [ObjectWeight] {
    object.isModel
      ? object.layers.flatMap(weights) + object.own : ListedWeights(of: object, in: .keras2).all
  }

  /// The objects of variables that Keras 2 makes no model of. The root has them below its child
  /// `weights`, each held by objects that are named as its path is.
  public static func savedModel(
    ofBare variables: [RecordedVariable]
  ) throws(ExportError) -> WrittenObjects {
    let written = try checkpoint(ofBare: variables)
    // Below a child of their own, no path is what the root of a program has to hold otherwise.
    var nodes = written.graph.nodes.map { node in
      var node = node
      for index in node.children.indices { node.children[index].node += 1 }
      return node
    }
    nodes.insert(
      ObjectGraph.Node(children: [ObjectGraph.Child(name: "weights", node: 1)]), at: 0)
    var places: [String: Int] = [:]
    for (number, node) in nodes.enumerated() {
      for attribute in node.attributes { places[attribute.key] = number }
    }
    var variableNodes: [Int: Int] = [:]
    for (ordinal, tensor) in written.tensors.enumerated() {
      variableNodes[ordinal] = places[tensor.name]
    }
    let weights = variables.indices.filter { variables[$0].role == .weight }
    let trained = weights.filter { variables[$0].isTrained }
    return WrittenObjects(
      tensors: written.tensors, graph: ObjectGraph(nodes: nodes), notes: written.notes,
      objects: [0: SavedModelToWrite.Object(identifier: "_generic_user_object")],
      weights: weights.compactMap { variableNodes[$0] },
      trainable: Set(trained.compactMap { variableNodes[$0] }), variableNodes: variableNodes,
      layerNodes: [:], optimizerNodes: nodes.count..<nodes.count)
  }
}

extension RecordedVariable {
  /// As far as its name tells.
  fileprivate var isTrained: Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return WeightSpelling.isTrainable(name, in: nil)
  }
}
