import Files
import ModelRegistry
import Tensors

/// A writer whose SavedModels have no copies, no checksums and no layers to compare.
protocol PlainWriter: ModelWriter {}

extension PlainWriter {
  func copies(in checkpoint: [SourceFile]) throws -> [String: [String]] { [:] }

  func checkpointIndex(_ index: [UInt8], with checksums: [String: UInt32]) throws -> [UInt8] {
    index
  }

  func differences(of model: Architecture, from other: Architecture) throws -> [ConversionNote] {
    []
  }
}
