import KerasDialects
import KerasFormat
import KerasGraph
import StrictJSON
import TensorFlowFormat
import TensorFlowGraph
import Tensors

/// SavedModels: the graph is compiled in the words that the version has, and the objects beside it
/// are those of Keras 2, the only Keras that makes models of SavedModels.
extension KerasDraft {
  /// What TensorFlow a SavedModel says that it is of.
  private static let tensorFlowVersion = "2.21.0"

  /// - Parameter notes: gets what is translated or lost.
  /// - Returns: `nil` when something is impossible.
  func savedModel(
    _ configuration: KerasConfiguration, _ part: ModelPart, _ notes: inout [ConversionNote]
  ) throws -> SavedModelToWrite? {
    let translation = try Translation(of: configuration, to: .keras2, in: .hdf5)
    var source = configuration
    if configuration.dialect == .keras1 {
      notes += translation.notes.filter { $0.kind == .impossible }
      source = translation.configuration
    }
    let compiled = try compiled(source, part)
    var objects = try keras2Objects(
      translation, part, compiled, &notes)
    if objects == nil || !compiled.variables.allSatisfy({ objects?.variableNodes[$0] != nil }) {
      objects = try TrackedModel.savedModel(ofBare: part.variables)
    }
    guard let objects else { return nil }
    notes += objects.notes
    return SavedModelToWrite(
      library: compiled.library,
      served: SavedModelToWrite.ConcreteFunction(
        name: compiled.function, inputs: compiled.inputs.map(\.specification),
        outputs: compiled.outputs.map(\.specification),
        variables: compiled.variables.compactMap { objects.variableNodes[$0] }),
      signature: request.signature,
      checkpoint: CheckpointToWrite(tensors: objects.tensors, graph: objects.graph),
      objects: objects.objects, weights: objects.weights, trainable: objects.trainable,
      trainingNodes: objects.optimizerNodes.count,
      tensorFlowVersion: Self.tensorFlowVersion)
  }

  private func compiled(
    _ source: KerasConfiguration, _ part: ModelPart
  ) throws -> CompiledModel {
    let model = ModelToWrite(
      configuration: source.model, dialect: source.dialect, training: nil,
      variables: part.variables, source: model.format)
    let weights = try TrackedModel.weights(of: model, as: source.dialect)
    return try CompiledModel(
      of: source.model, dialect: source.dialect, weights: weights,
      variables: part.variables, batch: request.batch,
      separately: source.dialect == .keras3 ? [] : Self.unregistered)
  }

  /// The layers of `keras.applications` that tf_keras does not find by their names when it loads.
  /// Those of Keras 3 are said by others, of other inputs.
  private static let unregistered: Set = ["LayerScale", "CustomScaleLayer"]

  /// The objects from which Keras 2 makes the model again; `nil` when it has no words for it, and
  /// gets a program without layers.
  private func keras2Objects(
    _ translation: Translation, _ part: ModelPart, _ compiled: CompiledModel,
    _ notes: inout [ConversionNote]
  ) throws -> WrittenObjects? {
    if let obstacle = translation.notes.first(where: { $0.kind == .impossible }) {
      noteBareObjects(obstacle, &notes)
      return nil
    }
    var target = ModelToWrite(
      configuration: translation.configuration.model,
      dialect: translation.configuration.dialect, training: translation.configuration.training,
      variables: part.variables.map { $0.renamed(by: translation) }, source: model.format)
    do {
      let optimizer = try optimizer(for: &target, part, &notes)
      func renamed<Value>(_ values: [String: Value]) -> [String: Value] {
        Dictionary(values.map { (translation.renamed($0.key), $0.value) }) { first, _ in first }
      }
      let functions = renamed(compiled.layerFunctions)
      var objects = try TrackedModel.savedModel(
        of: target, optimizer: optimizer, inputShapes: renamed(compiled.inputShapes),
        called: Set(functions.keys))
      for (location, function) in functions {
        guard let node = objects.layerNodes[location] else { continue }
        objects.objects[node]?.call = SavedModelToWrite.ConcreteFunction(
          name: function.name, inputs: function.inputs.map(\.specification),
          outputs: function.outputs.map(\.specification),
          variables: function.variables.compactMap { objects.variableNodes[$0] })
      }
      notes += translation.notes.filter { $0.kind == .lost }.map(required)
      return objects
    } catch let error as ExportError {
      guard let obstacle = ConversionNote(obstacle: error) else { throw error }
      noteBareObjects(obstacle, &notes)
      return nil
    }
  }

  private func noteBareObjects(_ obstacle: ConversionNote, _ notes: inout [ConversionNote]) {
    let field = obstacle.field.map { ", \($0)" } ?? ""
    notes.append(
      ConversionNote(
        .lost, at: obstacle.location, field: obstacle.field,
        "tf_keras.models.load_model gives a program without layers, because of \(obstacle.location)"
          + "\(field): \(obstacle.detail)"))
    if request.mustResume { notes.append(.cannotResume("Keras 2 makes no model of it")) }
  }
}

extension CompiledModel.Specification {
  fileprivate var specification: SavedModelToWrite.TensorSpecification {
    SavedModelToWrite.TensorSpecification(name: name, kind: kind, shape: shape)
  }
}
