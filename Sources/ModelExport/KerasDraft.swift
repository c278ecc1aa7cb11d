import HDF5Format
import KerasDialects
import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors

/// The drafts of exports that have the layers of a model.
struct KerasDraft {
  let request: ExportRequest
  let generation: KerasGeneration
  let model: RecordedModel

  init(_ request: ExportRequest, for generation: KerasGeneration, of model: RecordedModel) {
    self.request = request
    self.generation = generation
    self.model = model
  }

  /// - Parameter notes: gets what is translated, lost or impossible.
  /// - Returns: `nil` when something is impossible that leaves nothing to write.
  func content(_ notes: inout [ConversionNote]) throws -> ExportDraft.Content? {
    guard let architecture = model.architecture else {
      notes.append(.noArchitecture)
      return nil
    }
    guard request.format != .checkpoint || generation == .keras2 else {
      notes.append(.checkpointsAreOfKeras2)
      return nil
    }
    let source = try RecordedConfiguration(architecture, model.training)
    let part = try ModelPart(of: source, model.variables, under: request.prefix)
    let configuration = KerasConfiguration(
      model: part.configuration, training: withTraining(part) ? source.training : nil,
      dialect: architecture.dialect)
    guard request.format != .savedModel else {
      return try savedModel(configuration, part, &notes).map(ExportDraft.Content.savedModel)
    }
    let translation = try translation(of: configuration)
    notes += translation.notes.map(required)
    if hasConfiguration { notes += translation.differences(from: configuration) }
    var target = ModelToWrite(
      configuration: translation.configuration.model,
      dialect: translation.configuration.dialect, training: translation.configuration.training,
      variables: part.variables.map { $0.renamed(by: translation) }, source: model.format)
    let optimizer = try optimizer(for: &target, part, &notes)
    return try content(of: target, optimizer, &notes)
  }

  /// How a model was compiled says nothing of a part of it.
  private func withTraining(_ part: ModelPart) -> Bool { request.withOptimizer && part.isWhole }

  /// What is lost of the optimizer is too much for training that has to go on.
  func required(_ note: ConversionNote) -> ConversionNote {
    guard request.mustResume, note.kind == .lost,
      note.location.split(separator: "/").first == "optimizer"
    else { return note }
    return ConversionNote(.impossible, at: note.location, field: note.field, note.detail)
  }

  private var hasConfiguration: Bool { [.h5, .keras].contains(request.format) }

  /// Containers without an architecture name weights in the words that the version has; how it was
  /// compiled only tells of the optimizer's state.
  private func translation(of source: KerasConfiguration) throws(DialectError) -> Translation {
    guard hasConfiguration else {
      var translation = Translation(ofTraining: source, to: generation, in: .hdf5)
      translation.notes.removeAll()
      return translation
    }
    return try Translation(
      of: source, to: generation, in: request.format == .keras ? .archive : .hdf5)
  }

  // MARK: The optimizer

  private var container: OptimizerContainer {
    switch request.format {
    case .h5: .legacyHDF5
    case .checkpoint, .savedModel: .checkpoint
    case .keras, .weights, .safetensors, .npz: .weightsHDF5
    }
  }

  /// Why the format has no optimizer's state. Keras 3 builds an optimizer that it finds in HDF5 for
  /// no weight, and then trains none (`load_model_from_hdf5` of keras/src/legacy/saving/
  /// legacy_h5_format.py in https://github.com/keras-team/keras).
  private var containerObstacle: String? {
    switch (request.format, generation) {
    case (.weights, .keras2): "weights by layer names have no optimizer"
    case (.h5, .keras3): "Keras 3 restores none from h5; --as keras has it"
    default: nil
    }
  }

  /// The optimizer's state, and with it the learning rate that it has come to. State that cannot be
  /// said is left out, and told of: the model is the same without it.
  func optimizer(
    for target: inout ModelToWrite, _ part: ModelPart, _ notes: inout [ConversionNote]
  ) throws -> OptimizerToWrite? {
    guard withTraining(part) else {
      if !part.isWhole { note(nil, &notes) }
      return nil
    }
    if let reason = containerObstacle {
      note(part.hasState ? reason : nil, &notes)
      return nil
    }
    guard let compiled = target.compiledOptimizer else {
      note(part.hasState ? "how the model was compiled is not known" : nil, &notes)
      return nil
    }
    do {
      let record = try OptimizerRecord(of: target.variables, numbers: model.numbers)
      let state = try OptimizerToWrite.state(
        of: record, for: compiled, training: target.trainedWeights(in: generation),
        in: generation, container: container)
      guard let state else {
        note(nil, &notes)
        return nil
      }
      notes += state.notes
      notes += state.gaps.map(required)
      target.compiledOptimizer = state.configuration
      return state
    } catch let error as OptimizerObstacle {
      note(error.phrase, &notes)
      return nil
    }
  }

  /// Tells that state is left out, when there is some and why; and that training cannot go on, when
  /// it has to.
  private func note(_ reason: String?, _ notes: inout [ConversionNote]) {
    if request.mustResume {
      notes.append(.cannotResume(reason ?? "the version has no optimizer's state"))
    } else if let reason {
      notes.append(ConversionNote(.lost, at: "optimizer", "its state is left out: \(reason)"))
    }
  }

  // MARK: The files

  private func content(
    of target: ModelToWrite, _ optimizer: OptimizerToWrite?, _ notes: inout [ConversionNote]
  ) throws(ExportError) -> ExportDraft.Content {
    switch request.format {
    case .checkpoint:
      let written = try TrackedModel.checkpoint(of: target, optimizer: optimizer)
      notes += written.notes
      return .checkpoint(CheckpointToWrite(tensors: written.tensors, graph: written.graph))
    case .keras:
      let written = try KerasHDF5.weightsBlueprint(
        of: target, for: generation, optimizer: optimizer)
      notes += written.notes
      return .archive(texts(of: target), written.blueprint)
    case .weights where generation == .keras3:
      let written = try KerasHDF5.weightsBlueprint(
        of: target, for: generation, optimizer: optimizer)
      notes += written.notes
      return .hdf5(written.blueprint)
    case .h5, .weights, .safetensors, .npz, .savedModel:
      let written = try KerasHDF5.blueprint(
        of: target, for: generation, isWeightsOnly: request.format == .weights,
        optimizer: optimizer)
      notes += written.notes
      return .hdf5(written.blueprint)
    }
  }

  /// `metadata.json` and `config.json`. Archives say when they were saved: always on the day that
  /// their members are of.
  private func texts(of target: ModelToWrite) -> [(String, FileLayout)] {
    let metadata: JSONValue = [
      "keras_version": .string(generation.writtenVersion),
      "date_saved": "1980-01-01@00:00:00",
    ]
    return [("metadata.json", metadata), ("config.json", target.configuration)].map { name, json in
      var text = FileLayout()
      text.append(Array(json.canonicalText.utf8))
      return (name, text)
    }
  }
}

extension RecordedVariable {
  /// With the names that its layers have in the target.
  func renamed(by translation: Translation) -> RecordedVariable {
    guard !translation.renamedLayers.isEmpty else { return self }
    return RecordedVariable(
      path: translation.renamed(path), containerPath: containerPath, role: role,
      slot: slot.map {
        OptimizerSlot(name: $0.name, weightPath: translation.renamed($0.weightPath))
      }, dtype: dtype, shape: shape)
  }
}

extension ModelToWrite {
  /// The optimizer that the model is compiled with, also where the model's own text has it.
  fileprivate var compiledOptimizer: JSONValue? {
    get {
      let optimizer = training?["optimizer_config"] ?? training?["optimizer"]
      return optimizer?["class_name"] == nil ? nil : optimizer
    }
    set {
      guard let newValue, case .object(var members)? = training else { return }
      members[members["optimizer_config"] == nil ? "optimizer" : "optimizer_config"] = newValue
      training = .object(members)
      guard case .object(var object) = configuration, object["compile_config"] != nil else {
        return
      }
      object["compile_config"] = training
      configuration = .object(object)
    }
  }
}
