import StrictJSON
import Tensors

/// What the user should know of a configuration: Python code in it, and classes that Keras does not
/// ship. All of the configuration is searched; nothing is loaded.
struct ConfigFindings {
  private(set) var findings: [Finding] = []

  /// - Parameters:
  ///   - config: the serialised model, or how it was compiled.
  ///   - name: what to call the whole; by default, the model's name.
  init(of config: JSONValue, named name: String? = nil) {
    visit(config, at: Place(whole: name))
  }

  /// Where in the configuration a value is.
  private struct Place {
    /// The names of the layers round it, without the model's own.
    var layers: [String] = []
    /// What the whole is called; `nil` before the model's name is met.
    var whole: String?
    /// The last key on the way.
    var key: String?

    var location: String { layers.isEmpty ? whole ?? "" : layers.joined(separator: "/") }

    /// What a finding says first, for a value that is no layer: `activation: `.
    var prefix: String { key.map { $0 + ": " } ?? "" }
  }

  private mutating func visit(_ value: JSONValue, at place: Place) {
    switch value {
    case .array(let elements):
      for element in elements { visit(element, at: place) }
    case .object(let members):
      var place = place
      if let node = LayerNode(value) {
        enter(node, &place)
        if examine(value, at: place) { return }
      }
      for (key, member) in members.sorted(by: { $0.key < $1.key }) {
        if key != "config", key != "layers", key != "layer" { place.key = key }
        visit(member, at: place)
      }
    default: break
    }
  }

  /// What has no name belongs to the layer round it, as does a policy: its name is a dtype's.
  private func enter(_ node: LayerNode, _ place: inout Place) {
    if place.whole == nil {
      place.whole = node.name ?? node.className
    } else if let name = node.name, !node.className.hasSuffix("Policy") {
      place.layers.append(name)
      place.key = nil
    }
  }

  /// Reports what a serialised object is. `true` when nothing in it is left to report.
  private mutating func examine(_ object: JSONValue, at place: Place) -> Bool {
    let spelled = object["class_name"]?.string ?? ""
    if LayerNode.bareClassName(spelled) == "Lambda" {
      add(.lambda, at: place, "Lambda layer, \(Self.code(of: object["config"] ?? .null))")
      return true
    }
    if spelled == "__lambda__" {
      add(.lambda, at: place, place.prefix + "Python bytecode")
      return true
    }
    // Keras 1's `Merge` keeps functions as Lambda does: `mode` beside `mode_type`.
    for (key, value) in (object["config"]?.object ?? [:]).sorted(by: { $0.key < $1.key })
    where key.hasSuffix("_type") && value == "lambda" {
      add(.lambda, at: place, "\(key.dropLast("_type".count)): Python bytecode")
    }
    if let custom = CustomObject(object) { add(.customClass, at: place, custom.description) }
    return false
  }

  private static func code(of config: JSONValue) -> String {
    let function = config["function"] ?? .null
    let isBytecode =
      config["function_type"] == "lambda" || function["class_name"] == "__lambda__"
    if isBytecode { return "Python bytecode" }
    let name = function.string ?? function["config"]?.string
    return name.map { "calls the function \($0)" } ?? "calls a function"
  }

  private mutating func add(_ kind: Finding.Kind, at place: Place, _ detail: String) {
    findings.append(Finding(kind: kind, location: place.location, detail: detail))
  }
}

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
    if name == "function", module.map(Self.isKeras) != true {
      description = "the function \(object["config"]?.string ?? "?")"
      return
    }
    let registered = object["registered_name"]?.string ?? spelled
    let packages = [spelled, registered].compactMap(Self.package)
    if let module {
      guard !Self.isKeras(module), module != "builtins" else { return nil }
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

  private static func isKeras(_ module: String) -> Bool {
    ["keras", "tf_keras", "keras_core", "tensorflow.keras", "tensorflow.python.keras"].contains {
      module == $0 || module.hasPrefix($0 + ".")
    }
  }
}
