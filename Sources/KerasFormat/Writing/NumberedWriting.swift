import HDF5Format
public import Tensors

/// The state of an optimizer in `.weights.h5`.
public struct NumberedOptimizerState: Hashable, Sendable {
  /// The optimizer's name in Keras 3: `adam`.
  public var name: String
  /// Its variables in the order of their numbers; the tensors' own names count for nothing.
  public var variables: [TensorToWrite]

  public init(name: String, variables: [TensorToWrite]) {
    self.name = name
    self.variables = variables
  }
}

extension KerasHDF5 {
  /// The weights by the objects that have them: `.weights.h5`, also in an archive.
  ///
  /// The layout is that of `_save_state` in keras/src/saving/saving_lib.py (keras-team/keras), and
  /// of the file of that name in tf_keras, which has no names and wants the loss' mean of a
  /// compiled model.
  ///
  /// - Parameters:
  ///   - model: in any dialect.
  ///   - generation: the Keras that shall read it.
  ///   - optimizer: the optimizer's state for that Keras; `nil`: none.
  public static func weightsBlueprint(
    of model: ModelToWrite, for generation: KerasGeneration,
    optimizer: OptimizerToWrite? = nil
  ) throws(ExportError) -> WrittenHDF5 {
    let tree = try ObjectTree(of: model, as: generation.dialect)
    var writer = NumberedWriter(tree: tree, generation: generation)
    try writer.add(tree.root, at: "")
    if generation == .keras2, model.training != nil { try writer.addLossMean() }
    if let optimizer { try writer.add(optimizer) }
    return WrittenHDF5(blueprint: writer.blueprint, notes: tree.notes + writer.notes)
  }
}

/// Puts the parts of a `.weights.h5` together.
private struct NumberedWriter {
  let tree: ObjectTree
  let generation: KerasGeneration
  private(set) var blueprint = HDF5Blueprint()
  private(set) var notes: [ConversionNote] = []

  init(tree: ObjectTree, generation: KerasGeneration) {
    self.tree = tree
    self.generation = generation
  }

  mutating func add(_ node: ObjectNode, at path: String) throws(ExportError) {
    let group = Self.joined(path, "vars")
    addGroup(group, of: node.name)
    if node.isKnown {
      for (number, weight) in node.own.enumerated() { try add(weight, at: "\(group)/\(number)") }
    } else {
      for (weight, place) in zip(node.own, try ForeignPlaces(of: node, at: path, in: tree).places) {
        try add(weight, at: place)
      }
    }
    for child in node.isModel ? node.layers : node.children {
      try add(child, at: Self.joined(path, child.place))
    }
  }

  private static func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : path + "/" + name
  }

  private mutating func addGroup(_ path: String, of name: String) {
    let names = generation == .keras3 ? [HDF5Blueprint.Attribute("name", .string(name))] : []
    blueprint.groups.append(HDF5Blueprint.Group(path, attributes: names))
  }

  private mutating func add(_ weight: ObjectWeight, at path: String) throws(ExportError) {
    let tensor = try TensorMaker(variables: tree.model.variables)
      .tensor(weight.ordinal, named: path, widening: generation == .keras2)
    if case .widened = tensor.content { notes.append(.widened(tree.variable(weight).path)) }
    // HDF5 has no such type: Keras tells it by this.
    let type =
      tensor.dtype == .bfloat16 ? [HDF5Blueprint.Attribute("dtype", .string("bfloat16"))] : []
    blueprint.datasets.append(HDF5Blueprint.Dataset(tensor, attributes: type))
  }

  /// The mean that a compiled model of Keras 2 has from the start, at nothing counted.
  mutating func addLossMean() throws(ExportError) {
    let group = "metrics/mean/vars"
    blueprint.groups.append(HDF5Blueprint.Group(group))
    for number in 0..<2 {
      let path = "\(group)/\(number)"
      let zero = TensorToWrite(
        name: path, dtype: .float32, shape: .scalar, content: .literal([0, 0, 0, 0]))
      guard let zero else { throw .tooLarge(path: path) }
      blueprint.datasets.append(HDF5Blueprint.Dataset(zero))
    }
  }

  mutating func add(_ optimizer: OptimizerToWrite) throws(ExportError) {
    let groups: [OptimizerGroup]
    do throws(OptimizerObstacle) {
      groups = try optimizer.groups()
    } catch {
      throw .optimizer(error)
    }
    for group in groups {
      let path = group.path + "/vars"
      addGroup(path, of: group.state.name)
      for (number, variable) in group.state.variables.enumerated() {
        var tensor = variable
        tensor.name = "\(path)/\(number)"
        blueprint.datasets.append(HDF5Blueprint.Dataset(tensor))
      }
    }
  }
}

/// Where the weights of a layer of a class that Keras does not ship lie in `.weights.h5`.
private struct ForeignPlaces {
  /// In the order of the node's weights.
  let places: [String]

  private static let listed: Set<ModelFormat> = [.kerasHDF5, .kerasHDF5Weights]

  /// As the version's own container numbers them; what a legacy file lists of one object is in the
  /// order of its numbers.
  init(of node: ObjectNode, at path: String, in tree: ObjectTree) throws(ExportError) {
    let depth = path.split(separator: "/").count
    let source = tree.model.source
    let isFlat = node.own.allSatisfy { !$0.name.contains("/") }
    let isInOrder = Self.listed.contains(source) || node.own.count == 1
    var places: [String] = []
    for (number, weight) in node.own.enumerated() {
      let variable = tree.variable(weight)
      let rest = variable.containerPath.split(separator: "/").dropFirst(depth).map(String.init)
      if source.numbersVariables, rest.dropLast().last == "vars" {
        places.append(((path.isEmpty ? [] : [path]) + rest).joined(separator: "/"))
      } else if isFlat, isInOrder {
        places.append("\(path)/vars/\(number)")
      } else {
        throw .unknownObject(
          layer: node.location, className: node.layer?.className ?? "", weight: variable.path)
      }
    }
    self.places = places
  }
}
