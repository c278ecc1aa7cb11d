import HDF5Format
import KerasDialects
import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors

/// What an export is going to write, before a byte is laid out.
struct ExportDraft {
  /// The files, as far as their format's own writer takes them.
  enum Content {
    case hdf5(HDF5Blueprint)
    /// The texts of a `.keras` archive by their names, and its weights.
    case archive([(String, FileLayout)], HDF5Blueprint)
    case checkpoint(CheckpointToWrite)
    case savedModel(SavedModelToWrite)
    case safetensors([TensorToWrite])
    case npz([TensorToWrite])
  }

  /// `nil` for formats that no Keras reads.
  let generation: KerasGeneration?
  private(set) var notes: [ConversionNote] = []
  /// `nil` when something is impossible.
  private(set) var content: Content?

  var obstacles: [ConversionNote] { notes.filter { $0.kind == .impossible } }

  init(_ request: ExportRequest, of model: RecordedModel) throws {
    generation = Self.generation(of: request, model)
    do {
      content = try draft(request, model)
    } catch {
      guard let note = ConversionNote(obstacle: error) else { throw error }
      notes.append(note)
    }
  }

  private static func generation(
    of request: ExportRequest, _ model: RecordedModel
  ) -> KerasGeneration? {
    switch request.format {
    case .safetensors, .npz, .savedModel: nil
    case .checkpoint: request.generation ?? .keras2
    case .keras, .weights: request.generation ?? .keras3
    case .h5:
      request.generation ?? (model.architecture?.dialect == .keras3 ? .keras3 : .keras2)
    }
  }

  private mutating func draft(_ request: ExportRequest, _ model: RecordedModel) throws -> Content? {
    guard model.format != .opaque else {
      notes.append(.notRead)
      return nil
    }
    switch request.format {
    case .safetensors:
      noteBareness(request, model)
      return .safetensors(try FlatTensors(of: model.variables, separator: ".").tensors)
    case .npz:
      noteBareness(request, model)
      return .npz(try FlatTensors(of: model.variables, separator: "/").tensors)
    case .checkpoint where model.architecture == nil:
      return .checkpoint(try bareCheckpoint(request, model))
    case .savedModel:
      return try KerasDraft(request, for: .keras2, of: model).content(&notes)
    case .h5, .keras, .weights, .checkpoint:
      guard let generation else { return nil }
      return try KerasDraft(request, for: generation, of: model).content(&notes)
    }
  }

  /// Containers that only name tensors say nothing of the layers and the optimizer.
  private mutating func noteBareness(_ request: ExportRequest, _ model: RecordedModel) {
    let format = request.format.rawValue
    if model.architecture != nil {
      notes.append(
        ConversionNote(.lost, at: "model", "\(format) has only tensors, and no architecture"))
    }
    if request.mustResume { notes.append(.cannotResume("\(format) has no optimizer")) }
  }

  /// Without an architecture, tensors have their paths for names.
  private mutating func bareCheckpoint(
    _ request: ExportRequest, _ model: RecordedModel
  ) throws(ExportError) -> CheckpointToWrite {
    if request.mustResume { notes.append(.cannotResume("no architecture is known")) }
    notes.append(
      ConversionNote(
        .lost, at: "model",
        "no architecture is known: tensors are under their paths, and fit no Keras model by "
          + "themselves"))
    let written = try TrackedModel.checkpoint(ofBare: model.variables)
    notes += written.notes
    return CheckpointToWrite(tensors: written.tensors, graph: written.graph)
  }
}
