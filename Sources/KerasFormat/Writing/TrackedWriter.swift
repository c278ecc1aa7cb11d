import TensorFlowFormat
import Tensors

/// Puts the objects of a model of Keras 2 together, and what their variables hold.
struct TrackedWriter {
  /// An object of the model in the graph.
  struct Placed {
    let object: ObjectNode
    let node: Int
    /// The node of the object that has it as a layer or a part; `nil` for the model.
    let owner: Int?
  }

  let tree: ObjectTree
  private(set) var nodes: [ObjectGraph.Node] = []
  private(set) var tensors: [TensorToWrite] = []
  /// The variables' nodes, by their ordinals.
  private(set) var variableNodes: [Int: Int] = [:]
  /// The model's objects, none before the one that has it.
  private(set) var placed: [Placed] = []
  /// The nodes of Python lists.
  private(set) var lists: [Int] = []

  init(tree: ObjectTree) { self.tree = tree }

  /// A root that is the model itself, and has the same model as its child `model` as well.
  mutating func addModel() throws(ExportError) {
    let root = addNode()
    let model = try add(tree.root, to: nil, at: [])
    nodes[root].children.append(ObjectGraph.Child(name: "model", node: model))
    nodes[root].children += nodes[model].children
  }

  /// A root that is the model itself.
  mutating func addRoot() throws(ExportError) {
    _ = try add(tree.root, to: nil, at: [])
  }

  private mutating func addNode(_ node: ObjectGraph.Node = ObjectGraph.Node()) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func add(
    _ object: ObjectNode, to owner: Int?, at names: [String]
  ) throws(ExportError) -> Int {
    let node = addNode()
    placed.append(Placed(object: object, node: node, owner: owner))
    if object.isModel {
      try addLayers(of: object, to: node, at: names)
    } else {
      try addParts(of: object, to: node, at: names)
    }
    guard object.isKnown, !object.isModel || object.own.isEmpty else {
      try addForeign(of: object, to: node, at: names)
      return node
    }
    for weight in object.own {
      // `add_weight` tracks a variable by its own name, whatever attribute it gets as well.
      let variable = try variableNode(of: weight, at: names + [weight.name])
      nodes[node].children.append(ObjectGraph.Child(name: weight.name, node: variable))
    }
    return node
  }

  // MARK: Objects

  /// Layers are held twice: by their place among all, and those that have weights among these.
  private mutating func addLayers(
    of model: ObjectNode, to node: Int, at names: [String]
  ) throws(ExportError) {
    var weighted = 0
    for (place, layer) in model.layers.enumerated() {
      var name = "layer-\(place)"
      if layer.hasWeights {
        name = "layer_with_weights-\(weighted)"
        weighted += 1
      }
      let inner = try add(layer, to: node, at: names + [name])
      nodes[node].children.append(ObjectGraph.Child(name: name, node: inner))
      if layer.hasWeights {
        nodes[node].children.append(ObjectGraph.Child(name: "layer-\(place)", node: inner))
      }
    }
  }

  private mutating func addParts(
    of object: ObjectNode, to node: Int, at names: [String]
  ) throws(ExportError) {
    var lists: [String: Int] = [:]
    for part in object.children {
      let place = part.place.split(separator: "/").map(String.init)
      guard let name = place.first else { continue }
      guard place.count > 1 else {
        let inner = try add(part, to: node, at: names + [name])
        nodes[node].children.append(ObjectGraph.Child(name: name, node: inner))
        continue
      }
      // A list holds its members by their numbers.
      let list = lists[name] ?? addNode()
      if lists[name] == nil {
        lists[name] = list
        self.lists.append(list)
        nodes[node].children.append(ObjectGraph.Child(name: name, node: list))
      }
      let number = String(nodes[list].children.count)
      let inner = try add(part, to: node, at: names + [name, number])
      nodes[list].children.append(ObjectGraph.Child(name: number, node: inner))
    }
  }

  // MARK: Variables

  private mutating func variableNode(
    of weight: ObjectWeight, at names: [String]
  ) throws(ExportError) -> Int {
    if let node = variableNodes[weight.ordinal] { return node }
    let key = CheckpointKey.variable(at: names)
    tensors.append(
      try TensorMaker(variables: tree.model.variables).tensor(weight.ordinal, named: key))
    let attribute = ObjectGraph.Attribute(
      name: "VARIABLE_VALUE", fullName: tree.names[weight.ordinal]?.keras2 ?? weight.name, key: key)
    let node = addNode(ObjectGraph.Node(attributes: [attribute]))
    variableNodes[weight.ordinal] = node
    return node
  }

  // MARK: Other classes

  /// Objects of classes that Keras does not ship are held as in the version's own checkpoint.
  private mutating func addForeign(
    of object: ObjectNode, to node: Int, at names: [String]
  ) throws(ExportError) {
    var holders: [[String]: Int] = [[]: node]
    for weight in object.own {
      guard let attributes = attributes(of: weight, below: names.count) else {
        throw .unknownObject(
          layer: object.location, className: object.layer?.className ?? "",
          weight: tree.variable(weight).path)
      }
      var holder = node
      for count in 1..<attributes.count {
        let place = Array(attributes.prefix(count))
        if let known = holders[place] {
          holder = known
          continue
        }
        let inner = addNode()
        nodes[holder].children.append(
          ObjectGraph.Child(name: attributes[count - 1], node: inner))
        holders[place] = inner
        holder = inner
      }
      let variable = try variableNode(of: weight, at: names + attributes)
      nodes[holder].children.append(
        ObjectGraph.Child(name: attributes[attributes.count - 1], node: variable))
    }
  }

  /// The attributes that hold a weight below its layer; `nil` when the version's container was
  /// none that tells.
  private func attributes(of weight: ObjectWeight, below depth: Int) -> [String]? {
    let suffix = "/.ATTRIBUTES/VARIABLE_VALUE"
    let path = tree.variable(weight).containerPath
    guard [.checkpoint, .savedModel].contains(tree.model.source), path.hasSuffix(suffix) else {
      return nil
    }
    // The model may be held by another object: what is before its layers does not count.
    let names = path.dropLast(suffix.count).split(separator: "/").map(String.init)
    let inModel =
      depth == 0
      ? names[...]
      : names.drop { !$0.hasPrefix("layer-") && !$0.hasPrefix("layer_with_weights-") }
    let attributes = Array(inModel.dropFirst(depth))
    return attributes.isEmpty ? nil : attributes
  }

  // MARK: What is beside the model

  mutating func add(_ optimizer: OptimizerToWrite) throws(ExportError) {
    let state: TrackedOptimizerState
    do throws(OptimizerObstacle) {
      state = try optimizer.trackedState()
    } catch {
      throw .optimizer(error)
    }
    let first = nodes.count
    nodes[0].children.append(ObjectGraph.Child(name: "optimizer", node: first))
    for var node in state.graph.nodes {
      for index in node.children.indices { node.children[index].node += first }
      nodes.append(node)
    }
    tensors += state.tensors
  }

  /// How often `tf.train.Checkpoint` has saved: it looks for that when it restores.
  mutating func addSaveCounter() throws(ExportError) {
    let name = "save_counter"
    let key = CheckpointKey.variable(at: [name])
    let one = TensorToWrite(
      name: key, dtype: .int64, shape: .scalar, content: .literal([1, 0, 0, 0, 0, 0, 0, 0]))
    guard let one else { throw .tooLarge(path: name) }
    tensors.append(one)
    let attribute = ObjectGraph.Attribute(name: "VARIABLE_VALUE", fullName: name, key: key)
    let node = addNode(ObjectGraph.Node(attributes: [attribute]))
    nodes[0].children.append(ObjectGraph.Child(name: name, node: node))
  }
}
