import StrictJSON
import Tensors

/// An object as Keras makes it from a configuration: the variables it owns, and the objects in it
/// that own some.
struct KerasObject {
  /// The lists of variables that it may own; how many are stored tells which. None for a class that
  /// we do not know.
  var namings: [[OwnVariable]] = []
  /// In the order in which Keras makes them, which is that of the optimizer's arrays.
  var children: [Child] = []

  /// An object in another one.
  struct Child {
    /// Where `.weights.h5` has it, from its owner; writers differ.
    var places: [String]
    /// What it is in its owner.
    var relation: Relation
    /// Whether it may be trained, when its owner may.
    var trainable: Bool
    var content: Content
  }

  /// What tells of a child. It is only looked into where the file has something of it: a
  /// `Bidirectional` makes two of the one layer in its configuration, and so do those in it.
  enum Content {
    case layer(LayerNode)
    case variables([[OwnVariable]])

    func object(_ dialect: Dialect) -> KerasObject {
      switch self {
      case .layer(let layer): KerasObject(of: layer, dialect: dialect)
      case .variables(let namings): KerasObject(namings: namings)
      }
    }
  }

  /// What a child adds to the paths of its variables.
  enum Relation {
    /// A layer of a model: a path of its own, below the model's.
    case layer(LayerNode)
    /// A part of a layer: these scopes.
    case part([String])
  }

  /// Describes a layer or model as Keras makes it.
  init(of layer: LayerNode, dialect: Dialect) {
    if !layer.layers.isEmpty {
      namings = [[]]
      children = Self.layers(of: layer)
      return
    }
    if let own = OwnVariables.of(layer, dialect: dialect) {
      namings =
        QuantizedVariables.mode(of: layer).map { QuantizedVariables.namings($0, of: own) }
        ?? [own]
    } else if let composite = CompositeLayer(layer, dialect: dialect) {
      namings = composite.namings
      children = composite.children
    }
  }

  private init(namings: [[OwnVariable]]) { self.namings = namings }

  /// Whether a layer, or one of a nested model's, may have variables.
  static func ownsVariables(_ layer: LayerNode, dialect: Dialect) -> Bool {
    guard layer.layers.isEmpty else {
      return layer.layers.contains { ownsVariables($0, dialect: dialect) }
    }
    let object = KerasObject(of: layer, dialect: dialect)
    return object.namings != [[]] || !object.children.isEmpty
  }

  // MARK: Models

  /// A model's layers: each class is counted for itself, and its first has no number.
  private static func layers(of model: LayerNode) -> [Child] {
    var counters = ClassCounters()
    return model.layers.map { layer in
      let names = counters.next(layer.className)
      return Child(
        places: names.map { "layers/" + $0 }, relation: .layer(layer), trainable: layer.trainable,
        content: .layer(layer))
    }
  }
}

/// Names the members of a list by their classes, as `.weights.h5` does: `dense`, `dense_1`.
struct ClassCounters {
  private var counts: [String: Int] = [:]

  /// What configurations call otherwise than Python does.
  private static let pythonNames = ["GroupQueryAttention": "GroupedQueryAttention"]

  /// The names for the first member of a class, as writers may spell them.
  static func firstNames(of className: String) -> [String] {
    SnakeCase.spellings(of: pythonNames[className] ?? className)
  }

  /// The names for the next member.
  mutating func next(_ className: String) -> [String] {
    Self.firstNames(of: className).map { name in
      let count = counts[name, default: 0]
      counts[name] = count + 1
      return count == 0 ? name : "\(name)_\(count)"
    }
  }
}
