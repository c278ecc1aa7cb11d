public import HDF5Format
public import Tensors

/// An HDF5 file of a model, to be laid out.
public struct WrittenHDF5: Hashable, Sendable {
  public var blueprint: HDF5Blueprint
  /// What the file has otherwise than the version.
  public var notes: [ConversionNote]
}

extension KerasGeneration {
  /// The version that files claim to be from: the newest that this generation's layouts were
  /// compared with.
  public var writtenVersion: String {
    switch self {
    case .keras2: "2.21.0"
    case .keras3: "3.15.1"
    }
  }

  /// How its configurations are spelled.
  public var dialect: Dialect {
    switch self {
    case .keras2: .keras2
    case .keras3: .keras3
    }
  }
}

extension ConversionNote {
  /// Where no Keras reads bfloat16 from a container.
  static func widened(_ path: String) -> ConversionNote {
    ConversionNote(
      .translated, at: path,
      "bfloat16 is written as float32: that Keras does not read it from this container")
  }
}

/// Makes the tensors of an export out of a version's variables.
struct TensorMaker {
  let variables: [RecordedVariable]

  /// A variable under a name of the container's.
  func tensor(
    _ ordinal: Int, named name: String, widening: Bool = false
  ) throws(ExportError) -> TensorToWrite {
    let variable = variables[ordinal]
    let isWidened = widening && variable.dtype == .bfloat16
    let tensor = TensorToWrite(
      name: name, dtype: isWidened ? .float32 : variable.dtype, shape: variable.shape,
      content: isWidened ? .widened(ordinal) : .stored(ordinal))
    guard let tensor else { throw .tooLarge(path: variable.path) }
    return tensor
  }
}
