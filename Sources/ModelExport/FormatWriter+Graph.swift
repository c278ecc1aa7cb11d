import StrictJSON
public import Tensors

extension FormatWriter {
  /// - Throws: `ModelExportError.impossible` when a configuration cannot be read.
  public func differences(
    of model: Architecture, from other: Architecture
  ) throws -> [ConversionNote] {
    do { return try ArchitectureComparison(of: model, with: other).notes } catch {
      guard let note = ConversionNote(obstacle: error) else { throw error }
      throw ModelExportError.impossible([note], .savedModel, nil)
    }
  }
}
