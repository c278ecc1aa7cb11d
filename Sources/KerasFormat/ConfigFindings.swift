import StrictJSON
import Tensors

/// What the user should know of a configuration: Python code in it, classes that Keras does not
/// ship, and files that loading would read. All of it is searched; nothing is loaded.
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
      if let source = members["vocabulary"]?.string {
        add(.vocabularyPath, at: place, "the vocabulary is read from \(source)")
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
    if let foreign = Self.foreignCode(in: object, named: LayerNode.bareClassName(spelled)) {
      add(.customClass, at: place, foreign)
    } else if let custom = CustomObject(object) {
      add(.customClass, at: place, custom.description)
    }
    return false
  }

  /// Keras' own layers that run what others wrote.
  private static func foreignCode(in object: JSONValue, named className: String) -> String? {
    switch className {
    case "TorchModuleWrapper": return "the layer unpickles and runs PyTorch code"
    case "JaxLayer", "FlaxLayer": return "the layer runs JAX code"
    case "TFSMLayer":
      let path = object["config"]?["filepath"]?.string ?? "elsewhere"
      return "the layer runs the SavedModel in \(path)"
    default: return nil
    }
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
