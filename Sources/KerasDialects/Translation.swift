public import StrictJSON
public import Tensors

/// Which container a configuration is written for: they nest the same objects differently.
public enum ConfigContainer: Hashable, Sendable {
  /// `model_config` and `training_config` of an HDF5 file.
  case hdf5
  /// `config.json` of a `.keras` archive, with `compile_config` in it.
  case archive
}

/// A model's configuration and how it was compiled, in the words of one generation.
public struct KerasConfiguration: Hashable, Sendable {
  /// The model: `class_name` and `config`, and what else its container has beside them.
  public var model: JSONValue
  /// `training_config` of an HDF5 file, or `compile_config` of an archive.
  public var training: JSONValue?
  public var dialect: Dialect

  public init(model: JSONValue, training: JSONValue?, dialect: Dialect) {
    self.model = model
    self.training = training
    self.dialect = dialect
  }
}

/// What became of a configuration.
public struct Translation: Hashable, Sendable {
  /// Complete when no note says `impossible`. `training` is in the form that the container has.
  public var configuration: KerasConfiguration
  /// In the order of the layers, then the training.
  public var notes: [ConversionNote]
  /// The layers whose names the target refuses, from their old places to the new ones: the models
  /// round a layer and its name, joined by `/`.
  public var renamedLayers: [String: String]

  public init(
    configuration: KerasConfiguration, notes: [ConversionNote],
    renamedLayers: [String: String] = [:]
  ) {
    self.configuration = configuration
    self.notes = notes
    self.renamedLayers = renamedLayers
  }
}
