public import Catalog
import ContentStore
import Digests
import Files
import StrictJSON
public import Tensors

/// What to commit, and what to record with it.
public struct CommitRequest: Sendable {
  public var path: String
  public var message: String?
  /// `nil`: the model last used, or one named after the file.
  public var model: String?
  /// Empty: the model's latest version.
  public var parents: [Reference] = []
  public var relation: Relation = .continued
  public var tags: [String: String] = [:]
  /// Values as they are spelled; each must be a number.
  public var metrics: [String: String] = [:]
  public var aliases: [String] = []
  /// The version of TensorFlow, where the user knows better than the file.
  public var tensorFlow: String?
  /// Adds a version even if it is what the parent is.
  public var allowUnchanged = false
  /// Which checkpoint of a folder is meant; `nil`: the latest.
  public var checkpoint: String?
  /// Refuses a model that could run code or reach other files when it is loaded.
  public var denyFindings = false
  /// Stores the bytes as they are, and reads no model in them.
  public var isOpaque = false
  /// How to keep what is new; `nil`: as the registry is set to.
  public var codec: Codec?

  public init(path: String) { self.path = path }
}

/// What a commit did.
public struct CommitReport: Sendable {
  /// The version; the parent when nothing was added.
  public var version: VersionRecord
  /// Whether the file is what the parent is, so that nothing was added.
  public var isUnchanged: Bool
  /// Blobs of it that had been found damaged, and were put again.
  public var mendedCount: Int
  /// The files that were committed, and their bytes.
  public var fileCount: Int
  public var byteCount: UInt64
  public var snapshot: ModelSnapshot
  /// What it came from, the first parent first.
  public var parents: [VersionRecord]
  /// Another version with the same weights, when there is one.
  public var sameWeights: VersionRecord?
}

/// How far a commit or checkout is: bytes done, of how many.
public typealias Progress = @Sendable (_ done: UInt64, _ total: UInt64) -> Void

extension Registry {
  /// Throws unless something is there that could be a model.
  public static func requireSource(at path: String) throws { _ = try SourcePath(path) }

  /// Reads, hashes, stores what is new, and records a version. When this returns it is durable.
  ///
  /// - Throws: `RegistryError`, the reader's error, `StoreError`, `CatalogError`,
  ///   `SystemCallError`. The registry is then as before, but for bytes that gc collects.
  public func commit(
    _ request: CommitRequest, reading reader: any ModelReader, progress: Progress? = nil
  ) throws -> CommitReport {
    try request.checkNames()
    // Read in any case: settings that this program does not know stop it.
    let settings = try settings()
    let codec = request.codec ?? settings.codec
    let source = try Source(opening: request.path)
    let session = try store.beginSession()
    defer {
      // The lock goes with the process, and a collector clears up after it: nothing is lost here.
      try? session.end()
    }
    let lineage = try lineage(of: request, pinnedBy: session)
    let parent = try contentsOfParent(lineage)
    let spool = try session.makeSpool()
    let snapshot = try snapshot(of: source, request, lineage, parent, reader, spool: spool)
    let intake = try Intake(
      of: snapshot, from: source, spool: spool,
      into: Shelf(
        registry: self, session: session, sourcePath: request.path, codec: codec, after: parent),
      after: parent, progress: progress)
    if !request.allowUnchanged, let version = lineage.parents.first,
      let manifest = parent.manifest, intake.isSame(as: manifest)
    {
      let mended = try mend(manifest, snapshot, source, intake: intake, session: session)
      return CommitReport(
        version: version, isUnchanged: true, mendedCount: mended,
        fileCount: intake.files.count, byteCount: intake.byteCount,
        snapshot: snapshot, parents: lineage.parents, sameWeights: nil)
    }
    let draft = try Draft(
      request: request, lineage: lineage, intake: intake, snapshot: snapshot, source: source,
      created: now())
    return try publish(draft, intake: intake, session: session)
  }

  /// Where the new version goes. What its first parent needs cannot be collected from here on: it
  /// is looked up in the transaction that pins.
  private func lineage(of request: CommitRequest, pinnedBy session: WriteSession) throws -> Lineage
  {
    try catalog.write { writer in
      let lineage = try Lineage(of: request, in: writer.reader)
      try session.pin(Set(lineage.parentBlobs.values.flatMap(\.chain).map(\.digest)))
      return lineage
    }
  }

  private func contentsOfParent(_ lineage: Lineage) throws -> VersionContents {
    let parent = lineage.parents.first
    let manifest = try parent.flatMap { lineage.parentBlobs[$0.id] }.flatMap { record in
      try unlessDamaged { try Manifest(parsing: bytes(of: record), id: record.digest) }
    }
    return VersionContents(
      parent?.id, manifest, lineage.parentVariables, blobs: lineage.parentBlobs)
  }

  /// What the reader finds in a source, as far as the user wants it.
  private func snapshot(
    of source: Source, _ request: CommitRequest, _ lineage: Lineage, _ parent: VersionContents,
    _ reader: any ModelReader, spool: borrowing OpenFile
  ) throws -> ModelSnapshot {
    if request.isOpaque { return ModelSnapshot(format: .opaque, files: source.mainFiles) }
    let context = ReadingContext(
      checkpoint: request.checkpoint, parent: try knownModel(of: lineage, parent))
    let snapshot = try reader.read(source.open, in: context, spool: spool.descriptor)
    let carriers = snapshot.findings.filter(\.kind.isCarrier)
    guard !request.denyFindings || carriers.isEmpty else {
      throw RegistryError.findingsDenied(path: request.path, carriers)
    }
    return snapshot
  }

  /// Puts blobs of a version again that were found damaged, and says how many they were.
  private func mend(
    _ manifest: Manifest, _ snapshot: ModelSnapshot, _ source: Source, intake: Intake,
    session: WriteSession
  ) throws -> Int {
    let needed = Set(manifest.tensors + manifest.parts)
    guard try !missing(of: needed, session).digests.isEmpty else { return 0 }
    let shelf = intake.shelf
    _ = try snapshot.architecture.map { try shelf.put($0.config, as: .architecture) }
    _ = try snapshot.training?.config.map { try shelf.put($0, as: .training) }
    _ = try manifest.graphs.map { _ in
      try shelf.put(GraphRecord.text(of: snapshot.graphs, in: source), as: .graphs)
    }
    let missing = try missing(of: needed, session)
    try shelf.stage(missing.digests, known: missing.known)
    let packs = try session.publish()
    let staged = shelf.staged(missing.digests)
    try catalog.write { writer in
      for pack in packs { try writer.addPack(named: pack.id.name, byteCount: pack.byteCount) }
      try writer.addBlobs(staged, created: now())
    }
    return staged.count
  }

  /// Pins blobs, and tells which of them the store lacks, and which of those have a row all the
  /// same. From here on no collector takes what is there: see `WriteSession.pin`.
  private func missing(of needed: Set<Digest>, _ session: WriteSession) throws -> (
    digests: [Digest], known: Set<Digest>
  ) {
    try catalog.write { writer in
      try session.pin(needed)
      let states = try needed.sorted().map { ($0, try writer.reader.state(of: $0)) }
      let missing = states.filter { $0.1 != .live }
      return (missing.map(\.0), Set(missing.filter { $0.1 != nil }.map(\.0)))
    }
  }

  private func publish(_ draft: Draft, intake: Intake, session: WriteSession) throws
    -> CommitReport
  {
    let shelf = intake.shelf
    let manifest = try shelf.put(draft.manifest.json.canonicalText, as: .manifest)
    let needed = Set<Digest>(draft.manifest.tensors + draft.manifest.parts + [manifest])
    let missing = try missing(of: needed, session)
    try shelf.stage(missing.digests, known: missing.known)
    let packs = try session.publish()
    let staged = shelf.staged(missing.digests)
    let version = draft.version(
      id: manifest, newBlobs: Set(missing.digests),
      newBytes: staged.reduce(0) { $0 + $1.storedByteCount })
    let record = try catalog.write { writer in
      for pack in packs { try writer.addPack(named: pack.id.name, byteCount: pack.byteCount) }
      try writer.addBlobs(staged, created: draft.created)
      return try add(version, aliases: draft.aliases, writer)
    }
    let hasWeights = draft.snapshot.variables.contains { $0.role == .weight }
    let sameWeights = try catalog.read { reader in
      hasWeights
        ? try reader.versions(weightsID: record.weightsID).first { $0.id != record.id } : nil
    }
    return CommitReport(
      version: record, isUnchanged: false, mendedCount: 0,
      fileCount: intake.files.count, byteCount: intake.byteCount,
      snapshot: draft.snapshot, parents: draft.lineage.parents, sameWeights: sameWeights)
  }

  private func add(_ version: NewVersion, aliases: [String], _ writer: CatalogWriter) throws
    -> VersionRecord
  {
    let number = try writer.nextNumber(of: version.model)
    func entry(_ event: Journal.Event, name: String? = nil) -> Journal.Entry {
      Journal.Entry(
        at: version.created, event: event, model: version.model, number: number,
        version: version.id, name: name)
    }
    try journal.append([entry(.commit)] + aliases.map { entry(.alias, name: $0) }, writer)
    try writer.add(version, number: number)
    guard let record = try writer.reader.version(version.id) else {
      throw CatalogError.damagedRow(table: "version", detail: version.id.hex)
    }
    for alias in aliases { _ = try writer.setAlias(alias, to: record, at: version.created) }
    return record
  }

  /// A version's manifest.
  func manifest(of version: VersionRecord) throws -> Manifest {
    try Manifest(parsing: blob(version.id), id: version.id)
  }

  /// The bytes of a blob that is small enough to hold.
  func blob(_ digest: Digest) throws -> [UInt8] { try bytes(of: record(of: digest)) }

  /// The same, by the row that it had a moment ago.
  func bytes(of known: BlobRecord) throws -> [UInt8] {
    do { return try store.bytes(of: known.stored()) } catch let error as StoreError {
      // A collector may have moved it or a base between the look and the reading.
      let record = try record(of: known.digest)
      guard record != known else { throw error }
      return try store.bytes(of: record.stored())
    }
  }

  private func record(of digest: Digest) throws -> BlobRecord {
    guard let record = try catalog.read({ try $0.blob(digest) }) else {
      throw RegistryError.blobUnknown(digest)
    }
    return record
  }
}

extension CommitRequest {
  fileprivate func checkNames() throws {
    if let model { try Names.check(model, as: .model) }
    for alias in aliases { try Names.check(alias, as: .alias) }
    try Names.checkTags(tags)
    try Names.checkMetrics(metrics)
  }
}

/// Where a new version goes, and what it comes from.
struct Lineage {
  let model: String
  /// The first parent first.
  let parents: [VersionRecord]
  /// The variables of the first parent; none without a parent.
  let parentVariables: [(slot: VariableSlot, blob: Digest)]
  /// The blobs that the first parent needs.
  let parentBlobs: [Digest: BlobRecord]

  init(of request: CommitRequest, in reader: CatalogReader) throws {
    let model = try request.model ?? reader.lastUsedModel() ?? Names.model(fromFile: request.path)
    let named = try request.parents.map { try reader.resolve($0, in: model) }
    self.model = model
    parents = try named.isEmpty ? [reader.latest(of: model)].compactMap { $0 } : named
    parentVariables = try parents.first.map { try reader.variables(of: $0) } ?? []
    let blobs = try parents.first.map { try reader.blobs(of: $0) } ?? []
    parentBlobs = Dictionary(blobs.map { ($0.digest, $0) }) { first, _ in first }
  }
}
