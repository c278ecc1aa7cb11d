/// All that a reader found in what somebody saved, but not the tensors' bytes: it says where they
/// lie. Every format gives one, and commit is the same for all of them.
public struct ModelSnapshot: Hashable, Sendable {
  /// What was recognised.
  public var format: ModelFormat
  /// Who wrote it, as recorded: `keras` to `2.2.4`, `backend` to `tensorflow`.
  public var producers: [String: String]
  /// `nil` when the container has none.
  public var architecture: Architecture?
  /// How the model was compiled, when the container says so.
  public var training: TrainingConfiguration?
  /// In the container's order. Paths are unique.
  public var variables: [Variable]
  /// What the user should know before using the model.
  public var findings: [Finding]

  public init(
    format: ModelFormat, producers: [String: String] = [:], architecture: Architecture? = nil,
    training: TrainingConfiguration? = nil, variables: [Variable] = [], findings: [Finding] = []
  ) {
    self.format = format
    self.producers = producers
    self.architecture = architecture
    self.training = training
    self.variables = variables
    self.findings = findings
  }
}

/// A container, as precisely as it changes how it is read.
public enum ModelFormat: String, Hashable, Sendable, CaseIterable {
  /// Keras' HDF5 file of a whole model: `model.save("x.h5")`.
  case kerasHDF5 = "h5"
  /// Keras' HDF5 file of weights by layer name: `save_weights("x.h5")` of Keras 1 and 2.
  case kerasHDF5Weights = "h5-weights"
  /// Keras 3's HDF5 file of weights by object path: `save_weights("x.weights.h5")`.
  case kerasWeights = "weights.h5"
}

/// How a Keras config is spelled.
public enum Dialect: String, Hashable, Sendable {
  case keras1, keras2, keras3
}

/// What a model is apart from numbers.
public struct Architecture: Hashable, Sendable {
  public var dialect: Dialect
  /// The configuration as the file has it: JSON, byte for byte.
  public var config: String

  public init(dialect: Dialect, config: String) {
    self.dialect = dialect
    self.config = config
  }
}

/// How a model was compiled, and how far it was trained.
public struct TrainingConfiguration: Hashable, Sendable {
  /// `training_config` as the file has it: JSON, byte for byte. `nil` when only the optimizer's
  /// state was saved.
  public var config: String?
  /// The optimizer's class as the config names it, without a package before it: `Adam`.
  public var optimizer: String?

  public init(config: String?, optimizer: String?) {
    self.config = config
    self.optimizer = optimizer
  }
}

/// Something in a file that the user should know of. It does not stop a commit.
public struct Finding: Hashable, Sendable {
  /// The kinds of finding.
  public enum Kind: String, Hashable, Sendable {
    /// The model carries Python code that Keras would run.
    case lambda
    /// A class that Keras does not ship; loading needs its code.
    case customClass = "custom-class"
    /// A dataset that is no tensor we know; it is kept with the file.
    case unreadDataset = "unread-dataset"
    /// The configuration could not be read; it is kept with the file.
    case unreadConfig = "unread-config"
    /// Optimizer state that could not be tied to weights; it is kept under its container's names.
    case untiedOptimizer = "untied-optimizer"
  }

  public var kind: Kind
  /// The layer, dataset or attribute.
  public var location: String
  /// What was found there, in a few words.
  public var detail: String

  public init(kind: Kind, location: String, detail: String) {
    self.kind = kind
    self.location = location
    self.detail = detail
  }
}
