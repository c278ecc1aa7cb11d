import Digests
import Files
import Tensors

/// What an export writes, before it has a place.
struct ExportPlan {
  /// A file to write.
  struct File {
    let place: ExportedModel.Place
    let content: Content
  }

  /// What a file is made of.
  enum Content {
    /// Bytes and tensors of the exported version.
    case layout(FileLayout)
    /// A file that was committed, with other tensors perhaps.
    case committed(FilePieces)
  }

  var files: [File]
  /// Folders in the export that hold nothing, by their paths in it.
  var emptyFolders: [String] = []
  /// Which Keras reads it; `nil` for formats that are of none.
  var generation: KerasGeneration?
  var notes: [ConversionNote]
}

extension ExportPlan {
  init(_ exported: ExportedModel) {
    self.init(
      files: exported.files.map { File(place: $0.place, content: .layout($0.layout)) },
      generation: exported.generation, notes: exported.notes)
  }
}

extension ExportPlan.Content {
  var byteCount: UInt64 {
    switch self {
    case .layout(let layout): layout.byteCount
    case .committed(let pieces): pieces.byteCount
    }
  }

  /// Writes the file, and gives the SHA-256 of what is in it then. Every blob is checked.
  ///
  /// - Parameter written: is told of so many more bytes.
  func write(
    to output: borrowing OpenFile, _ tensors: ExportedTensors,
    written: @escaping @Sendable (UInt64) -> Void
  ) throws -> Digest {
    switch self {
    case .layout(let layout):
      return try layout.write(to: output, tensors, written: written)
    case .committed(let pieces):
      try pieces.write(to: output, from: tensors.store, written: written)
      var hasher = SHA256()
      try output.slice().forEachPiece { hasher.update($0) }
      return hasher.finish()
    }
  }
}
