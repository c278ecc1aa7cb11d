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
  /// The graphs of a SavedModel, one a set of tags.
  public var graphs: [TensorFlowGraph]
  /// The files of the source that belong to the model, by their places in it; `nil`: all.
  public var files: Set<Int>?
  /// What the container records of its own bytes, and nobody has checked yet.
  public var checksums: [Checksum]

  public init(
    format: ModelFormat, producers: [String: String] = [:], architecture: Architecture? = nil,
    training: TrainingConfiguration? = nil, variables: [Variable] = [], findings: [Finding] = [],
    graphs: [TensorFlowGraph] = [], files: Set<Int>? = nil, checksums: [Checksum] = []
  ) {
    self.format = format
    self.producers = producers
    self.architecture = architecture
    self.training = training
    self.variables = variables
    self.findings = findings
    self.graphs = graphs
    self.files = files
    self.checksums = checksums
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
  /// The same in several files, with an index: `x.weights.json`.
  case kerasShardedWeights = "weights.json"
  /// Keras' zip archive of a whole model: `model.save("x.keras")`.
  case kerasArchive = "keras"
  /// TensorFlow's checkpoint: an index and data shards.
  case checkpoint
  /// TensorFlow's SavedModel folder.
  case savedModel = "savedmodel"
  /// Hugging Face's safetensors, in one file or several with an index.
  case safetensors
  /// NumPy's archive of arrays.
  case npz
  /// Any bytes, stored as they are and not read.
  case opaque
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
  public var origin: Origin

  /// Where an architecture came from.
  public enum Origin: String, Hashable, Sendable {
    /// The file has it.
    case container
    /// The file has none, and its variables are those of the parent's.
    case parent
  }

  public init(dialect: Dialect, config: String, origin: Origin = .container) {
    self.dialect = dialect
    self.config = config
    self.origin = origin
  }
}

/// A graph of a SavedModel, as far as we record it: the rest is in its file.
public struct TensorFlowGraph: Hashable, Sendable {
  /// The file that it is in.
  public var file: Int
  /// What it is for: `serve`.
  public var tags: [String]
  /// In the order of their names.
  public var signatures: [Signature]
  /// How often each operation is in the graph and its functions.
  public var operations: [String: Int]

  public init(file: Int, tags: [String], signatures: [Signature], operations: [String: Int]) {
    self.file = file
    self.tags = tags
    self.signatures = signatures
    self.operations = operations
  }
}

/// A way to call a graph.
public struct Signature: Hashable, Sendable {
  public var name: String
  /// `tensorflow/serving/predict`.
  public var method: String
  /// In the order of their names, as outputs are.
  public var inputs: [Endpoint]
  public var outputs: [Endpoint]

  public init(name: String, method: String, inputs: [Endpoint], outputs: [Endpoint]) {
    self.name = name
    self.method = method
    self.inputs = inputs
    self.outputs = outputs
  }

  /// An input or output.
  public struct Endpoint: Hashable, Sendable {
    public var name: String
    /// TensorFlow's name of the type: `float32`, `string`.
    public var dtype: String
    /// `nil` for a dimension that is not fixed; no list when not even the rank is.
    public var shape: [Int?]?

    public init(name: String, dtype: String, shape: [Int?]?) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
    }
  }
}

/// What a container records of a stretch of its bytes.
public struct Checksum: Hashable, Sendable {
  public enum Algorithm: String, Hashable, Sendable {
    /// Of zip and gzip: polynomial 0x04C11DB7, reflected.
    case crc32
    /// Castagnoli's, polynomial 0x1EDC6F41, reflected; without the mask that TensorFlow puts on.
    case crc32c
  }

  public let algorithm: Algorithm
  public let value: UInt32
  /// The file of the source, by its place.
  public let file: Int
  public let extent: ByteExtent
  /// What lies there, for messages: a tensor's key, an archive's member.
  public let name: String

  public init(
    algorithm: Algorithm, value: UInt32, file: Int, extent: ByteExtent, name: String
  ) {
    self.algorithm = algorithm
    self.value = value
    self.file = file
    self.extent = extent
    self.name = name
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
    /// An operation of TensorFlow's that reads, writes or runs something outside the graph.
    case unsafeOperation = "unsafe-op"
    /// An operation that TensorFlow does not ship, or that we do not know.
    case unknownOperation = "unknown-op"
    /// A vocabulary that would be read from a file or address.
    case vocabularyPath = "vocabulary-path"
    /// Python objects that loading would unpickle.
    case pickle
    /// The bytes are a file of another kind as well.
    case polyglot
    /// A dataset that is no tensor we know; it is kept with the file.
    case unreadDataset = "unread-dataset"
    /// The configuration could not be read; it is kept with the file.
    case unreadConfig = "unread-config"
    /// Optimizer state that could not be tied to weights; it is kept under its container's names.
    case untiedOptimizer = "untied-optimizer"
    /// The file has no architecture, and the parent's does not fit.
    case bareWeights = "bare-weights"

    /// Whether what was found could run code, or reach other files, when the model is loaded.
    /// The others tell of what could not be read.
    public var isCarrier: Bool {
      switch self {
      case .lambda, .customClass, .unsafeOperation, .unknownOperation, .vocabularyPath, .pickle,
        .polyglot:
        true
      case .unreadDataset, .unreadConfig, .untiedOptimizer, .bareWeights: false
      }
    }
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
