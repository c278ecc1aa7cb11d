public import Tensors

/// Why a version is not exported.
public enum ModelExportError: Error, Hashable, Sendable {
  /// What the format, or the Keras that is asked for, has no words for: all notes are `impossible`.
  case impossible([ConversionNote], ExportFormat, KerasGeneration?)
}
