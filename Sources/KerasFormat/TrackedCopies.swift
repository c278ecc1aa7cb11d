public import TensorFlowFormat

extension TrackedModel {
  /// Variables that Keras 3's `export` wrote twice. Those that a program is to see are in the list
  /// `variables`; its functions use others, which are in `_all_variables` beside them and have the
  /// same names. `_filter_and_track_resources` in keras/src/export/saved_model_export_archive.py of
  /// https://github.com/keras-team/keras
  ///
  /// - Returns: the keys of the variables that have the same name, by the key of each copy.
  public static func copies(in graph: ObjectGraph) -> [String: [String]] {
    let tracked = held(as: "variables", in: graph)
    let names = Dictionary(
      grouping: tracked.compactMap { value(of: $0, in: graph) }, by: \.fullName)
    var copies: [String: [String]] = [:]
    for node in held(as: "_all_variables", in: graph) where !tracked.contains(node) {
      guard let copy = value(of: node, in: graph), !copy.fullName.isEmpty,
        let originals = names[copy.fullName]
      else { continue }
      copies[copy.key] = originals.map(\.key)
    }
    return copies
  }

  /// What a list of the root has in it, in the order of the list.
  private static func held(as list: String, in graph: ObjectGraph) -> [Int] {
    guard let root = graph.nodes.first,
      let node = root.children.first(where: { $0.name == list })?.node,
      graph.nodes.indices.contains(node)
    else { return [] }
    return graph.nodes[node].children.map(\.node)
  }

  private static func value(of node: Int, in graph: ObjectGraph) -> ObjectGraph.Attribute? {
    guard graph.nodes.indices.contains(node) else { return nil }
    return graph.nodes[node].attributes.first { $0.name == "VARIABLE_VALUE" }
  }
}
