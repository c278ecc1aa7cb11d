import TensorFlowFormat

/// The slots of Keras 3's optimizers, told by position: beside the list of the weights that it
/// trains, an optimizer holds one list for each kind of slot, in the same order (`build` of
/// keras/src/optimizers/adam.py, for one, in https://github.com/keras-team/keras).
struct SlotLists {
  /// By the slot's node.
  private(set) var slots: [Int: ObjectGraph.Slot] = [:]

  init(in graph: ObjectGraph) {
    // No list is gone through twice, however many objects share it.
    var done: Set<Int> = []
    for optimizer in graph.nodes {
      let lists = optimizer.children
      guard let weights = lists.first(where: { $0.name == "_trainable_variables" }) else {
        continue
      }
      let slotLists = lists.filter { Self.slotNames[$0.name] != nil }
      guard slotLists.contains(where: { !done.contains($0.node) }),
        done.insert(weights.node).inserted
      else { continue }
      let originals = Self.elements(of: weights.node, in: graph)
      for list in slotLists {
        guard let name = Self.slotNames[list.name], done.insert(list.node).inserted else {
          continue
        }
        let elements = Self.elements(of: list.node, in: graph)
        guard elements.count == originals.count else { continue }
        for (original, variable) in zip(originals, elements) {
          slots[variable] = ObjectGraph.Slot(original: original, name: name, variable: variable)
        }
      }
    }
  }

  /// The lists as Keras 3's optimizers call them, and a slot in each as their variables' names do.
  private static let slotNames = [
    "_momentums": "momentum", "momentums": "momentum", "_velocities": "velocity",
    "_velocity_hats": "velocity_hat", "_average_gradients": "average_gradient",
    "_accumulators": "accumulator", "_accumulated_grads": "accumulated_grad",
    "_accumulated_delta_vars": "accumulated_delta_var", "_m": "momentum", "_u": "norm",
    "_r": "r", "_c": "c", "_v": "velocity", "_linears": "linear",
    "_model_variables_moving_average": "average",
    "_accumulated_gradients": "gradient_accumulator",
  ]

  private static func elements(of list: Int, in graph: ObjectGraph) -> [Int] {
    let numbered = graph.nodes[list].children.compactMap { child in
      Int(child.name).map { (number: $0, node: child.node) }
    }
    return numbered.sorted { $0.number < $1.number }.map(\.node)
  }
}
