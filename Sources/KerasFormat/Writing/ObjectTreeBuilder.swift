import StrictJSON
import Tensors

/// Walks a model's objects and finds the version's weights of each.
struct ObjectTreeBuilder {
  /// The names of the weights that were found.
  private(set) var names = WeightNameTable()

  private let dialect: Dialect
  /// That of the configuration, by which layers in it are named.
  private let spelling: Dialect
  private let variables: [RecordedVariable]
  /// The weights' ordinals by their paths.
  private let ordinals: [String: Int]
  /// The weights that the version has optimizer state for.
  private let slotted: Set<String>
  private var claimed: Set<Int> = []
  private var unclaimed: [String: [Int]] = [:]

  /// How many objects are within each other, models not counted. A `Bidirectional` makes two of
  /// what it wraps, so that a few dozen around each other would make any number of objects.
  private static let wrappingLimit = 8
  private static let depthLimit = 64

  /// - Parameters:
  ///   - variables: the version's.
  ///   - dialect: that of the Keras whose objects are walked.
  ///   - spelling: that of the configuration.
  init(_ variables: [RecordedVariable], as dialect: Dialect, spelledIn spelling: Dialect) {
    self.variables = variables
    self.dialect = dialect
    self.spelling = spelling
    ordinals = Dictionary(
      variables.enumerated().filter { $0.element.role == .weight }.map { ($1.path, $0) },
      uniquingKeysWith: { first, _ in first })
    slotted = Set(variables.compactMap(\.slot?.weightPath))
  }

  /// The tree, with every weight at one object.
  mutating func tree(of model: LayerNode) throws(ExportError) -> ObjectNode {
    let objects = objects(of: model)
    var root = try node(
      objects, layer: model, relation: .layer(model), place: "", trainable: model.trainable,
      at: ObjectPlace(model))
    indexUnclaimed()
    addForeign(to: &root, at: ObjectPlace(model))
    root.own += modelsOwn()
    if let stray = ordinals.values.filter({ !claimed.contains($0) }).min() {
      throw .strayWeight(path: variables[stray].path)
    }
    return root
  }

  /// A layer as this Keras makes it, then as the other does: weights may have the other's names.
  private func objects(of layer: LayerNode) -> [KerasObject] {
    let other: Dialect = dialect == .keras3 ? .keras2 : .keras3
    return [dialect, other].map { KerasObject(of: layer, dialect: $0) }
  }

  private mutating func node(
    _ objects: [KerasObject], layer: LayerNode?, relation: KerasObject.Relation,
    place group: String, trainable: Bool, at place: ObjectPlace
  ) throws(ExportError) -> ObjectNode {
    var name = layer?.name ?? ""
    if case .part(let scopes) = relation, let scope = scopes.last { name = scope }
    var node = ObjectNode(
      layer: layer, name: name, location: place.location, place: group, trainable: trainable)
    let object = objects[0]
    node.isKnown = !object.namings.isEmpty
    let own = try own(of: objects, layer: layer, at: place)
    for (index, child) in object.children.enumerated() {
      let others = objects.dropFirst().map { $0.children[safe: index] ?? child }
      node.children.append(try self.child(child, others: others, of: node, at: place))
    }
    node.own = own.compactMap { $0 }
    if let copied = own.firstIndex(of: nil), let first = node.children.first?.own.first {
      let copy = ObjectWeight(
        ordinal: first.ordinal, name: first.name, trainable: first.trainable, isCopy: true)
      node.own.insert(copy, at: copied)
    }
    return node
  }

  private mutating func child(
    _ child: KerasObject.Child, others: [KerasObject.Child], of owner: ObjectNode,
    at place: ObjectPlace
  ) throws(ExportError) -> ObjectNode {
    let other: Dialect = dialect == .keras3 ? .keras2 : .keras3
    let inner =
      [child.content.object(dialect)] + others.map { $0.content.object(other) }
    var inside = place.inside(relations(of: child, others))
    if !owner.isModel { inside.wrapping += 1 }
    guard inside.wrapping <= Self.wrappingLimit else {
      throw .tooDeep(layer: place.location, limit: Self.wrappingLimit)
    }
    let layer: LayerNode? = if case .layer(let layer) = child.content { layer } else { nil }
    // Cells that a layer makes itself are frozen with it; projections are not told.
    let isCell = layer == nil && child.places == ["cell"]
    return try node(
      inner, layer: layer, relation: child.relation,
      place: group(of: child, in: owner),
      trainable: child.trainable && (owner.trainable || !isCell),
      at: inside)
  }

  /// What a child is in its owner: as the configuration's Keras names it, then as the other does.
  private func relations(
    of child: KerasObject.Child, _ others: [KerasObject.Child]
  ) -> [KerasObject.Relation] {
    let relations = [child.relation] + others.map(\.relation)
    return (spelling == .keras3) == (dialect == .keras3) ? relations : relations.reversed()
  }

  /// Where this Keras holds a child: of several places, those of newer writers are first.
  private func group(of child: KerasObject.Child, in owner: ObjectNode) -> String {
    let first = child.places.first ?? ""
    guard let hidden = child.places.last, hidden == "_" + first else { return first }
    // Only Keras 3's `MultiHeadAttention` shows its projections without the underscore.
    return dialect == .keras3 && owner.layer?.className == "MultiHeadAttention" ? first : hidden
  }

  // MARK: Keras' own classes

  /// The weights in the order of the object; `nil` for a copy of a child's. None when the version
  /// has no weights at all: the model was never built.
  private mutating func own(
    of objects: [KerasObject], layer: LayerNode?, at place: ObjectPlace
  ) throws(ExportError) -> [ObjectWeight?] {
    let namings = objects[0].namings
    guard !namings.isEmpty, !ordinals.isEmpty, !Self.hasGivenStatistics(layer) else { return [] }
    var missing: String?
    for index in namings.indices.sorted(by: { namings[$0].count > namings[$1].count }) {
      let others = objects.dropFirst().map { $0.namings[safe: index] ?? [] }
      let found = weights(named: namings[index], others: others, at: place)
      if let absent = zip(namings[index], found).first(where: { $0.1 == nil && !$0.0.isCopy }) {
        missing = missing ?? absent.0.name
        continue
      }
      for weight in found.compactMap({ $0 }) {
        claimed.insert(weight.ordinal)
        names.add(weight, at: place, path: variables[weight.ordinal].path)
      }
      return found
    }
    throw .missingWeight(layer: place.location, weight: missing ?? "")
  }

  private func weights(
    named naming: [OwnVariable], others: [[OwnVariable]], at place: ObjectPlace
  ) -> [ObjectWeight?] {
    naming.enumerated().map { number, variable in
      guard !variable.isCopy else { return nil }
      let spellings = [variable.name] + others.compactMap { $0[safe: number]?.name }
      let ordinal = place.paths(of: spellings).lazy.compactMap { ordinals[$0] }
        .first { !claimed.contains($0) }
      return ordinal.map {
        ObjectWeight(ordinal: $0, name: variable.name, trainable: variable.trainable)
      }
    }
  }

  /// A `Normalization` that was given its statistics has no variables.
  private static func hasGivenStatistics(_ layer: LayerNode?) -> Bool {
    guard let layer, layer.className == "Normalization" else { return false }
    return layer.config["mean"].map { !$0.isNull } ?? false
  }

  // MARK: Other classes

  /// Gives objects of classes that Keras does not ship what the version has below their paths.
  private mutating func addForeign(to node: inout ObjectNode, at place: ObjectPlace) {
    if !node.isKnown { node.own = foreign(at: place, className: node.layer?.className) }
    guard let layer = node.layer else { return }
    let objects = objects(of: layer)
    for index in node.children.indices {
      let children = objects.compactMap { $0.children[safe: index] }
      guard let child = children.first else { continue }
      let inside = place.inside(relations(of: child, Array(children.dropFirst())))
      addForeign(to: &node.children[index], at: inside)
    }
  }

  private mutating func foreign(at place: ObjectPlace, className: String?) -> [ObjectWeight] {
    var weights: [ObjectWeight] = []
    for prefix in place.prefixes {
      for ordinal in unclaimed[prefix] ?? [] where claimed.insert(ordinal).inserted {
        let path = variables[ordinal].path
        let name = prefix.isEmpty ? path : String(path.dropFirst(prefix.count + 1))
        let weight = ObjectWeight(
          ordinal: ordinal, name: name,
          trainable: slotted.isEmpty
            ? WeightSpelling.isTrainable(lastComponent(of: name), in: className)
            : slotted.contains(path))
        names.add(weight, at: place, path: path)
        weights.append(weight)
      }
    }
    return weights
  }

  private func lastComponent(of name: String) -> String {
    name.split(separator: "/").last.map(String.init) ?? name
  }

  /// The weights that no object of Keras' own classes has, by all that their paths begin with, as
  /// far down as models are nested.
  private mutating func indexUnclaimed() {
    for (ordinal, variable) in variables.enumerated()
    where variable.role == .weight && !claimed.contains(ordinal)
      && !Self.isModelsOwn(variable.path)
    {
      unclaimed["", default: []].append(ordinal)
      var prefix = ""
      for component in variable.path.split(separator: "/").dropLast().prefix(Self.depthLimit) {
        prefix += (prefix.isEmpty ? "" : "/") + component
        unclaimed[prefix, default: []].append(ordinal)
      }
    }
  }

  // MARK: The model itself

  private static func isModelsOwn(_ path: String) -> Bool {
    path.hasPrefix(LegacyLayout.modelsOwn + "/")
  }

  private mutating func modelsOwn() -> [ObjectWeight] {
    var weights: [ObjectWeight] = []
    for (ordinal, variable) in variables.enumerated()
    where variable.role == .weight && Self.isModelsOwn(variable.path) {
      let name = String(variable.path.dropFirst(LegacyLayout.modelsOwn.count + 1))
      let weight = ObjectWeight(ordinal: ordinal, name: name, trainable: true)
      claimed.insert(ordinal)
      names.add(weight, at: ObjectPlace(), path: variable.path)
      weights.append(weight)
    }
    return weights
  }
}

extension Collection {
  /// The element at a place, when there is one.
  subscript(safe index: Index) -> Element? { indices.contains(index) ? self[index] : nil }
}
