import StrictJSON

/// A layer as a configuration of any Keras nests it.
struct LayerNode {
  /// `nil` for the nested `Sequential` of Keras 1 and early 2, whose list has no name.
  let name: String?
  /// Without a package before it.
  let className: String
  let config: JSONValue
  /// The whole object; a graph's edges are in it, beside the config.
  let json: JSONValue
  let trainable: Bool
  /// The layers of a nested model.
  let layers: [LayerNode]
  /// The layers or cells that a wrapper runs.
  let wrapped: [LayerNode]

  /// `nil` when the value is no serialised layer.
  init?(_ json: JSONValue) {
    guard let spelled = json["class_name"]?.string else { return nil }
    let config = json["config"] ?? .null
    self.json = json
    self.config = config
    className = Self.bareClassName(spelled)
    name = config["name"]?.string ?? json["name"]?.string
    trainable = config["trainable"]?.bool ?? true
    layers = (config.array ?? config["layers"]?.array ?? []).compactMap(LayerNode.init)
    wrapped =
      ["layer", "forward_layer", "backward_layer", "cell"]
      .compactMap { config[$0].flatMap(LayerNode.init) }
      + (config["cells"]?.array ?? []).compactMap(LayerNode.init)
  }

  /// `Custom>Adam` and `keras.layers.core.Dense` without what is before the class.
  static func bareClassName(_ spelled: String) -> String {
    String(spelled.split(whereSeparator: { $0 == ">" || $0 == "." }).last ?? "")
  }

  /// A nested model, or a wrapper round one.
  var holdsLayers: Bool { !layers.isEmpty || wrapped.contains { !$0.layers.isEmpty } }

  /// Whether it and what it wraps may be trained.
  var trainsItsOwnWeights: Bool { trainable && wrapped.allSatisfy(\.trainable) }
}

/// Finds layers below one of them by name.
struct LayerIndex {
  /// The layers on the way to one, itself last.
  typealias Chain = [LayerNode]

  private var chains: [String: [Chain]] = [:]
  /// How many components the longest of the names has: Keras 2 lets names have slashes.
  private(set) var componentCount = 1
  /// Whether a model is among them that the configuration does not name.
  private(set) var hasUnnamedModel = false

  /// Indexes what is below a layer or model, what is nearer before what is deeper.
  init(below root: LayerNode) {
    var level: [Chain] = [[]]
    while !level.isEmpty {
      var next: [Chain] = []
      for chain in level {
        let node = chain.last ?? root
        let wrappedModels = node.wrapped.filter { !$0.layers.isEmpty }
        next += (node.layers + wrappedModels).map { chain + [$0] }
      }
      for chain in next {
        if let name = chain.last?.name {
          chains[name, default: []].append(chain)
          componentCount = max(componentCount, name.split(separator: "/").count)
        } else {
          hasUnnamedModel = true
        }
      }
      level = next
    }
  }

  /// The way to the nearest layer of a name that lies below the last of some layers.
  func chain(to name: String, below parents: Chain = []) -> Chain? {
    chains[name]?.first { chain in
      chain.count > parents.count && zip(chain, parents).allSatisfy { $0.name == $1.name }
    }
  }
}
