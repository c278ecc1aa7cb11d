import HDF5Format
import StrictJSON
public import Tensors

extension KerasHDF5 {
  /// A whole model in an HDF5 file, or its weights by the names of its layers.
  ///
  /// The order of the weights, which is what Keras reads by, is that of `_legacy_weights` in
  /// keras/src/legacy/saving/legacy_h5_format.py (keras-team/keras).
  ///
  /// - Parameters:
  ///   - model: in the dialect of `generation`, but for weights alone.
  ///   - generation: the Keras that shall read it.
  ///   - isWeightsOnly: whether there is nothing but weights: `save_weights("x.h5")` of Keras 2.
  ///   - optimizer: the optimizer's state for that Keras; `nil`: none.
  public static func blueprint(
    of model: ModelToWrite, for generation: KerasGeneration, isWeightsOnly: Bool = false,
    optimizer: OptimizerToWrite? = nil
  ) throws(ExportError) -> WrittenHDF5 {
    let tree = try ObjectTree(of: model, as: generation.dialect)
    var writer = LegacyWriter(tree: tree, generation: generation, isWeightsOnly: isWeightsOnly)
    try writer.addWeights()
    if let optimizer, !isWeightsOnly { try writer.add(optimizer) }
    return WrittenHDF5(blueprint: writer.blueprint, notes: tree.notes + writer.notes)
  }
}

/// Puts the parts of a legacy HDF5 file together.
private struct LegacyWriter {
  let tree: ObjectTree
  let generation: KerasGeneration
  let isWeightsOnly: Bool
  private(set) var blueprint = HDF5Blueprint()
  private(set) var notes: [ConversionNote] = []

  init(tree: ObjectTree, generation: KerasGeneration, isWeightsOnly: Bool) {
    self.tree = tree
    self.generation = generation
    self.isWeightsOnly = isWeightsOnly
  }

  private var producer: [HDF5Blueprint.Attribute] {
    [
      HDF5Blueprint.Attribute("backend", .string("tensorflow")),
      HDF5Blueprint.Attribute("keras_version", .string(generation.writtenVersion)),
    ]
  }

  mutating func addWeights() throws(ExportError) {
    guard tree.root.isKnown else {
      throw .unknownObject(
        layer: tree.root.layer?.name ?? "", className: tree.root.layer?.className ?? "",
        weight: tree.root.own.first.map { tree.variable($0).path } ?? "")
    }
    if generation == .keras3, !isWeightsOnly { try Self.checkAdapters(in: tree.root) }
    let layers = try listed()
    let names = try AttributeChunks.attributes("layer_names", layers.map(\.name))
    if isWeightsOnly {
      blueprint.groups.append(HDF5Blueprint.Group("", attributes: names + producer))
    } else {
      blueprint.groups.append(HDF5Blueprint.Group("", attributes: producer + configuration))
      blueprint.groups.append(
        HDF5Blueprint.Group("model_weights", attributes: names + producer))
    }
    for layer in layers.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      try add(layer.weights, under: layer.name)
    }
    try add(tree.root.own, under: LegacyLayout.modelsOwn)
  }

  private func listed() throws(ExportError) -> [(name: String, weights: [ObjectWeight])] {
    try tree.root.layers.map { layer throws(ExportError) in
      let foreign = try ForeignList(of: layer, in: tree)?.weights
      return (
        name: try Self.name(of: layer),
        weights: foreign ?? ListedWeights(of: layer, in: generation).all
      )
    }
  }

  private static func name(of layer: ObjectNode) throws(ExportError) -> String {
    guard let name = layer.layer?.name, !name.isEmpty else {
      throw .unnamedLayer(className: layer.layer?.className ?? "")
    }
    return name
  }

  /// Archives have the matrices of LoRA added to the kernel, and Keras makes new ones of the
  /// layer's setting; in this file it wants them beside it.
  private static func checkAdapters(in node: ObjectNode) throws(ExportError) {
    if let rank = node.layer?.config["lora_rank"], !rank.isNull {
      throw .missingWeight(layer: node.location, weight: "lora_kernel_a")
    }
    for child in node.children { try checkAdapters(in: child) }
  }

  private var configuration: [HDF5Blueprint.Attribute] {
    let model = tree.model
    let config = HDF5Blueprint.Attribute("model_config", .string(model.configuration.canonicalText))
    // A model without an optimizer was not compiled, whatever else is said; Keras wants one here.
    guard let training = model.training, training["optimizer_config"].map(\.isNull) == false else {
      return [config]
    }
    return [config, HDF5Blueprint.Attribute("training_config", .string(training.canonicalText))]
  }

  private mutating func add(
    _ weights: [ObjectWeight], under layer: String
  ) throws(ExportError) {
    let group = (isWeightsOnly ? "" : "model_weights/") + layer
    let maker = TensorMaker(variables: tree.model.variables)
    var names: [String] = []
    for weight in weights {
      let name = name(of: weight)
      let tensor = try maker.tensor(weight.ordinal, named: "\(group)/\(name)", widening: true)
      if case .widened = tensor.content { notes.append(.widened(tree.variable(weight).path)) }
      names.append(name)
      blueprint.datasets.append(HDF5Blueprint.Dataset(tensor))
    }
    blueprint.groups.append(
      HDF5Blueprint.Group(
        group, attributes: try AttributeChunks.attributes("weight_names", names)))
  }

  private func name(of weight: ObjectWeight) -> String {
    guard let names = tree.names[weight.ordinal] else { return weight.name }
    return generation == .keras2 ? names.keras2 + ":0" : names.keras3
  }

  mutating func add(_ optimizer: OptimizerToWrite) throws(ExportError) {
    let group = "optimizer_weights"
    let tensors: [TensorToWrite]
    do throws(OptimizerObstacle) {
      tensors = try optimizer.legacyTensors()
    } catch {
      throw .optimizer(error)
    }
    blueprint.groups.append(
      HDF5Blueprint.Group(
        group, attributes: try AttributeChunks.attributes("weight_names", tensors.map(\.name))))
    for var tensor in tensors {
      tensor.name = "\(group)/\(tensor.name)"
      blueprint.datasets.append(HDF5Blueprint.Dataset(tensor))
    }
  }
}
