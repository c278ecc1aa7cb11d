import Tensors

/// Where a walk through a model's objects is, as the paths of weights tell it.
struct ObjectPlace {
  /// The names of the layer and the models round it.
  private(set) var layerPath: [String] = []
  private(set) var layer: LayerNode?
  /// The scopes below the layer: as this Keras names them, then as others do.
  private(set) var scopes: [[String]] = [[]]
  /// The `Sequential` models directly round the layer, whose names Keras 3 puts before.
  private var sequentials: [String] = []
  private var isRoot = true
  /// The objects round this one that are no models.
  var wrapping = 0
  private static let scopesLimit = 16

  init() {}

  /// Where the walk begins.
  init(_ model: LayerNode) {
    if model.className == "Sequential" { sequentials = [model.name ?? "sequential"] }
  }

  var location: String { (layerPath + (scopes.first ?? [])).joined(separator: "/") }

  /// The place of a child, as its owner in each Keras relates to it.
  func inside(_ relations: [KerasObject.Relation]) -> ObjectPlace {
    var place = self
    place.isRoot = false
    guard let first = relations.first else { return place }
    switch first {
    case .layer(let child):
      let name = child.name ?? child.className.lowercased()
      place.layerPath.append(name)
      place.layer = child
      place.scopes = [[]]
      if child.layers.isEmpty { break }
      place.sequentials = child.className == "Sequential" ? sequentials + [name] : []
    case .part:
      let parts = relations.map { relation -> [String] in
        if case .part(let scopes) = relation { scopes } else { [] }
      }
      var all: [[String]] = []
      for scope in scopes {
        for part in parts where !all.contains(scope + part) { all.append(scope + part) }
      }
      // Wrappers within wrappers: what is real has two or four.
      place.scopes = Array(all.prefix(Self.scopesLimit))
    }
    return place
  }

  /// The paths that a weight may have, likeliest first: models without a name may be left out.
  func paths(of names: [String]) -> [String] {
    var paths: [String] = []
    for start in 0...layerPath.count {
      let layers = Array(layerPath.dropFirst(start))
      guard !layers.isEmpty else { break }
      for scope in scopes {
        for name in names {
          let rest = scope + [name]
          for spelled in [canonical(rest), rest] {
            paths.append((layers + spelled).joined(separator: "/"))
          }
        }
      }
    }
    return paths
  }

  /// What the paths of weights in it may begin with, likeliest first; nothing for the whole model.
  var prefixes: [String] {
    if isRoot { return [""] }
    return layerPath.indices.flatMap { start in
      scopes.map { (layerPath.dropFirst(start) + $0).joined(separator: "/") }
    }
  }

  /// The names that a weight may have in the two Keras, best first.
  func names(of name: String) -> (keras2: [PathCandidate], keras3: [PathCandidate]) {
    let rest = (scopes.first ?? []) + name.split(separator: "/").map(String.init)
    let spelled = canonical(rest)
    func candidate(_ path: [String]) -> PathCandidate {
      PathCandidate(
        path: path.joined(separator: "/"), isPlain: path.suffix(rest.count) == rest[...])
    }
    let leaf = Array(layerPath.suffix(1))
    // Names in Keras 3 begin anew in a functional model.
    let outer = layer?.layers.isEmpty == false ? sequentials.dropLast() : sequentials[...]
    // Keras 3 names the layer inside this one, too.
    let wrapped =
      layer?.className == "TimeDistributed"
      ? [layer?.wrapped.first?.name].compactMap { $0 } : []
    let inner: [String] = outer + leaf + wrapped
    return (
      [leaf + spelled, leaf + rest, layerPath + spelled, layerPath + rest].map(candidate),
      [inner + rest, layerPath + rest].map(candidate)
    )
  }

  private func canonical(_ rest: [String]) -> [String] {
    WeightSpelling(layer: layer, name: layer?.name ?? "", isKeras1: false).canonical(rest)
  }
}

/// The names of weights, which are unique within a model: where layers of several nested models
/// share a name, the models' are put before.
struct WeightNameTable {
  private var ordinals: [Int] = []
  private var keras2: [PathLadder] = []
  private var keras3: [PathLadder] = []

  /// - Parameter path: the weight's canonical path, which no other has.
  mutating func add(_ weight: ObjectWeight, at place: ObjectPlace, path: String) {
    let names = place.names(of: weight.name)
    ordinals.append(weight.ordinal)
    keras2.append(Self.ladder(names.keras2, path))
    keras3.append(Self.ladder(names.keras3, path))
  }

  /// What is behind the weight's own path in a list is never asked for: nobody else has that path.
  private static func ladder(_ candidates: [PathCandidate], _ path: String) -> PathLadder {
    PathLadder(candidates: Array(candidates.prefix { $0.path != path }), containerPath: path)
  }

  /// By the weights' ordinals.
  func unique() -> [Int: WeightNames] {
    let paths = Set(keras2.map(\.containerPath))
    let names = zip(
      uniquePaths(for: keras2, reserving: paths), uniquePaths(for: keras3, reserving: paths)
    ).map { WeightNames(keras2: $0, keras3: $1) }
    return Dictionary(zip(ordinals, names), uniquingKeysWith: { first, _ in first })
  }
}
