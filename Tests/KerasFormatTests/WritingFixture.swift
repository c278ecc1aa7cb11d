import HDF5Format
import KerasFormat
import StrictJSON
import Tensors

extension ContainerFixture {
  /// The Keras that wrote it.
  var generation: KerasGeneration { name.hasPrefix("k2") ? .keras2 : .keras3 }

  /// The model as read from one of its containers, to be written again.
  ///
  /// - Parameter config: the configuration that goes with it; by default its own.
  func model(_ snapshot: ModelSnapshot, config: String? = nil) throws -> ModelToWrite {
    ModelToWrite(
      configuration: try JSONValue(parsing: config ?? snapshot.architecture?.config ?? ""),
      dialect: generation.dialect, training: nil,
      variables: snapshot.variables.map(RecordedVariable.init), source: snapshot.format)
  }
}

extension RecordedVariable {
  init(_ variable: Variable) {
    self.init(
      path: variable.path, containerPath: variable.containerPath, role: variable.role,
      slot: variable.slot, dtype: variable.dtype, shape: variable.shape)
  }
}

extension HDF5Group {
  /// The paths of all datasets below.
  var datasetPaths: [String] {
    datasets.keys + groups.flatMap { name, group in group.datasetPaths.map { name + "/" + $0 } }
  }
}

extension HDF5Blueprint {
  func attribute(_ name: String, of group: String) -> Value? {
    groups.first { $0.path == group }?.attributes.first { $0.name == name }?.value
  }

  /// Where each tensor's bytes come from, in the container that the variables were read from.
  func origins(_ variables: [RecordedVariable]) -> [String: String] {
    var origins: [String: String] = [:]
    for dataset in datasets {
      switch dataset.tensor.content {
      case .stored(let ordinal), .widened(let ordinal):
        origins[dataset.tensor.name] = variables[ordinal].containerPath
      case .filled, .literal: break
      }
    }
    return origins
  }
}
