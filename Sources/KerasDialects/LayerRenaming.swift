import StrictJSON
import Tensors

/// The layers that the target cannot call what the source calls them: Keras 3 takes no name with a
/// slash. keras/src/ops/operation.py `Operation.__init__`.
struct LayerRenaming {
  /// A layer, by the models round it, which are as the source calls them.
  private struct Entry {
    let parent: String
    let old: String
    let new: String
  }

  private var entries: [Entry] = []

  /// The name without slashes, and with lines behind it until no other layer has it.
  static func name(for old: String, taken: Set<String>) -> String {
    var name = old.replacing("/", with: "_")
    while taken.contains(name) { name += "_" }
    return name
  }

  mutating func add(_ old: String, to new: String, in parent: String) {
    entries.append(Entry(parent: parent, old: old, new: new))
  }

  mutating func add(_ others: LayerRenaming) {
    entries += others.entries
  }

  /// From a layer's place in the source to its place in the target.
  var locations: [String: String] {
    var locations: [String: String] = [:]
    // Models before what is in them.
    for entry in entries.sorted(by: { $0.parent.utf8.count < $1.parent.utf8.count }) {
      let parent = Translation.respelled(entry.parent, by: locations)
      locations[ModelTranslator.inside(entry.parent, entry.old)] =
        ModelTranslator.inside(parent, entry.new)
    }
    return locations
  }

  /// The layers of the outermost model that have another name.
  var outermost: [String: String] {
    Dictionary(entries.filter(\.parent.isEmpty).map { ($0.old, $0.new) }) { first, _ in first }
  }
}

extension Translation {
  /// A variable's path, or a layer's place, as the target has it: the longest of the renamed
  /// layers that it begins with, by whole parts, has its new place.
  public func renamed(_ path: String) -> String {
    Self.respelled(path, by: renamedLayers)
  }

  static func respelled(_ path: String, by locations: [String: String]) -> String {
    if locations.isEmpty { return path }
    var end = path.endIndex
    while true {
      if let new = locations[String(path[..<end])] { return new + path[end...] }
      guard let slash = path[..<end].lastIndex(of: "/") else { return path }
      end = slash
    }
  }
}

extension ModelTranslator {
  /// The graph with names that the target takes, once its layers are translated.
  mutating func renamed(_ graph: ModelGraph, at location: String) -> ModelGraph {
    guard target == .keras3 else { return graph }
    let refused = graph.layers.indices.filter { graph.layers[$0].name.contains("/") }
    guard !refused.isEmpty else { return graph }
    var taken = Set(graph.layers.map(\.name))
    var names: [String: String] = [:]
    var result = graph
    for index in refused {
      let old = graph.layers[index].name
      let new = rename(old, in: location, &taken)
      names[old] = new
      result.layers[index].name = new
      result.layers[index].object =
        Self.named(new, .object(graph.layers[index].object)).object ?? [:]
    }
    return result.mapTensors { tensor in
      var tensor = tensor
      tensor.layer = names[tensor.layer] ?? tensor.layer
      return tensor
    }
  }

  /// The layers of a `Sequential` likewise.
  mutating func renamed(
    _ parts: [(name: String, object: JSONValue)], at location: String
  ) -> [JSONValue] {
    guard target == .keras3 else { return parts.map(\.object) }
    var taken = Set(parts.map(\.name))
    return parts.map { name, object in
      name.contains("/") ? Self.named(rename(name, in: location, &taken), object) : object
    }
  }

  private mutating func rename(
    _ old: String, in location: String, _ taken: inout Set<String>
  ) -> String {
    let new = LayerRenaming.name(for: old, taken: taken)
    taken.insert(new)
    renaming.add(old, to: new, in: location)
    note(
      .translated, at: Self.inside(location, old), field: "name",
      "Keras 3 allows no '/' in a name: it is called \(new)")
    return new
  }

  private static func named(_ name: String, _ object: JSONValue) -> JSONValue {
    guard var members = object.object, var config = members["config"]?.object else {
      return object
    }
    config["name"] = .string(name)
    members["config"] = .object(config)
    return .object(members)
  }
}
