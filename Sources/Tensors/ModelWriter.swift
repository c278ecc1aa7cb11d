/// What an export is written as.
public enum ExportFormat: String, Hashable, Sendable, CaseIterable {
  /// Keras' HDF5 file of a whole model.
  case h5
  /// Keras' archive of a whole model.
  case keras
  /// Weights without the architecture: `.weights.h5`, for Keras 2 the file by layer names.
  case weights
  /// TensorFlow's checkpoint.
  case checkpoint
  /// TensorFlow's folder of a program and its variables.
  case savedModel = "savedmodel"
  case safetensors
  /// NumPy's archive of arrays.
  case npz
}

/// The generations of Keras that are written for.
public enum KerasGeneration: String, Hashable, Sendable, CaseIterable {
  /// tf_keras 2.21, and with it what tf.keras 2 reads.
  case keras2
  /// Keras 3.15.
  case keras3
}

/// One thing that a translation did, or could not do.
public struct ConversionNote: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Said otherwise, and means the same.
    case translated
    /// Left out, and the model computes the same without it.
    case lost
    /// The other Keras has no word for it. Nothing is exported.
    case impossible
  }

  public var kind: Kind
  /// The layer, with the models round it: `encoder/inner_dense`; `optimizer`, `loss`, `metrics`.
  public var location: String
  /// The field in its configuration; `nil` for the object itself.
  public var field: String?
  /// What is done with it and why, in a few words; for `impossible` what would help, too.
  public var detail: String

  public init(_ kind: Kind, at location: String, field: String? = nil, _ detail: String) {
    self.kind = kind
    self.location = location
    self.field = field
    self.detail = detail
  }
}

/// What is asked of an export.
public struct ExportRequest: Hashable, Sendable {
  public var format: ExportFormat
  /// `nil`: the format's own, or the one that the version was saved with.
  public var generation: KerasGeneration?
  /// Whether the optimizer's state, and how it was compiled, is written.
  public var withOptimizer: Bool
  /// Only what is below this path; empty: all.
  public var prefix: String
  /// Whether the file must be one that training goes on from.
  public var mustResume: Bool
  /// What the file or folder is called, or what the files of a checkpoint begin with, without the
  /// folders round it.
  public var name: String
  /// What a SavedModel is called by.
  public var signature: String
  /// How many examples a SavedModel takes at once; `nil`: any number.
  public var batch: Int?

  /// The signature that TensorFlow's programs look for when they are told of none:
  /// `DEFAULT_SERVING_SIGNATURE_DEF_KEY` of tensorflow/python/saved_model/signature_constants.py
  /// in https://github.com/tensorflow/tensorflow
  public static let defaultSignature = "serving_default"

  public init(
    format: ExportFormat, generation: KerasGeneration? = nil, withOptimizer: Bool = true,
    prefix: String = "", mustResume: Bool = false, name: String = "",
    signature: String = Self.defaultSignature, batch: Int? = nil
  ) {
    self.format = format
    self.generation = generation
    self.withOptimizer = withOptimizer
    self.prefix = prefix
    self.mustResume = mustResume
    self.name = name
    self.signature = signature
    self.batch = batch
  }
}

/// A variable of a version, without its bytes: those are told by its place in the list.
public struct RecordedVariable: Hashable, Sendable {
  public let path: String
  /// What the container that was committed calls it.
  public let containerPath: String
  public let role: Role
  public let slot: OptimizerSlot?
  public let dtype: DType
  public let shape: Shape

  public init(
    path: String, containerPath: String, role: Role, slot: OptimizerSlot?, dtype: DType,
    shape: Shape
  ) {
    self.path = path
    self.containerPath = containerPath
    self.role = role
    self.slot = slot
    self.dtype = dtype
    self.shape = shape
  }
}

/// All that is recorded of a version, as far as an export needs it.
public struct RecordedModel: Hashable, Sendable {
  /// What it was committed as.
  public var format: ModelFormat
  /// Who wrote that: `keras` to `2.2.4`, `backend` to `tensorflow`.
  public var producers: [String: String]
  public var architecture: Architecture?
  public var training: TrainingConfiguration?
  /// Those to export, in the order of the container.
  public var variables: [RecordedVariable]
  /// The bytes of the optimizer's single numbers, by their places in the list.
  public var numbers: [Int: [UInt8]]

  public init(
    format: ModelFormat, producers: [String: String], architecture: Architecture?,
    training: TrainingConfiguration?, variables: [RecordedVariable], numbers: [Int: [UInt8]]
  ) {
    self.format = format
    self.producers = producers
    self.architecture = architecture
    self.training = training
    self.variables = variables
    self.numbers = numbers
  }
}

/// What an export writes.
public struct ExportedModel: Hashable, Sendable {
  /// Where a file goes.
  public enum Place: Hashable, Sendable {
    /// This is put behind the name that the user gives: `.index`; empty for the only file.
    case suffix(String)
    /// A file of this name in the same folder, unless there is one.
    case beside(String)
    /// A file in the folder that the export is, by its path in it: `variables/variables.index`.
    case inside(String)
  }

  /// A file of an export.
  public struct File: Hashable, Sendable {
    public var place: Place
    public var layout: FileLayout

    public init(place: Place, layout: FileLayout) {
      self.place = place
      self.layout = layout
    }
  }

  /// The one that names the others last.
  public var files: [File]
  /// Which Keras reads it; `nil` for formats that are of none.
  public var generation: KerasGeneration?
  public var notes: [ConversionNote]

  public init(files: [File], generation: KerasGeneration?, notes: [ConversionNote]) {
    self.files = files
    self.generation = generation
    self.notes = notes
  }
}

/// What an export would be.
public struct ExpectedExport: Hashable, Sendable {
  /// Which Keras would read it; `nil` for formats that are of none.
  public var generation: KerasGeneration?
  /// What would be translated, lost or impossible.
  public var notes: [ConversionNote]

  public init(generation: KerasGeneration?, notes: [ConversionNote]) {
    self.generation = generation
    self.notes = notes
  }

  /// Whether it can be written.
  public var isPossible: Bool { notes.allSatisfy { $0.kind != .impossible } }
}

/// Writes models in other formats than they were committed in. The registry sees every format
/// through this.
public protocol ModelWriter: Sendable {
  /// What an export would be, without laying it out.
  func expected(of request: ExportRequest, _ model: RecordedModel) throws -> ExpectedExport

  /// The files of an export.
  ///
  /// - Parameter checksum: tells checksums of tensors' bytes; asked only by formats that have some.
  /// - Throws: what cannot be said in that format, in the writer's own error type.
  func export(
    _ request: ExportRequest, of model: RecordedModel, checksum: TensorChecksum
  ) throws -> ExportedModel

  /// Tensors of a TensorFlow checkpoint that are copies of others, and that the program beside it
  /// uses in their place.
  ///
  /// - Parameter checkpoint: the index and the shards; the shards may have holes where tensors of
  ///   numbers lie.
  /// - Returns: the keys of those that each may be a copy of, by its own key.
  /// - Throws: what is wrong with the checkpoint, in the writer's own error type.
  func copies(in checkpoint: [SourceFile]) throws -> [String: [String]]

  /// The index of a TensorFlow checkpoint whose tensors have become others of the same types and
  /// shapes: only their checksums in it change.
  ///
  /// - Parameters:
  ///   - index: `variables.index` as it was committed.
  ///   - checksums: the CRC-32C of each tensor that is another one, by its key.
  /// - Throws: what is wrong with the index, in the writer's own error type.
  func checkpointIndex(_ index: [UInt8], with checksums: [String: UInt32]) throws -> [UInt8]

  /// Where a model computes otherwise than another one whose graph is to have its weights. All
  /// notes are `impossible`.
  func differences(of model: Architecture, from other: Architecture) throws -> [ConversionNote]
}
