import TensorFlowFormat
import Tensors

extension OptimizerToWrite {
  /// The optimizer's objects in a checkpoint of Keras 2, which it has to be made for.
  public func trackedState() throws(OptimizerObstacle) -> TrackedOptimizerState {
    let nodes = try OptimizerNodes(of: self)
    return TrackedOptimizerState(graph: ObjectGraph(nodes: nodes.nodes), tensors: nodes.tensors)
  }
}

/// The objects of an optimizer, numbered from 0, and their tensors.
///
/// ```
/// optimizer  _variables/0…       iteration, then the slots in the order of `build`
///            _iterations         _variables/0 again
///            _learning_rate      or _current_learning_rate with a schedule
///            _momentums/i …      each kind of slot, by the weights' order: objects of _variables
///            _u_product          Nadam's
///            loss_scale          current_loss_scale and good_steps, of a wrapper
/// ```
///
/// Source: the attributes that `build` sets in tf_keras/src/optimizers (keras-team/tf-keras), which
/// TensorFlow tracks; a wrapper stands for what it wraps
/// (tf_keras/src/mixed_precision/loss_scale_optimizer.py).
private struct OptimizerNodes {
  /// The optimizer first.
  private(set) var nodes: [ObjectGraph.Node] = [ObjectGraph.Node()]
  /// By their keys.
  private(set) var tensors: [TensorToWrite] = []

  init(of optimizer: OptimizerToWrite) throws(OptimizerObstacle) {
    var places: [OptimizerToWrite.Meaning: Int] = [:]
    let list = add(to: 0, "_variables")
    for (number, variable) in optimizer.variables.enumerated() {
      let path = number == 0 ? "_iterations" : "_variables/\(number)"
      let node = try add(variable, of: optimizer, at: path)
      connect(list, "\(number)", node)
      places[variable.meaning] = node
    }
    if let iteration = places[.number(.iteration)] { connect(0, "_iterations", iteration) }
    for variable in optimizer.tracked {
      let path = Self.path(of: variable.meaning)
      places[variable.meaning] = try add(variable, of: optimizer, at: path)
    }
    addNumbers(places)
    addLists(places, of: optimizer)
  }

  /// Where what is not among the optimizer's variables is held.
  private static func path(of meaning: OptimizerToWrite.Meaning) -> String {
    switch meaning {
    case .number(.learningRate): "_learning_rate"
    case .number(.currentLearningRate): "_current_learning_rate"
    case .number(.momentumProduct): "_u_product"
    case .number(.lossScale): "loss_scale/current_loss_scale"
    case .number(.goodSteps): "loss_scale/good_steps"
    case .number(let scalar): scalar.rawValue
    case .slot(let kind, let place): "\(kind.listName)/\(place)"
    }
  }

  private mutating func addNumbers(_ places: [OptimizerToWrite.Meaning: Int]) {
    for scalar in [OptimizerScalar.learningRate, .currentLearningRate, .momentumProduct] {
      let meaning = OptimizerToWrite.Meaning.number(scalar)
      if let node = places[meaning] { connect(0, Self.path(of: meaning), node) }
    }
    guard let scale = places[.number(.lossScale)], let steps = places[.number(.goodSteps)] else {
      return
    }
    let holder = add(to: 0, "loss_scale")
    connect(holder, "current_loss_scale", scale)
    connect(holder, "good_steps", steps)
  }

  /// One list for each kind of slot.
  private mutating func addLists(
    _ places: [OptimizerToWrite.Meaning: Int], of optimizer: OptimizerToWrite
  ) {
    var lists: [String: Int] = [:]
    for variable in optimizer.variables + optimizer.tracked {
      guard case .slot(let kind, let weight) = variable.meaning,
        let node = places[variable.meaning]
      else { continue }
      let list = lists[kind.listName] ?? add(to: 0, kind.listName)
      lists[kind.listName] = list
      connect(list, "\(weight)", node)
    }
  }

  private mutating func add(to parent: Int, _ name: String) -> Int {
    nodes.append(ObjectGraph.Node())
    connect(parent, name, nodes.count - 1)
    return nodes.count - 1
  }

  private mutating func add(
    _ variable: OptimizerToWrite.Variable, of optimizer: OptimizerToWrite, at path: String
  ) throws(OptimizerObstacle) -> Int {
    let key = "optimizer/\(path)/.ATTRIBUTES/VARIABLE_VALUE"
    tensors.append(try optimizer.tensor(variable, named: key))
    nodes.append(
      ObjectGraph.Node(attributes: [
        ObjectGraph.Attribute(
          name: "VARIABLE_VALUE", fullName: optimizer.fullName(of: variable), key: key)
      ]))
    return nodes.count - 1
  }

  private mutating func connect(_ parent: Int, _ name: String, _ child: Int) {
    nodes[parent].children.append(ObjectGraph.Child(name: name, node: child))
  }
}
