import StrictJSON

/// A serialised object whose code is not Keras' own.
struct CustomObject: CustomStringConvertible {
  /// What it is, in a few words.
  let description: String

  /// `nil` when Keras ships the class.
  init?(_ object: JSONValue) {
    let spelled = object["class_name"]?.string ?? ""
    let name = LayerNode.bareClassName(spelled)
    // `__keras_tensor__`, `__tuple__` and the like are Keras' notation for values.
    guard !spelled.isEmpty, !spelled.hasPrefix("__") else { return nil }
    let module = object["module"]?.string
    if name == "function", module.map(Self.hasModels) != true {
      description = "the function \(object["config"]?.string ?? "?")"
      return
    }
    let registered = object["registered_name"]?.string ?? spelled
    let packages = [spelled, registered].compactMap(Self.package)
    if let module {
      guard !Self.hasModels(module) else { return nil }
      description = "the class \(name) of \(packages.first ?? module)"
    } else if let package = packages.first(where: { $0.lowercased() != "keras" }) {
      description = "the class \(name) of \(package)"
    } else {
      guard !KerasClassNames.all.contains(Substring(name)) else { return nil }
      description = "the class \(name)"
    }
  }

  /// `Custom` of `Custom>Adam`.
  private static func package(of name: String) -> String? {
    name.firstIndex(of: ">").map { String(name[..<$0]) }
  }

  private static let packages = [
    "keras", "tf_keras", "keras_core", "tensorflow.keras", "tensorflow.python.keras",
  ]

  /// The parts of Keras that have what models are made of. Others reach files, settings and the
  /// network: `keras.config.enable_unsafe_deserialization`, `keras.utils.get_file`.
  private static let parts: Set<Substring> = [
    "activations", "applications", "constraints", "dtype_policies", "engine", "feature_column",
    "initializers", "layers", "legacy", "legacy_tf_layers", "losses", "metrics",
    "mixed_precision", "models", "ops", "optimizer_v2", "optimizers", "optimizer_experimental",
    "premade_models", "quantizers", "random", "regularizers", "schedules",
  ]

  /// Whether a module is one of Keras' that has classes and functions of models.
  private static func hasModels(_ module: String) -> Bool {
    packages.contains { package in
      if module == package { return true }
      guard module.hasPrefix(package + ".") else { return false }
      let path = module.dropFirst(package.count + 1).split(separator: ".")
      let inside = path.first == "src" ? path.dropFirst() : path[...]
      return inside.first.map(parts.contains) ?? true
    }
  }
}
