import TensorFlowFormat
import Tensors

/// What the variables of a graph of objects are for, told by the objects that hold them: those of
/// the program itself first, then what only metrics and optimizers hold.
struct TrackedRoles {
  /// By the variable's node.
  private(set) var roles: [Int: Role] = [:]
  /// The optimizer that holds a variable, by the variable's node.
  private(set) var optimizers: [Int: Int] = [:]
  /// The name under which the first object on the way holds a node.
  private(set) var names: [Int: String] = [:]
  /// Which variable, by the slot's variable, an optimizer made the slot for.
  private(set) var slots: [Int: ObjectGraph.Slot] = [:]
  /// The nodes of the program itself, in breadth-first order.
  private(set) var program: [Int] = []

  private let graph: ObjectGraph
  private let kinds: [TrackedKind?]
  private var visited: Set<Int> = []
  private var metricNodes: [Int] = []
  private var optimizerNodes: [Int] = []
  private var lists: [ObjectGraph.Child] = []

  init(of graph: ObjectGraph) {
    self.graph = graph
    kinds = graph.nodes.map(TrackedKind.init)
    visited = [0]
    visitProgram(from: [0])
    for node in metricNodes { visit(from: node) { $0.roles[$1] = .metric } }
    visitProgram(from: entered(lists, .weight))
    for optimizer in optimizerNodes { visitOptimizer(optimizer) }
  }

  /// The root's counters, and a random generator's state, are no weights. What lists of variables
  /// have comes later: a model's include its metrics'.
  private mutating func visitProgram(from start: [Int]) {
    var queue = start
    var next = 0
    while next < queue.count {
      let node = queue[next]
      next += 1
      program.append(node)
      roles[node] = roles[node] ?? .weight
      for child in graph.nodes[node].children {
        if isOptimizer(child) {
          optimizerNodes.append(child.node)
          lists += graph.nodes[child.node].children.filter { Self.weightLists.contains($0.name) }
        } else if isMetric(child) {
          metricNodes.append(child.node)
        } else if Self.weightLists.contains(child.name) {
          lists.append(child)
        } else {
          let isSeed = roles[node] == .seed || Self.seedHolders.contains(child.name)
          let isCounter = node == 0 && child.name == "save_counter"
          queue += entered([child], isCounter ? .other : isSeed ? .seed : .weight)
        }
      }
    }
  }

  /// The children that nobody had come to before.
  private mutating func entered(_ children: [ObjectGraph.Child], _ role: Role) -> [Int] {
    children.compactMap { child in
      guard visited.insert(child.node).inserted else { return nil }
      names[child.node] = child.name
      roles[child.node] = role
      return child.node
    }
  }

  private mutating func visitOptimizer(_ optimizer: Int) {
    visit(from: optimizer) { roles, node in
      roles.roles[node] = .optimizer
      roles.optimizers[node] = optimizer
      for slot in roles.graph.nodes[node].slots where roles.visited.insert(slot.variable).inserted {
        roles.roles[slot.variable] = .optimizer
        roles.optimizers[slot.variable] = optimizer
        roles.slots[slot.variable] = slot
      }
    }
  }

  private mutating func visit(from root: Int, _ body: (inout TrackedRoles, Int) -> Void) {
    guard visited.insert(root).inserted else { return }
    var queue = [root]
    while let node = queue.popLast() {
      body(&self, node)
      for child in graph.nodes[node].children where visited.insert(child.node).inserted {
        names[child.node] = child.name
        queue.append(child.node)
      }
    }
  }

  // MARK: What an object is

  private static let seedHolders: Set = ["seed_generator", "_seed_generators", "_random_generator"]

  private static let metricHolders: Set = [
    "keras_api", "metrics", "_metrics", "compiled_metrics", "compiled_loss", "_compile_metrics",
    "_compile_loss", "loss_tracker", "_loss_tracker",
  ]

  /// Lists of a model's variables, and that of those which Keras 3 trains, in its optimizer.
  private static let weightLists: Set = [
    "variables", "trainable_variables", "non_trainable_variables", "_all_variables",
    "_trainable_variables",
  ]

  private func isOptimizer(_ child: ObjectGraph.Child) -> Bool {
    child.name == "optimizer" || child.name == "_optimizer" || kinds[child.node] == .optimizer
  }

  private func isMetric(_ child: ObjectGraph.Child) -> Bool {
    Self.metricHolders.contains(child.name) || kinds[child.node] == .metric
  }
}

/// What an object must be, whatever name it is held under.
private enum TrackedKind {
  case optimizer, metric

  /// Names that only Keras' optimizers hold their numbers under, beside `iter`.
  private static let hyperparameters: Set = [
    "learning_rate", "decay", "rho", "momentum", "beta_1", "epsilon",
  ]

  init?(_ node: ObjectGraph.Node) {
    let names = Set(node.children.map(\.name))
    if !node.slots.isEmpty || names.contains("_iterations")
      || names.contains("iter") && !names.isDisjoint(with: Self.hyperparameters)
    {
      self = .optimizer
    } else if names.contains("total"), names.contains("count") {
      // So Keras' means hold what they have summed up.
      self = .metric
    } else {
      return nil
    }
  }
}
