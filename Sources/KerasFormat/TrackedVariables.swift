import TensorFlowFormat
import Tensors

/// A tensor of a checkpoint, and what is known of the variable before it has a path.
struct TrackedItem {
  let entry: CheckpointEntry
  var role: Role
  /// The variable's node in the graph of objects.
  var node: Int?
  /// The variable's own name; the attributes for one without; empty when neither is a name.
  var name: String
  /// The attributes by which the objects hold it, when there is a graph.
  var objectPath: String?
  /// The node of the optimizer that has it.
  var optimizer: Int?
  /// What an optimizer made it for, as the container records it.
  var slot: Slot?
  /// The same, as the order of the optimizer's lists tells it.
  var listedSlot: Slot?

  /// A slot as the container calls it.
  struct Slot: Hashable {
    let name: String
    /// The place of the weight's item.
    let weight: Int
  }
}

/// All tensors of a checkpoint.
struct TrackedVariables {
  private(set) var items: [TrackedItem]
  let graph: ObjectGraph?
  private let roles: TrackedRoles?

  init(_ entries: [CheckpointEntry], graph: ObjectGraph?) {
    self.graph = graph
    guard let graph else {
      roles = nil
      items = NameBasedRoles(entries).items
      return
    }
    let roles = TrackedRoles(of: graph)
    self.roles = roles
    items = Self.items(entries, graph, roles)
    tieRecordedSlots(roles, graph)
    withdrawCopies(graph)
  }

  // MARK: What is what

  private static func items(
    _ entries: [CheckpointEntry], _ graph: ObjectGraph, _ roles: TrackedRoles
  ) -> [TrackedItem] {
    var nodes: [String: (node: Int, name: String)] = [:]
    for (node, object) in graph.nodes.enumerated() {
      for attribute in object.attributes where attribute.name == "VARIABLE_VALUE" {
        nodes[attribute.key] = nodes[attribute.key] ?? (node, attribute.fullName)
      }
    }
    let heldByRoot = Set(graph.nodes[0].children.map(\.node))
    return entries.map { entry in
      guard let (node, fullName) = nodes[entry.key] else {
        return TrackedItem(entry: entry, role: .other, name: "")
      }
      let path = objectPath(of: entry.key)
      let role = roles.roles[node] ?? .other
      return TrackedItem(
        entry: entry,
        role: role == .weight
          ? weightRole(of: entry, named: fullName, heldByRoot: heldByRoot.contains(node)) : role,
        node: node, name: isTelling(fullName) ? fullName : WeightNaming.plausible(path),
        objectPath: path,
        optimizer: roles.optimizers[node])
    }
  }

  private static func objectPath(of key: String) -> String {
    let suffix = "/.ATTRIBUTES/VARIABLE_VALUE"
    return key.hasSuffix(suffix) && key != suffix ? String(key.dropLast(suffix.count)) : key
  }

  /// `Variable` is what TensorFlow calls one that was given no name.
  private static func isTelling(_ name: String) -> Bool {
    !WeightNaming.plausible(name).isEmpty && (withoutCounter(name) ?? name) != "Variable"
  }

  /// Random generators' states go by name where only a list holds them. A whole number that the
  /// root holds beside the model counts steps or epochs.
  private static func weightRole(
    of entry: CheckpointEntry, named name: String, heldByRoot: Bool
  ) -> Role {
    if name.contains("seed_generator") || name == "StateVar" || name.hasSuffix("/StateVar") {
      return .seed
    }
    let integers: Set<DType> = [.int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64]
    return heldByRoot && entry.shape == .scalar && integers.contains(entry.dtype) ? .other : .weight
  }

  private mutating func tieRecordedSlots(_ roles: TrackedRoles, _ graph: ObjectGraph) {
    var places: [Int: Int] = [:]
    for (place, item) in items.enumerated() where item.role == .weight {
      if let node = item.node { places[node] = place }
    }
    let listed = SlotLists(in: graph).slots
    for place in items.indices where items[place].role == .optimizer {
      guard let node = items[place].node, let slot = roles.slots[node] ?? listed[node],
        let weight = places[slot.original]
      else { continue }
      let recorded = TrackedItem.Slot(name: slot.name, weight: weight)
      if roles.slots[node] != nil {
        items[place].slot = recorded
      } else if NamedTies.suits(items[place].entry.shape, slot.name, items[weight].entry.shape) {
        items[place].listedSlot = recorded
      }
    }
  }

  /// What Keras' `export` writes has some variables twice: those that it was asked to track, and
  /// the copies of them that the functions use (`_all_variables` of keras/src/export/
  /// saved_model_export_archive.py in https://github.com/keras-team/keras). Copies are no weights.
  private mutating func withdrawCopies(_ graph: ObjectGraph) {
    func held(as list: String) -> Set<Int> {
      let node = graph.nodes[0].children.first { $0.name == list }.map(\.node)
      return Set(node.map { graph.nodes[$0].children.map(\.node) } ?? [])
    }
    let tracked = held(as: "variables")
    let copies = held(as: "_all_variables").subtracting(tracked)
    func identity(_ item: TrackedItem) -> WeightIdentity {
      WeightIdentity(path: item.name, dtype: item.entry.dtype, shape: item.entry.shape)
    }
    let originals = Set(
      items.filter { $0.node.map(tracked.contains) == true }.map(identity))
    for place in items.indices {
      guard let node = items[place].node, copies.contains(node),
        originals.contains(identity(items[place]))
      else { continue }
      items[place].role = .other
      items[place].objectPath = nil
    }
  }

  // MARK: Layers

  /// The model's layers that hold the variables, by the variables' nodes.
  func layers(of model: LayerNode) -> [Int: String] {
    guard let graph, let roles else { return [:] }
    return TrackedLayers(of: model, in: graph, among: roles.program)?.names ?? [:]
  }

  /// The name of the Keras 3 `Sequential` that is before the names of its variables, by their
  /// nodes.
  func sequentialNames() -> [Int: String] {
    guard let graph else { return [:] }
    let names = Dictionary(
      items.compactMap { item in item.node.map { ($0, item.name) } }, uniquingKeysWith: { $1 })
    var scopes = SequentialScopes(names: names)
    for node in [0] + graph.nodes[0].children.map(\.node) { scopes.add(node, in: graph) }
    return scopes.members
  }
}
