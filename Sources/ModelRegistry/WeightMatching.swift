import Catalog
import Tensors

/// Which weights of a version are those of a graph, where paths alone do not say so: Keras 3's
/// exports name weights by their variables, and its other files number those of classes that it
/// does not ship.
struct WeightMatching {
  /// Places in the version's list, by those in the graph's.
  private(set) var places: [Int: Int] = [:]

  private let graph: [VariableSlot]
  private let own: [VariableSlot]
  /// What stands before the layers' names in the graph.
  private let model: String
  /// The weights that nothing is known of yet.
  private var openGraph: [Int]
  private var openOwn: [Int]

  /// - Parameter copies: variables of the graph that are copies of others.
  init(_ graph: [VariableSlot], _ own: [VariableSlot], copies: Set<Int>) {
    self.graph = graph
    self.own = own
    openGraph = graph.indices.filter { graph[$0].role == .weight && !copies.contains($0) }
    openOwn = own.indices.filter { own[$0].role == .weight }
    model = Self.modelName(openGraph.map { graph[$0].path }, openOwn.map { own[$0].path })
    matchPaths()
    matchLayers()
    matchParts()
    matchShapes()
  }

  private mutating func match(_ pairs: [Int: Int]) {
    places.merge(pairs) { first, _ in first }
    let taken = Set(pairs.values)
    openGraph.removeAll { pairs[$0] != nil }
    openOwn.removeAll { taken.contains($0) }
  }

  // MARK: Paths

  /// What all paths of the graph begin with, and none of the version: the variables of a Keras 3
  /// `Sequential` have its name in theirs.
  private static func modelName(_ graph: [String], _ own: [String]) -> String {
    guard let first = graph.first, let slash = first.firstIndex(of: "/") else { return "" }
    let name = first[...slash]
    let isModel =
      graph.allSatisfy { $0.hasPrefix(name) } && !own.contains { $0.hasPrefix(name) }
    return isModel ? String(name) : ""
  }

  private func path(_ place: Int) -> Substring { graph[place].path.dropFirst(model.count) }

  private mutating func matchPaths() {
    let known = Dictionary(openOwn.map { (own[$0].path, $0) }) { first, _ in first }
    match(
      Dictionary(
        openGraph.compactMap { place in known[String(path(place))].map { (place, $0) } }
      ) { first, _ in first })
  }

  // MARK: Numbers

  /// A weight that has a number in the place of its name.
  private struct Numbered {
    let place: Int
    let number: Int
    /// The path of the layer.
    let layer: String
  }

  private var numbered: [Numbered] {
    openOwn.compactMap { place in
      let parts = own[place].path.split(separator: "/")
      guard parts.count > 2, parts[parts.count - 2] == "vars",
        let number = Int(parts[parts.count - 1])
      else { return nil }
      return Numbered(
        place: place, number: number, layer: parts.dropLast(2).joined(separator: "/"))
    }
  }

  /// Weights of the graph that are numbered as the list of all is, whose keys are like
  /// `variables/12/.ATTRIBUTES/VARIABLE_VALUE`.
  private var listed: [Numbered] {
    openGraph.compactMap { place in
      let parts = graph[place].containerPath.split(separator: "/")
      guard parts.count > 1, parts[0] == "variables", let number = Int(parts[1]),
        let slash = path(place).lastIndex(of: "/")
      else { return nil }
      return Numbered(place: place, number: number, layer: String(path(place)[..<slash]))
    }
  }

  /// A layer's numbered weights are its trainable ones and then the others (`save_own_variables` of
  /// keras/src/layers/layer.py), and in that order an export lists all (`variables` there).
  /// https://github.com/keras-team/keras
  private mutating func matchLayers() {
    let listed = Dictionary(grouping: listed, by: \.layer)
    for (layer, weights) in Dictionary(grouping: numbered, by: \.layer) {
      guard let places = listed[layer] else { continue }
      match(inOrder: places, weights)
    }
  }

  /// The parts of a layer have the names of attributes in one and their own in the other: those
  /// that alone have weights of such types and shapes in the layer are the same.
  private mutating func matchParts() {
    let listed = parts(of: listed, graph)
    for (identities, parts) in parts(of: numbered, own) {
      guard parts.count == 1, let places = listed[identities], places.count == 1 else { continue }
      match(inOrder: places[0], parts[0])
    }
  }

  /// Parts of layers by what their weights are, one behind the other.
  private func parts(
    of weights: [Numbered], _ slots: [VariableSlot]
  ) -> [[Identity]: [[Numbered]]] {
    let parts = Dictionary(grouping: weights, by: \.layer).values.map { part in
      part.sorted { $0.number < $1.number }
    }
    return Dictionary(grouping: parts) { part in
      part.map { Identity($0.layer, slots[$0.place]) }
    }
  }

  private mutating func match(inOrder places: [Numbered], _ weights: [Numbered]) {
    guard places.count == weights.count else { return }
    let pairs = zip(
      places.sorted { $0.number < $1.number }, weights.sorted { $0.number < $1.number })
    guard pairs.allSatisfy({ own[$1.place].fits(graph[$0.place]) }) else { return }
    match(Dictionary(pairs.map { ($0.place, $1.place) }) { first, _ in first })
  }

  // MARK: Shapes

  /// What a weight is in its layer.
  private struct Identity: Hashable {
    let layer: Substring
    let dtype: DType
    let shape: Shape

    init(_ path: some StringProtocol, _ slot: VariableSlot) {
      layer = Substring(path).prefix { $0 != "/" }
      dtype = slot.dtype
      shape = slot.shape
    }
  }

  /// Of the numbered ones that are left, those that alone have their type and shape in their layer.
  private mutating func matchShapes() {
    let named = Dictionary(grouping: openGraph) { Identity(path($0), graph[$0]) }
    let left = Dictionary(grouping: numbered) { Identity($0.layer, own[$0.place]) }
    var pairs: [Int: Int] = [:]
    for (identity, places) in named where places.count == 1 {
      if let found = left[identity], found.count == 1 { pairs[places[0]] = found[0].place }
    }
    match(pairs)
  }
}

extension VariableSlot {
  /// Whether it can take the place of another variable.
  func fits(_ other: VariableSlot) -> Bool { role == other.role && holdsLike(other) }

  /// Whether its bytes could be those of another variable.
  func holdsLike(_ other: VariableSlot) -> Bool { dtype == other.dtype && shape == other.shape }
}
