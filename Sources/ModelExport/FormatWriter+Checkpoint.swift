import KerasFormat
import TensorFlowFormat
public import Tensors

extension FormatWriter {
  /// - Throws: `ModelExportError.impossible`, `SystemCallError`.
  public func copies(in checkpoint: [SourceFile]) throws -> [String: [String]] {
    try reading { try TensorBundle.objectGraph(in: checkpoint).map(TrackedModel.copies) ?? [:] }
  }

  /// - Throws: `ModelExportError.impossible`, `SystemCallError`.
  public func checkpointIndex(
    _ index: [UInt8], with checksums: [String: UInt32]
  ) throws -> [UInt8] {
    try reading { try BundleIndex.bytes(of: index, with: checksums) }
  }

  /// A checkpoint was read when it was committed; another version of this program may have been
  /// less strict.
  private func reading<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as TensorFlowFormatError {
      throw ModelExportError.impossible(
        [ConversionNote(.impossible, at: "checkpoint", "\(error)")], .savedModel, nil)
    }
  }
}
