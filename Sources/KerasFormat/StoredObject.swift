/// One object's tensors in `.weights.h5`, and the objects that the writer found in it.
struct StoredObject {
  /// The objects in it, by the names of their groups.
  private(set) var objects: [String: StoredObject] = [:]
  /// The tensors of its group `vars`, by their names there.
  private(set) var variables: [String: String] = [:]

  /// Sorts a file's tensors by the objects they belong to.
  init(paths: some Sequence<String>) {
    for path in paths { insert(path, under: path.split(separator: "/").map(String.init)[...]) }
  }

  private init() {}

  private mutating func insert(_ path: String, under components: ArraySlice<String>) {
    guard let first = components.first, components.count > 1 else { return }
    if components.count == 2, first == "vars", let name = components.last {
      variables[name] = path
    } else {
      objects[first, default: StoredObject()].insert(path, under: components.dropFirst())
    }
  }

  /// The object at a path of groups.
  func object(at place: String) -> StoredObject? {
    var object = self
    for name in place.split(separator: "/") {
      guard let next = object.objects[String(name)] else { return nil }
      object = next
    }
    return object
  }

  /// The paths of its own tensors in the order of their numbers; `nil` when they are not numbered
  /// from 0 on.
  var numbered: [String]? {
    var paths: [String] = []
    for number in 0..<variables.count {
      guard let path = variables[String(number)] else { return nil }
      paths.append(path)
    }
    return paths
  }
}
