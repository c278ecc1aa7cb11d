import TensorFlowFormat

/// Which of a model's outermost layers holds a variable, told by the graph of objects.
///
/// Keras 2 holds its layers as `layer-0`, `layer-1` and so on, a `Sequential` without its
/// `InputLayer` (`_trackable_children` of tf_keras/engine/functional.py in
/// https://github.com/keras-team/tf-keras). Keras 3 holds a functional model's operations, layers
/// among them, under `_operations`, in the order of the configuration's `layers`, and a
/// `Sequential` such a model under `_functional`.
struct TrackedLayers {
  /// The layer's name, by the variable's node.
  let names: [Int: String]

  /// Looks for the model in the graph: the object nearest to the root that holds as many layers.
  ///
  /// - Parameter program: the nodes to look at, nearest to the root first.
  init?(of model: LayerNode, in graph: ObjectGraph, among program: [Int]) {
    let isSequential = model.className == "Sequential"
    let places = Places(
      all: model.layers,
      keras2: isSequential ? model.layers.filter { $0.className != "InputLayer" } : model.layers)
    var tried: Set<Int> = []
    for node in program {
      if let layers = Self.layers(places, heldBy: node, in: graph, tried: &tried) {
        names = Self.owners(among: layers, in: graph)
        return
      }
    }
    return nil
  }

  private typealias Held = (node: Int, name: String)

  /// The layers in the order that each Keras numbers them in.
  private struct Places {
    let all: [LayerNode]
    let keras2: [LayerNode]
  }

  private static func layers(
    _ places: Places, heldBy node: Int, in graph: ObjectGraph, tried: inout Set<Int>
  ) -> [Held]? {
    let children = graph.nodes[node].children
    let byPlace = children.compactMap { child in
      place(child.name.hasPrefix("layer-") ? child.name.dropFirst(6) : "").map { ($0, child.node) }
    }
    if !byPlace.isEmpty {
      return byPlace.count == places.keras2.count ? held(byPlace, places.keras2) : nil
    }
    let functional = children.first { $0.name == "_functional" }.map(\.node) ?? node
    // No list is gone through twice, however many objects share it.
    guard functional == node || tried.insert(functional).inserted,
      let operations = graph.nodes[functional].children.first(where: { $0.name == "_operations" }),
      tried.insert(operations.node).inserted
    else { return nil }
    let numbered = graph.nodes[operations.node].children.compactMap { child in
      place(child.name[...]).map { ($0, child.node) }
    }
    return held(numbered, places.all)
  }

  private static func place(_ text: Substring) -> Int? {
    text.allSatisfy(\.isASCIIDigit) ? Int(text) : nil
  }

  /// `nil` when there are more than the configuration has.
  private static func held(_ numbered: [(Int, Int)], _ layers: [LayerNode]) -> [Held]? {
    guard numbered.allSatisfy({ $0.0 < layers.count }) else { return nil }
    return numbered.sorted { $0.0 < $1.0 }.compactMap { place, node in
      layers[place].name.map { (node, $0) }
    }
  }

  /// What several layers hold belongs to the nearest of them, or the first of those.
  private static func owners(among layers: [Held], in graph: ObjectGraph) -> [Int: String] {
    var owners: [Int: String] = [:]
    var queue: [Held] = []
    func enter(_ node: Int, _ name: String) {
      guard owners[node] == nil else { return }
      owners[node] = name
      queue.append((node, name))
    }
    for layer in layers { enter(layer.node, layer.name) }
    var next = 0
    while next < queue.count {
      let (node, name) = queue[next]
      next += 1
      for child in graph.nodes[node].children { enter(child.node, name) }
    }
    return owners
  }
}
