import StrictJSON

/// A serialised object of any generation, taken apart.
struct SerializedObject {
  /// Without a package before it: `Adam` of `Custom>Adam`.
  var className: String
  /// The package that the class is registered in, when that is not Keras.
  var package: String?
  /// The Python module that the class is in, where the container says so.
  var module: String?
  var config: [String: JSONValue]

  /// `nil` for what is no object of a class with a configuration: text, numbers, functions.
  init?(_ json: JSONValue) {
    guard let spelled = json["class_name"]?.string, !spelled.hasPrefix("__"),
      spelled != "function", let config = json["config"]?.object
    else { return nil }
    let registered = json["registered_name"]?.string ?? spelled
    let parts = (registered.contains(">") ? registered : spelled)
      .split(separator: ">", maxSplits: 1)
    className = spelled.split(separator: ">").last.map { String($0) } ?? spelled
    package = parts.count == 2 && parts[0].lowercased() != "keras" ? String(parts[0]) : nil
    module = json["module"]?.string
    self.config = config
  }

  init(className: String, config: [String: JSONValue]) {
    self.className = className
    self.config = config
  }

  /// Whether the module is one of Keras', or not said.
  var isOfKeras: Bool {
    guard package == nil else { return false }
    guard let module else { return true }
    return Self.roots.contains { module == $0 || module.hasPrefix($0 + ".") }
  }

  /// Whether the class is of keras.applications, as its module says.
  var isOfApplications: Bool { isOfKeras && module?.contains(".applications.") == true }

  private static let roots = [
    "keras", "tf_keras", "keras_core", "tensorflow.keras", "tensorflow.python.keras", "builtins",
  ]

  /// The class's name as registries of custom objects have it.
  var registeredName: String { package.map { "\($0)>\(className)" } ?? className }

  /// Gives a field another name. Nothing happens when it is not there.
  mutating func rename(_ old: String, to new: String) {
    guard let value = config.removeValue(forKey: old) else { return }
    config[new] = value
  }

  /// Removes fields.
  mutating func drop(_ names: String...) {
    for name in names { config[name] = nil }
  }
}

extension JSONValue {
  /// The value without the notations for what JSON has no word for: tuples and shapes of
  /// SavedModel metadata, arrays of old Keras. Those are lists to everybody else.
  var withoutNotations: JSONValue {
    switch self {
    case .array(let elements):
      return .array(elements.map(\.withoutNotations))
    case .object(let members):
      let name = members["class_name"]?.string
      if name == "__tuple__" || name == "TensorShape", let items = members["items"] {
        return items.withoutNotations
      }
      if members["type"]?.string == "ndarray", let value = members["value"] {
        return value.withoutNotations
      }
      return .object(members.mapValues(\.withoutNotations))
    default:
      return self
    }
  }
}
