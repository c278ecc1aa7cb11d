import Tensors

/// A tensor of `.weights.h5` that is a weight of a known layer.
struct NumberedWeight {
  /// Where the container has it.
  let containerPath: String
  /// The paths that would suit, best first.
  let candidates: [PathCandidate]
  /// Whether an optimizer may have it, when its layer is not frozen.
  let trainable: Bool
  /// Whether the configuration says that its layer or a model round that is frozen.
  let isFrozen: Bool
  /// Whether Keras' own code names it. Others have the canonical path of their layer, and the
  /// container's below it.
  let isNamed: Bool
}

/// Finds a model's weights in `.weights.h5` by walking its objects as Keras does.
///
/// What is the same variable gets the same path as in legacy HDF5 files: both rules end in
/// ``WeightSpelling``.
struct NumberedWeights {
  /// In the order of the model's layers, and in each layer its own before those of its parts.
  private(set) var weights: [NumberedWeight] = []
  /// Second copies of weights.
  private(set) var copies: Set<String> = []
  /// The names of layers that are no parts of others, by where the container has them.
  private(set) var layerNames: [String: String] = [:]
  /// The canonical paths of the layers, by where the container has them.
  private var layerPaths: [String: [String]] = [:]
  private let dialect: Dialect

  /// Where the walk is.
  private struct Place {
    var containerPath = ""
    /// The layer and the models round it.
    var layerPath: [String] = []
    var layer: LayerNode?
    var scopes: [String] = []
    var trainable: Bool

    func inside(_ group: String) -> Place {
      var place = self
      place.containerPath += (containerPath.isEmpty ? "" : "/") + group
      return place
    }
  }

  init(of model: LayerNode, dialect: Dialect, in stored: StoredObject) {
    self.dialect = dialect
    let object = KerasObject(of: model, dialect: dialect)
    visit(object, stored, at: Place(trainable: model.trainable))
  }

  private mutating func visit(_ object: KerasObject, _ stored: StoredObject, at place: Place) {
    if !place.layerPath.isEmpty { addOwn(of: object, stored, at: place) }
    let places = LayerPlaces(of: object, dialect: dialect, in: stored)
    for (index, child) in object.children.enumerated() {
      guard let name = places.place(of: index), let inner = stored.object(at: name) else {
        continue
      }
      visit(child.content.object(dialect), inner, at: Self.place(of: child, at: place.inside(name)))
    }
  }

  private static func place(of child: KerasObject.Child, at here: Place) -> Place {
    var place = here
    place.trainable = here.trainable && child.trainable
    switch child.relation {
    case .layer(let layer):
      place.layerPath.append(layer.name ?? layer.className.lowercased())
      place.layer = layer
      place.scopes = []
    case .part(let scopes): place.scopes += scopes
    }
    return place
  }

  private mutating func addOwn(of object: KerasObject, _ stored: StoredObject, at place: Place) {
    layerPaths[place.containerPath] = place.layerPath + place.scopes
    if place.scopes.isEmpty { layerNames[place.containerPath] = place.layer?.name }
    guard let numbered = stored.numbered else { return }
    let naming = object.namings.first { $0.count == numbered.count }
    for (number, path) in numbered.enumerated() {
      guard let variable = naming?[number] else {
        weights.append(unnamed(path, number, at: place))
        continue
      }
      if variable.isCopy {
        copies.insert(path)
      } else {
        weights.append(named(path, variable, at: place))
      }
    }
  }

  private func named(_ path: String, _ variable: OwnVariable, at place: Place) -> NumberedWeight {
    let rest = place.scopes + [variable.name]
    let spelling = WeightSpelling(
      layer: place.layer, name: place.layer?.name ?? "", isKeras1: false)
    let spelled = spelling.canonical(rest)
    let plain = PathCandidate(
      path: (place.layerPath + rest).joined(separator: "/"), isPlain: true)
    let canonical = PathCandidate(
      path: (place.layerPath + spelled).joined(separator: "/"), isPlain: false)
    return NumberedWeight(
      containerPath: path, candidates: spelled == rest ? [plain] : [canonical, plain],
      trainable: variable.trainable, isFrozen: !place.trainable, isNamed: true)
  }

  private func unnamed(_ path: String, _ number: Int, at place: Place) -> NumberedWeight {
    let own = place.layerPath + place.scopes + ["vars", String(number)]
    return NumberedWeight(
      containerPath: path,
      candidates: [PathCandidate(path: own.joined(separator: "/"), isPlain: true)],
      trainable: true, isFrozen: !place.trainable, isNamed: false)
  }

  // MARK: What the walk did not reach

  /// The path of something else that belongs to a layer; `nil` outside of all of them.
  func layerPath(of containerPath: String) -> String? {
    let components = containerPath.split(separator: "/").map(String.init)
    for count in stride(from: components.count - 1, to: 0, by: -1) {
      let owner = components[..<count].joined(separator: "/")
      guard let path = layerPaths[owner] else { continue }
      return (path + components[count...]).joined(separator: "/")
    }
    return nil
  }
}

/// Where an object's children lie.
private struct LayerPlaces {
  private var places: [String?]

  /// A child's group is that of its name; in TensorFlow 2.12 and 2.13 it is only told by the order,
  /// as layers with weights were counted twice (`_layer_checkpoint_dependencies` in
  /// keras/engine/functional.py there).
  init(of object: KerasObject, dialect: Dialect, in stored: StoredObject) {
    places = object.children.map { child in
      child.places.first { stored.object(at: $0) != nil }
    }
    guard stored.objects["layers"] == nil,
      let listed = stored.objects["_layer_checkpoint_dependencies"]
    else { return }
    var queues = Self.queues(of: listed.objects)
    for (index, child) in object.children.enumerated() {
      guard case .layer(let layer) = child.relation,
        KerasObject.ownsVariables(layer, dialect: dialect)
      else { continue }
      let names = ClassCounters.firstNames(of: layer.className)
      guard let name = names.first(where: { queues[$0]?.isEmpty == false }) else { continue }
      places[index] = queues[name]?.removeFirst()
    }
  }

  func place(of index: Int) -> String? { places[index] }

  /// The groups of each class, in the order of their numbers.
  private static func queues(of groups: [String: StoredObject]) -> [String: [String]] {
    var numbers: [String: [(number: Int, group: String)]] = [:]
    for group in groups.keys {
      let counter = withoutCounter(group).map { String(group.dropFirst($0.count + 1)) }
      let name = counter == nil ? group : withoutCounter(group) ?? group
      numbers[name, default: []].append((counter.flatMap { Int($0) } ?? 0, group))
    }
    return numbers.mapValues { entries in
      entries.sorted { ($0.number, $0.group) < ($1.number, $1.group) }
        .map { "_layer_checkpoint_dependencies/" + $0.group }
    }
  }
}
