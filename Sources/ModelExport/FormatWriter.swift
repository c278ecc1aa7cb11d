public import HDF5Format
import NumPyFormat
import SafetensorsFormat
import StrictJSON
import TensorFlowFormat
public import Tensors
import ZipFormat

/// Writes versions in every format that there is a writer for.
public struct FormatWriter: ModelWriter {
  private let hdf5: any HDF5LayingOut

  /// - Parameter hdf5: lays out HDF5 files.
  public init(hdf5: any HDF5LayingOut) { self.hdf5 = hdf5 }

  public func expected(
    of request: ExportRequest, _ model: RecordedModel
  ) throws -> ExpectedExport {
    let draft = try ExportDraft(request, of: model)
    var expected = ExpectedExport(generation: draft.generation, notes: draft.notes)
    guard let content = draft.content, expected.isPossible else { return expected }
    do {
      // No checksum is looked at, and nothing is laid out in HDF5: names and types are checked.
      switch content {
      case .hdf5(let blueprint), .archive(_, let blueprint): try blueprint.check()
      case .checkpoint, .savedModel, .safetensors, .npz:
        _ = try files(of: content, named: request.name) { _, _ in 0 }
      }
    } catch {
      guard let note = ConversionNote(obstacle: error) else { throw error }
      expected.notes.append(note)
    }
    return expected
  }

  /// - Throws: `ModelExportError.impossible`; what the HDF5 writer and `checksum` throw.
  public func export(
    _ request: ExportRequest, of model: RecordedModel, checksum: TensorChecksum
  ) throws -> ExportedModel {
    let draft = try ExportDraft(request, of: model)
    func impossible(_ notes: [ConversionNote]) -> ModelExportError {
      .impossible(notes, request.format, draft.generation)
    }
    guard let content = draft.content, draft.obstacles.isEmpty else {
      throw impossible(draft.obstacles)
    }
    do {
      let files = try files(of: content, named: request.name, checksum: checksum)
      return ExportedModel(files: files, generation: draft.generation, notes: draft.notes)
    } catch {
      guard let note = ConversionNote(obstacle: error) else { throw error }
      throw impossible([note])
    }
  }

  private func files(
    of content: ExportDraft.Content, named name: String, checksum: TensorChecksum
  ) throws -> [ExportedModel.File] {
    func single(_ layout: FileLayout) -> [ExportedModel.File] {
      [ExportedModel.File(place: .suffix(""), layout: layout)]
    }
    switch content {
    case .hdf5(let blueprint): return single(try hdf5.layout(of: blueprint))
    case .archive(let texts, let weights):
      let members = texts + [("model.weights.h5", try hdf5.layout(of: weights))]
      return single(
        try ZipWriter.layout(
          of: members.map { ZipMemberToWrite(name: $0.0, content: $0.1) }, checksum: checksum))
    case .checkpoint(let checkpoint):
      let files = try BundleWriter.files(of: checkpoint, checksum: checksum)
      var state = FileLayout()
      state.append(CheckpointState.text(latest: name))
      return [
        .init(place: .suffix(CheckpointFiles.dataSuffix), layout: files.data),
        .init(place: .suffix(CheckpointFiles.indexSuffix), layout: files.index),
        .init(place: .beside("checkpoint"), layout: state),
      ]
    case .savedModel(let model):
      return try SavedModelWriter.files(of: model, checksum: checksum).map {
        ExportedModel.File(place: .inside($0.path), layout: $0.layout)
      }
    case .safetensors(let tensors): return single(try SafetensorsWriter.layout(of: tensors))
    case .npz(let tensors): return single(try NpzWriter.archive(of: tensors, checksum: checksum))
    }
  }
}
