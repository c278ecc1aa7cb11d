import StrictJSON
import Tensors

/// Gives weights their canonical paths by the model they are in and their own names, for
/// containers that do not file them under the model's layers.
///
/// The rule is that of ``KerasHDF5/reading(of:parent:)``; what that has as the layer's group is
/// found here.
struct WeightNaming {
  /// The whole model.
  let model: LayerNode
  /// All layers in it.
  let layers: LayerIndex

  /// `nil` when the configuration cannot be read.
  init?(_ architecture: Architecture) {
    // Why it cannot be read, whoever read it first has said.
    guard let json = try? JSONValue(parsing: architecture.config), let model = LayerNode(json)
    else { return nil }
    self.model = model
    layers = LayerIndex(below: model)
  }

  /// A name and, when it is known, the outermost layer that has the weight.
  struct Name: Hashable {
    let full: String
    var layer: String?
  }

  /// A name that somebody may have given, or none: looking for layers in names takes time that
  /// grows with the square of their length.
  static func plausible(_ name: String) -> String {
    let isPlausible = name.utf8.count <= 1_024 && name.utf8.count { $0 == UInt8(ascii: "/") } < 32
    return isPlausible ? name : ""
  }

  /// The paths for weights of these names, in their order. The names are plausible.
  func paths(of names: [Name]) -> [WeightPaths] {
    var rules: [String: WeightPathRule] = [:]
    return names.map { name in
      let group = name.layer ?? outermostLayer(in: name.full) ?? LegacyLayout.modelsOwn
      let rule = rules[group] ?? WeightPathRule(group: group, model: layers, isKeras1: false)
      rules[group] = rule
      return rule.paths(of: name.full)
    }
  }

  /// The outermost layer on the way to the first one that the name has: `encoder` for
  /// `inner_dense/kernel`. The model's own name may be before it, and a number behind it, as
  /// TensorFlow 1 made names unique.
  private func outermostLayer(in name: String) -> String? {
    let scopes = name.split(separator: "/").dropLast().map(String.init)
    func find(_ spelling: (String) -> String?) -> String? {
      for start in scopes.indices {
        for count in 1...min(layers.componentCount, scopes.count - start) {
          let scope = scopes[start..<(start + count)].joined(separator: "/")
          if let chain = spelling(scope).flatMap({ layers.chain(to: $0) }) {
            return chain.first?.name
          }
        }
      }
      return nil
    }
    return find { $0 } ?? find(withoutCounter)
  }
}
