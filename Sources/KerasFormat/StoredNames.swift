import HDF5Format

/// The names that Keras 3 writes beside numbered variables: of each object, as an attribute of its
/// group `vars`. Older versions write none.
struct StoredNames {
  /// By the path of the object's group: `layers/dense_1` to `alpha`.
  private var names: [String: String] = [:]

  init(of roots: [HDF5Group]) {
    for root in roots { collect(root, at: "") }
  }

  private mutating func collect(_ group: HDF5Group, at path: String) {
    names[path] = group.groups["vars"]?.text(in: "name") ?? names[path]
    for (name, inner) in group.groups where name != "vars" {
      collect(inner, at: path.isEmpty ? name : "\(path)/\(name)")
    }
  }

  /// The optimizer's name: `adam`.
  var optimizer: String? { names["optimizer"] }

  /// Why the layers of a model cannot be those of the file; `nil` when no name is against it.
  ///
  /// A name that Keras made up from the class, `dense_3`, changes whenever the model is built
  /// again. Names that somebody gave do not.
  func obstacle(to layers: [String: String]) -> String? {
    for (place, layer) in layers.sorted(by: { $0.key < $1.key }) {
      // What a wrapper holds has a name of its own, which is no layer's of the model.
      let groups = place.split(separator: "/")
      guard let name = names[place], name != layer, let object = groups.last,
        groups.dropLast().last == "layers"
      else { continue }
      let made = Self.stem(String(object))
      if Self.stem(name) != made, Self.stem(layer) != made {
        return "the layer \(layer) of the parent is called \(name) in it"
      }
    }
    return nil
  }

  private static func stem(_ name: String) -> String { withoutCounter(name) ?? name }
}
