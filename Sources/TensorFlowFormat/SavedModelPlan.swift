import TensorFlowGraph
import Tensors

/// What a SavedModel consists of: the given objects and variables, and those that stand for its
/// functions.
struct SavedModelPlan {
  typealias ConcreteFunction = SavedModelToWrite.ConcreteFunction

  /// What an object is revived as.
  enum Kind {
    case object(identifier: String)
    case variable(SavedVariable)
    /// What Python calls: the function of the model, or of a layer.
    case served(ConcreteFunction)
    case call(ConcreteFunction)
    /// The function of the signature.
    case signature
  }

  let model: SavedModelToWrite
  let wrapper: SignatureWrapper
  /// In the order of their nodes.
  let variables: [SavedVariable]
  /// The objects of the program, the given ones first.
  private(set) var graph: ObjectGraph
  /// What each object of the graph is.
  private(set) var kinds: [Kind]
  /// Those that objects call, once each: the model's first.
  let functions: [ConcreteFunction]
  /// The variables' places by their nodes.
  private let places: [Int: Int]

  init(of model: SavedModelToWrite, names: inout NodeNames) throws(SavedModelWritingError) {
    guard let given = model.checkpoint.graph, !given.nodes.isEmpty else { throw .noObjects }
    for child in given.nodes.flatMap(\.children) where !given.nodes.indices.contains(child.node) {
      throw .noSuchObject(node: child.node, count: given.nodes.count)
    }
    let graph = Self.served(given, without: model.trainingNodes)
    self.model = model
    self.graph = graph
    wrapper = try SignatureWrapper(of: model)
    variables = try Self.variables(of: model, graph, names: &names)
    places = Dictionary(
      variables.enumerated().map { ($1.node, $0) }, uniquingKeysWith: { first, _ in first })
    kinds = graph.nodes.indices.map {
      .object(identifier: model.objects[$0]?.identifier ?? "_generic_user_object")
    }
    for variable in variables { kinds[variable.node] = .variable(variable) }
    functions = try Self.functions(of: model, nodeCount: graph.nodes.count)
    try addLists()
    addCalls()
    addServed()
  }

  /// The objects of the checkpoint: those of the program, unless training needs others.
  var checkpointGraph: ObjectGraph {
    model.trainingNodes == 0 ? graph : model.checkpoint.graph ?? graph
  }

  /// The variable that an object is.
  func variable(at node: Int) throws(SavedModelWritingError) -> SavedVariable {
    guard let place = places[node] else { throw .notAVariable(node: node) }
    return variables[place]
  }

  func variables(at nodes: [Int]) throws(SavedModelWritingError) -> [SavedVariable] {
    try nodes.map { node throws(SavedModelWritingError) in try variable(at: node) }
  }

  // MARK: What is given

  private static func served(_ graph: ObjectGraph, without count: Int) -> ObjectGraph {
    guard count > 0 else { return graph }
    var nodes = Array(graph.nodes.dropLast(count))
    let rest = nodes.indices
    for place in rest {
      nodes[place].children.removeAll { !rest.contains($0.node) }
      nodes[place].slots.removeAll()
    }
    return ObjectGraph(nodes: nodes)
  }

  private static func variables(
    of model: SavedModelToWrite, _ graph: ObjectGraph, names: inout NodeNames
  ) throws(SavedModelWritingError) -> [SavedVariable] {
    let tensors = Dictionary(
      model.checkpoint.tensors.map { (Array($0.name.utf8), $0) },
      uniquingKeysWith: { first, _ in first })
    var variables: [SavedVariable] = []
    for (node, object) in graph.nodes.enumerated() {
      guard let value = object.attributes.first(where: { $0.name == "VARIABLE_VALUE" }) else {
        continue
      }
      guard let tensor = tensors[Array(value.key.utf8)] else {
        throw .notNumbers(node: node, key: value.key)
      }
      let name = names.name(for: value.fullName.isEmpty ? value.key : value.fullName)
      variables.append(
        SavedVariable(
          node: node, name: name, key: value.key, kind: ElementKind(tensor.dtype),
          shape: tensor.shape.dimensions, isTrainable: model.trainable.contains(node)))
    }
    return variables
  }

  private static func functions(
    of model: SavedModelToWrite, nodeCount: Int
  ) throws(SavedModelWritingError) -> [ConcreteFunction] {
    var functions = [model.served]
    var known = [model.served.name: model.served]
    for (node, object) in model.objects.sorted(by: { $0.key < $1.key }) {
      guard (0..<nodeCount).contains(node) else {
        throw .noSuchObject(node: node, count: nodeCount)
      }
      guard let call = object.call else { continue }
      guard let other = known[call.name] else {
        known[call.name] = call
        functions.append(call)
        continue
      }
      guard other == call else { throw .repeatedFunction(call.name) }
    }
    return functions
  }

  // MARK: What is added

  private mutating func add(_ kind: Kind, to owner: Int, as name: String) -> Int {
    let node = graph.nodes.count
    graph.nodes.append(ObjectGraph.Node())
    kinds.append(kind)
    graph.nodes[owner].children.append(ObjectGraph.Child(name: name, node: node))
    return node
  }

  /// The lists of variables that a loaded model has as attributes.
  private mutating func addLists() throws(SavedModelWritingError) {
    let weights = try variables(at: model.weights)
    let lists = [
      ("variables", weights), ("trainable_variables", weights.filter(\.isTrainable)),
      ("non_trainable_variables", weights.filter { !$0.isTrainable }),
    ]
    for (name, variables) in lists {
      guard !graph.nodes[0].children.contains(where: { $0.name == name }) else { continue }
      let list = add(.object(identifier: "trackable_list_wrapper"), to: 0, as: name)
      graph.nodes[list].children = variables.enumerated().map {
        ObjectGraph.Child(name: String($0), node: $1.node)
      }
    }
  }

  /// What Keras 2 calls for a layer that it cannot make from the configuration: see `RevivedLayer`
  /// of tf_keras/src/saving/legacy/saved_model/load.py in https://github.com/keras-team/tf-keras.
  private mutating func addCalls() {
    for (node, object) in model.objects.sorted(by: { $0.key < $1.key }) {
      guard let call = object.call else { continue }
      let attributes = "keras_api"
      let holder =
        graph.nodes[node].children.first { $0.name == attributes }?.node
        ?? add(.object(identifier: "_generic_user_object"), to: node, as: attributes)
      _ = add(.call(call), to: holder, as: "call_and_return_conditional_losses")
    }
  }

  private mutating func addServed() {
    let signatures = add(.object(identifier: "signature_map"), to: 0, as: "signatures")
    _ = add(.signature, to: signatures, as: model.signature)
    let served = add(.served(model.served), to: 0, as: "serve")
    graph.nodes[0].children.append(ObjectGraph.Child(name: "__call__", node: served))
  }
}
