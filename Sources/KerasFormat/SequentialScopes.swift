import TensorFlowFormat

/// The variables of Keras 3's `Sequential` models, and the names of these that theirs begin with.
struct SequentialScopes {
  /// The model's name, by the variable's node.
  private(set) var members: [Int: String] = [:]

  private let names: [Int: String]
  private var visited: Set<Int> = []

  /// - Parameter names: the variables' names, by their nodes.
  init(names: [Int: String]) { self.names = names }

  /// Adds an object's variables, if it is such a model, and none whose variables were made before
  /// it.
  mutating func add(_ model: Int, in graph: ObjectGraph) {
    guard visited.insert(model).inserted, let functional = child("_functional", of: model, graph),
      visited.insert(functional).inserted,
      let operations = child("_operations", of: functional, graph),
      visited.insert(operations).inserted
    else { return }
    let layers = graph.nodes[operations].children.map(\.node)
      .filter { visited.insert($0).inserted }
    var queue = layers.flatMap { graph.nodes[$0].children.map(\.node) }
    // A layer's own variable has the layer's name before it, and nothing else but the model's.
    let isScoped = queue.contains { names[$0]?.split(separator: "/").count == 3 }
    var variables: [Int] = []
    while let node = queue.popLast() {
      guard visited.insert(node).inserted else { continue }
      if names[node] != nil { variables.append(node) }
      queue += graph.nodes[node].children.map(\.node)
    }
    let scopes = Set(
      variables.compactMap { names[$0]?.split(separator: "/").first.map(String.init) })
    guard isScoped, scopes.count == 1, let scope = scopes.first else { return }
    for variable in variables { members[variable] = scope }
  }

  private func child(_ name: String, of node: Int, _ graph: ObjectGraph) -> Int? {
    graph.nodes[node].children.first { $0.name == name }?.node
  }
}
