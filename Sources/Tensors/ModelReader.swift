/// A file of a source, already open.
public struct SourceFile: Hashable, Sendable {
  /// The descriptor, open for reading. It stays the caller's.
  public let descriptor: Int32
  /// Its path within the source, with `/` between folders: `variables/variables.index`.
  public let name: String
  /// Its size when it was opened.
  public let byteCount: UInt64

  public init(descriptor: Int32, name: String, byteCount: UInt64) {
    self.descriptor = descriptor
    self.name = name
    self.byteCount = byteCount
  }
}

/// What a path that was given to commit turned out to be.
public enum SourceKind: String, Hashable, Sendable, CaseIterable {
  /// A file, the first of the files. The others are files beside it that may be shards of it.
  case file
  /// A folder with all that is in it.
  case folder
  /// The files that share a TensorFlow checkpoint's prefix: `ck-1.index`, `ck-1.data-…`.
  case checkpoint
}

/// A source that a reader was given, already open: the reader opens nothing itself.
public struct OpenSource: Sendable {
  /// What to call it in messages.
  public let path: String
  public let kind: SourceKind
  /// All its files; those of a folder and of a checkpoint in the order of their names.
  public let files: [SourceFile]

  public init(path: String, kind: SourceKind, files: [SourceFile]) {
    self.path = path
    self.kind = kind
    self.files = files
  }

  /// The bytes of all files.
  public var byteCount: UInt64 { files.reduce(0) { $0 + $1.byteCount } }
}

/// A variable of a model that is known already.
public struct KnownVariable: Hashable, Sendable {
  public let path: String
  public let role: Role
  public let slot: OptimizerSlot?
  public let dtype: DType
  public let shape: Shape

  public init(path: String, role: Role, slot: OptimizerSlot?, dtype: DType, shape: Shape) {
    self.path = path
    self.role = role
    self.slot = slot
    self.dtype = dtype
    self.shape = shape
  }
}

/// The model that a source without an architecture may hold the weights of.
public struct KnownModel: Hashable, Sendable {
  /// What its variables were read from.
  public let format: ModelFormat
  public let architecture: Architecture
  /// How it was compiled, as far as that is known.
  public let training: TrainingConfiguration?
  /// In the order of its own container.
  public let variables: [KnownVariable]

  public init(
    format: ModelFormat, architecture: Architecture, training: TrainingConfiguration?,
    variables: [KnownVariable]
  ) {
    self.format = format
    self.architecture = architecture
    self.training = training
    self.variables = variables
  }

  /// The optimizer's class, when one is known.
  public var optimizer: String? { training?.optimizer }
}

/// What a reader may use beside the source itself.
public struct ReadingContext: Hashable, Sendable {
  /// Which checkpoint of a folder is meant; `nil`: the latest.
  public var checkpoint: String?
  /// What the source was trained on from.
  public var parent: KnownModel?

  public init(checkpoint: String? = nil, parent: KnownModel? = nil) {
    self.checkpoint = checkpoint
    self.parent = parent
  }
}

/// Reads what somebody saved. The registry sees every format through this.
public protocol ModelReader: Sendable {
  /// Reads a source and copies no tensor that lies in it as it is. Those that do not go into
  /// `spool`, an empty file open for reading and writing, and the snapshot says where.
  ///
  /// - Throws: what is wrong with the source, in the reader's own error type.
  func read(
    _ source: OpenSource, in context: ReadingContext, spool: Int32
  ) throws -> ModelSnapshot
}
