import StrictJSON
public import Tensors

/// Containers that hold tensors by name and nothing else: safetensors, and NumPy's archives.
public enum KnownNames {
  /// Takes a parent's paths, roles, slots and architecture for the tensors of a source that has
  /// only names, when these turn out to be the parent's weights, none more or less.
  ///
  /// A weight goes by its canonical path, or by the variable's name in any Keras, with `.` or `/`
  /// between the parts, a position before it (`007|`) or not. Arrays that are
  /// only numbered are those weights that alone have their type and shape; and when the parent's
  /// container lists weights in the model's order, all of them in that order, when types and shapes
  /// agree.
  ///
  /// Otherwise the names stay, and a finding says what does not fit first. Without a parent nothing
  /// changes.
  public static func named(_ snapshot: ModelSnapshot, parent: KnownModel?) -> ModelSnapshot {
    guard let parent else { return snapshot }
    var snapshot = snapshot
    let matching = NameMatching(snapshot.variables, parent: parent)
    if let obstacle = matching.obstacle {
      snapshot.findings.append(.bareWeights(obstacle))
      return snapshot
    }
    snapshot.variables = matching.variables
    snapshot.architecture = parent.inheritedArchitecture
    return snapshot
  }
}

/// Pairs tensors with a parent's variables.
private struct NameMatching {
  /// The tensors as the parent's variables.
  private(set) var variables: [Variable]
  /// What does not fit first.
  let obstacle: String?

  init(_ variables: [Variable], parent: KnownModel) {
    let names = variables.map { Self.plainName($0.containerPath) }
    var matched = Self.byName(names, variables, parent)
    // A name that says something, and no weight of the parent's, is another model's.
    if names.indices.allSatisfy({ matched[$0] != nil || Self.isOnlyNumbered(names[$0]) }) {
      Self.addLoneShapes(&matched, variables, parent)
    }
    let named = Self.renamed(variables, matched, parent)
    let obstacle = Self.obstacle(named, parent)
    if obstacle != nil, let listed = Self.byOrder(variables, parent) {
      self.variables = Self.renamed(variables, listed, parent)
      self.obstacle = Self.obstacle(self.variables, parent)
    } else {
      self.variables = named
      self.obstacle = obstacle
    }
  }

  /// A name as Keras spells it: `mlp/hidden/kernel` for `000|mlp.hidden.kernel`.
  private static func plainName(_ name: String) -> String {
    var name = name[...]
    if let bar = name.firstIndex(of: "|"), name[..<bar].allSatisfy(\.isASCIIDigit) {
      name = name[name.index(after: bar)...]
    }
    let bare = bareWeightName(String(name))
    return WeightNaming.plausible(
      bare.contains("/") ? bare : bare.split(separator: ".").joined(separator: "/"))
  }

  /// The parent's variable for each tensor, by the tensor's place.
  private static func byName(
    _ names: [String], _ variables: [Variable], _ parent: KnownModel
  ) -> [Int: KnownVariable] {
    let known = Dictionary(parent.variables.map { ($0.path, $0) }) { first, _ in first }
    // Keras 3 lets names of layers have dots, which are then like those between the parts.
    let dotted = Dictionary(grouping: parent.variables) {
      $0.path.split(separator: "/").joined(separator: ".")
    }
    var matched: [Int: KnownVariable] = [:]
    for (place, name) in names.enumerated() {
      let alike = dotted[name.split(separator: "/").joined(separator: ".")] ?? []
      matched[place] =
        known[variables[place].containerPath] ?? known[name]
        ?? (alike.count == 1 ? alike[0] : nil)
    }
    guard let naming = WeightNaming(parent.architecture) else { return matched }
    let rest = names.indices.filter { matched[$0] == nil && !names[$0].isEmpty }
    let paths = naming.paths(of: rest.map { WeightNaming.Name(full: names[$0]) })
    for (place, path) in zip(rest, paths) {
      matched[place] = path.candidates.lazy.compactMap { known[$0.path] }.first
    }
    return matched
  }

  /// Of the weights that no name led to, those that alone have their type and shape.
  private static func addLoneShapes(
    _ matched: inout [Int: KnownVariable], _ variables: [Variable], _ parent: KnownModel
  ) {
    struct Kind: Hashable {
      let dtype: DType
      let shape: Shape
    }
    let found = Set(matched.values.map(\.path))
    let missing = Dictionary(
      grouping: parent.variables.filter { $0.role == .weight && !found.contains($0.path) }
    ) { Kind(dtype: $0.dtype, shape: $0.shape) }
    let loose = Dictionary(grouping: variables.indices.filter { matched[$0] == nil }) {
      Kind(dtype: variables[$0].dtype, shape: variables[$0].shape)
    }
    for (kind, places) in loose {
      guard places.count == 1, let weights = missing[kind], weights.count == 1 else { continue }
      matched[places[0]] = weights[0]
    }
  }

  /// `numpy.savez(file, *model.get_weights())` names the arrays `arr_0`, `arr_1` and so on.
  private static func byOrder(
    _ variables: [Variable], _ parent: KnownModel
  ) -> [Int: KnownVariable]? {
    guard parent.listsWeightsInModelOrder else { return nil }
    let weights = parent.variables.filter { $0.role == .weight }
    let places = variables.indices.compactMap { place -> (number: Int, place: Int)? in
      guard let number = Self.number(in: variables[place].containerPath) else { return nil }
      return (number, place)
    }
    guard places.count == variables.count, places.count == weights.count else { return nil }
    let pairs = zip(places.sorted { $0.number < $1.number }.map(\.place), weights)
    return Dictionary(pairs) { first, _ in first }
  }

  /// 7 of `arr_7` and of `7`.
  private static func number(in name: String) -> Int? {
    let digits = name.hasPrefix("arr_") ? name.dropFirst(4) : name[...]
    return digits.allSatisfy(\.isASCIIDigit) ? Int(digits) : nil
  }

  private static func isOnlyNumbered(_ name: String) -> Bool {
    name.isEmpty || number(in: name) != nil
  }

  /// What several tensors would be, none is.
  private static func renamed(
    _ variables: [Variable], _ matched: [Int: KnownVariable], _ parent: KnownModel
  ) -> [Variable] {
    var counts: [String: Int] = [:]
    for known in matched.values { counts[known.path, default: 0] += 1 }
    return variables.enumerated().map { place, variable in
      guard let known = matched[place], counts[known.path] == 1 else { return variable }
      return Variable(
        path: known.path, containerPath: variable.containerPath, role: known.role,
        slot: known.slot, dtype: variable.dtype, shape: variable.shape, bytes: variable.bytes)
    }
  }

  private static func obstacle(_ variables: [Variable], _ parent: KnownModel) -> String? {
    var paths: Set<String> = []
    if let twice = variables.first(where: { !paths.insert($0.path).inserted }) {
      return "more than one tensor would be \(twice.path)"
    }
    let weights = variables.filter { $0.role == .weight }.map {
      WeightIdentity(path: $0.path, dtype: $0.dtype, shape: $0.shape)
    }
    return ParentFit(weights, to: parent).obstacle
  }
}

extension KnownModel {
  /// Whether its weights are in the order of `model.get_weights()`. Checkpoints and SavedModels
  /// list them by name, and legacy HDF5 files have what a nested model trains before all else of
  /// it.
  fileprivate var listsWeightsInModelOrder: Bool {
    switch format {
    case .kerasArchive, .kerasWeights, .kerasShardedWeights: return true
    case .kerasHDF5, .kerasHDF5Weights:
      // What the parent has was read once already: it is no news that it cannot be.
      let model = (try? JSONValue(parsing: architecture.config)).flatMap(LayerNode.init)
      return model?.layers.contains(where: \.holdsLayers) == false
    default: return false
    }
  }
}
