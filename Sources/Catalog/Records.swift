public import Digests
public import Tensors

/// The row of a version.
public struct VersionRowID: Hashable, Sendable {
  let value: Int64
}

/// How a version came from its parent.
public enum Relation: String, Hashable, Sendable, CaseIterable {
  /// Trained on.
  case continued
  /// Trained on for another task, or part of it.
  case finetuned
  /// The same weights in another form.
  case converted
  /// One of several that went into it.
  case merged
}

/// An edge of the lineage.
public struct ParentEdge: Hashable, Sendable {
  /// The parent's id.
  public let version: Digest
  public let relation: Relation

  public init(version: Digest, relation: Relation) {
    self.version = version
    self.relation = relation
  }
}

/// A version as the catalog lists it.
public struct VersionRecord: Hashable, Sendable {
  public var rowID: VersionRowID
  public var model: String
  public var number: Int
  public var id: Digest
  public var weightsID: Digest
  /// Nanoseconds since 1970.
  public var created: Int64
  public var message: String?
  public var format: String
  public var sourceName: String
  /// Bytes of the file that was committed.
  public var sourceBytes: UInt64
  public var optimizer: String?
  public var step: Int?
  public var tensorCount: Int
  public var tensorBytes: UInt64
  public var newTensorCount: Int
  public var newBytes: UInt64
  /// Tensors that differ from the first parent's; `nil` without a parent.
  public var changedCount: Int?
  public var findingCount: Int
  /// Nanoseconds since 1970; `nil` unless it was removed.
  public var removed: Int64?
}

/// What to record of a new version.
public struct NewVersion: Sendable {
  public var model: String
  public var id: Digest
  public var weightsID: Digest
  public var layout: Digest
  public var variables: [VariableSlot]
  /// The blob of each variable, in the layout's order.
  public var tensors: [Digest]
  /// All other blobs that the version needs.
  public var parts: [Digest]
  public var created: Int64
  public var message: String?
  public var format: String
  public var sourceName: String
  public var sourceBytes: UInt64
  public var optimizer: String?
  public var step: Int?
  public var newTensorCount: Int
  public var newBytes: UInt64
  public var changedCount: Int?
  public var findingCount: Int
  public var parents: [ParentEdge]
  public var tags: [String: String]
  public var metrics: [String: String]

  public init(
    model: String, id: Digest, weightsID: Digest, layout: Digest, variables: [VariableSlot],
    tensors: [Digest], parts: [Digest], created: Int64, message: String?, format: String,
    sourceName: String, sourceBytes: UInt64, optimizer: String?, step: Int?,
    newTensorCount: Int, newBytes: UInt64,
    changedCount: Int?, findingCount: Int, parents: [ParentEdge], tags: [String: String],
    metrics: [String: String]
  ) {
    self.model = model
    self.id = id
    self.weightsID = weightsID
    self.layout = layout
    self.variables = variables
    self.tensors = tensors
    self.parts = parts
    self.created = created
    self.message = message
    self.format = format
    self.sourceName = sourceName
    self.sourceBytes = sourceBytes
    self.optimizer = optimizer
    self.step = step
    self.newTensorCount = newTensorCount
    self.newBytes = newBytes
    self.changedCount = changedCount
    self.findingCount = findingCount
    self.parents = parents
    self.tags = tags
    self.metrics = metrics
  }
}

/// A variable without its numbers: what all versions of one layout share.
public struct VariableSlot: Hashable, Sendable {
  public let path: String
  public let containerPath: String
  public let role: Role
  public let optimizerSlot: OptimizerSlot?
  public let dtype: DType
  public let shape: Shape

  public init(
    path: String, containerPath: String, role: Role, optimizerSlot: OptimizerSlot?, dtype: DType,
    shape: Shape
  ) {
    self.path = path
    self.containerPath = containerPath
    self.role = role
    self.optimizerSlot = optimizerSlot
    self.dtype = dtype
    self.shape = shape
  }
}

/// What the catalog knows of a blob.
public enum BlobState: String, Hashable, Sendable {
  /// It is in the store.
  case live
  /// It is on its way out, and counts as absent.
  case condemned
  /// Its bytes were found wrong; it counts as absent until it is put again.
  case corrupt
}

/// Where the catalog says a blob is, and in which form.
public struct BlobRecord: Hashable, Sendable {
  public let digest: Digest
  /// Bytes of the blob itself.
  public let byteCount: UInt64
  /// The pack's name and the offset in it; `nil` when the blob has a file of its own.
  public let pack: PackPlace?
  public let coding: BlobCoding
  /// How many blobs of its series came since one that stands by itself: 0 for those that do.
  public let generation: Int

  public init(
    digest: Digest, byteCount: UInt64, pack: PackPlace?, coding: BlobCoding = .raw,
    generation: Int = 0
  ) {
    self.digest = digest
    self.byteCount = byteCount
    self.pack = pack
    self.coding = coding
    self.generation = generation
  }

  /// What it takes where it is.
  public var storedByteCount: UInt64 {
    switch coding {
    case .raw: byteCount
    case .coded(let storedByteCount, _): storedByteCount
    }
  }

  /// The blob that it is coded against.
  public var base: BlobRecord? {
    guard case .coded(_, let base) = coding else { return nil }
    return base
  }

  /// What must be read to read it: itself, its base, the base of that, and so on.
  public var chain: [BlobRecord] { Array(sequence(first: self, next: \.base)) }
}

/// How a blob's bytes are kept.
public indirect enum BlobCoding: Hashable, Sendable {
  case raw
  /// Coded in a pack, where it takes so many bytes, by itself or against another blob.
  case coded(byteCount: UInt64, base: BlobRecord?)
}

/// A blob to be recorded.
public struct NewBlob: Hashable, Sendable {
  public var digest: Digest
  public var byteCount: UInt64
  /// `nil`: it has a file of its own.
  public var pack: PackPlace?
  /// What it takes in its pack when it is coded; `nil`: it is raw.
  public var codedByteCount: UInt64?
  /// The blob that it is coded against.
  public var base: Digest?
  public var generation: Int

  public init(
    digest: Digest, byteCount: UInt64, pack: PackPlace?, codedByteCount: UInt64? = nil,
    base: Digest? = nil, generation: Int = 0
  ) {
    self.digest = digest
    self.byteCount = byteCount
    self.pack = pack
    self.codedByteCount = codedByteCount
    self.base = base
    self.generation = generation
  }
}

/// A blob, and when its bytes were last read and found right.
public struct CheckedBlob: Hashable, Sendable {
  public let record: BlobRecord
  /// Nanoseconds since 1970; `nil` when never.
  public let verified: Int64?
  /// Whether the last check found it damaged.
  public let isCorrupt: Bool
}

/// A place in a pack.
public struct PackPlace: Hashable, Sendable {
  public let name: String
  public let offset: UInt64

  public init(name: String, offset: UInt64) {
    self.name = name
    self.offset = offset
  }
}

/// A pack as the catalog knows it.
public struct PackRecord: Hashable, Sendable {
  public let name: String
  public let byteCount: UInt64
  /// How many blobs have a row that says that they are in it, condemned ones included.
  public let blobCount: Int
  /// What these take in it.
  public let usedBytes: UInt64
}

/// A name that moves.
public struct AliasRecord: Hashable, Sendable {
  public let model: String
  public let name: String
  public let number: Int
}

/// A move of such a name.
public struct AliasMove: Hashable, Sendable {
  public let name: String
  /// Nanoseconds since 1970.
  public let moved: Int64
  /// `nil`: the name was made.
  public let from: Int?
  /// `nil`: the name was taken away.
  public let to: Int?
}

/// A file that was written of a version in another format.
public struct ExportRecord: Hashable, Sendable {
  /// What was asked for, and which file of it: `h5 keras2`.
  public let name: String
  /// The SHA-256 of the file.
  public let digest: Digest
  /// Nanoseconds since 1970 of the last time.
  public let exported: Int64

  public init(name: String, digest: Digest, exported: Int64) {
    self.name = name
    self.digest = digest
    self.exported = exported
  }
}

/// A model and what it amounts to.
public struct ModelRecord: Hashable, Sendable {
  public let name: String
  public let versionCount: Int
  public let latest: Int?
  /// Nanoseconds since 1970 of the last commit.
  public let used: Int64
}
