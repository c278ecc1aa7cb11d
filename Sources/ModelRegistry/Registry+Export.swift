public import Catalog
import ContentStore
public import Digests
import Files
public import Tensors

/// What to export, and where to.
public struct ExportOrder: Sendable {
  public var reference: Reference
  public var request: ExportRequest
  /// A version whose optimizer's state goes with the weights, instead of its own.
  public var optimizerFrom: Reference?
  /// A version whose SavedModel gets this one's tensors, instead of a graph that is made for it.
  public var graph: Reference?
  public var target: CheckoutTarget = .path(".")
  /// Whether something may be there already.
  public var replacing = false

  public init(_ reference: Reference, _ request: ExportRequest) {
    self.reference = reference
    self.request = request
  }
}

/// What an export wrote.
public struct ExportReport: Sendable {
  /// A file that was written.
  public struct File: Sendable {
    public let path: String
    /// What it is called: its path in the folder that the export is, or without folders.
    public let name: String
    public let byteCount: UInt64
    public let digest: Digest
    /// When the same export was other bytes before: those, and when that was.
    public let before: ExportRecord?
  }

  public let version: VersionRecord
  /// The file, the folder, or what the files of a checkpoint begin with.
  public let path: String
  public let files: [File]
  /// Whether the same folder was there already.
  public let wasThere: Bool
  /// Files of the export that were there already, and are not replaced.
  public let kept: [String]
  /// Which Keras reads it; `nil` for formats that are of none.
  public let generation: KerasGeneration?
  public let notes: [ConversionNote]
  /// Whether the digests are in the catalog: a user who may only read cannot put them there.
  public let isRecorded: Bool
}

extension Registry {
  /// Writes a version in another format. Each file, or the folder that all are in, appears whole or
  /// not at all; of several files, the one that names the others last. Every blob is checked on the
  /// way.
  ///
  /// - Throws: what cannot be said in that format, in the writer's own error type;
  ///   `RegistryError.unfittingGraph`, `RegistryError.targetExists`, `StoreError` naming a damaged
  ///   blob, and the like.
  public func export(
    _ order: ExportOrder, with writer: some ModelWriter, progress: Progress? = nil
  ) throws -> ExportReport {
    let session = try readingSession()
    defer {
      // The lock goes with the process, and a collector clears up after it: nothing is lost here.
      try? session?.end()
    }
    let source = try ExportSource(order, in: self, pinnedBy: session)
    let target = try ExportTarget(order, of: source)
    let tensors = ExportedTensors(store: store, blobs: source.tensors)
    let (plan, graph) = try plan(
      of: order, named: target.name, source, tensors, with: writer, pinnedBy: session)
    let (files, kept) = try target.files(of: plan, registry: path, replacing: order.replacing)
    let total = files.reduce(0) { $0 + $1.content.byteCount }
    let done = Tally()
    var written: [(file: ExportTarget.File, digest: Digest)] = []
    let isNew = try target.write(files, of: plan, replacing: order.replacing) { file, output in
      let digest = try file.content.write(to: output, tensors) { progress?(done.add($0), total) }
      written.append((file, digest))
    }
    let title = order.title(
      generation: plan.generation, optimizerFrom: source.optimizerFrom, graph: graph)
    let records = written.compactMap { file, digest in
      file.title.map { ExportRecord(name: title + $0, digest: digest, exported: now()) }
    }
    let before = try session.map { _ in try record(records, of: source.version) }
    return ExportReport(
      version: source.version, path: target.path,
      files: written.map { file, digest in
        let last = file.title.flatMap { before?[title + $0] }
        return ExportReport.File(
          file, digest, before: last?.digest == digest ? nil : last)
      }, wasThere: !isNew, kept: kept, generation: plan.generation, notes: plan.notes,
      isRecorded: before != nil)
  }

  /// What is going to be written, and the version whose graph that has.
  private func plan(
    of order: ExportOrder, named name: String, _ source: ExportSource, _ tensors: ExportedTensors,
    with writer: some ModelWriter, pinnedBy session: WriteSession?
  ) throws -> (plan: ExportPlan, graph: VersionRecord?) {
    var plan: ExportPlan
    var graph: VersionRecord?
    if let reference = order.graph {
      let filled = try FilledGraph(
        reference, for: source, in: self, with: writer, pinnedBy: session)
      let obstacles = filled.notes.filter { $0.kind == .impossible }
      guard obstacles.isEmpty else {
        throw RegistryError.unfittingGraph(
          obstacles, version: source.version.label, graph: filled.version.label)
      }
      plan = try filled.plan(tensors, with: writer)
      graph = filled.version
    } else {
      var request = order.request
      request.name = name
      plan = ExportPlan(
        try writer.export(request, of: source.model, checksum: tensors.checksum))
    }
    if order.request.format == .savedModel {
      let origin = ExportOrigin(
        version: source.version, manifest: source.manifest, optimizerFrom: source.optimizerFrom,
        graph: graph)
      plan.files.removeAll { $0.place == origin.file.place }
      plan.files.append(origin.file)
    }
    return (plan, graph)
  }

  /// What an export would do, without writing anything.
  public func expected(
    of order: ExportOrder, with writer: some ModelWriter
  ) throws -> (version: VersionRecord, expected: ExpectedExport) {
    let source = try ExportSource(order, in: self, pinnedBy: nil)
    guard let graph = order.graph else {
      return (source.version, try writer.expected(of: order.request, source.model))
    }
    let filled = try FilledGraph(graph, for: source, in: self, with: writer, pinnedBy: nil)
    return (source.version, ExpectedExport(generation: nil, notes: filled.notes))
  }

  /// Lends the bytes of one variable in order, after they were checked.
  ///
  /// - Throws: `RegistryError.noSuchVariable` with those that have a like path.
  public func withTensor(
    _ path: String, of reference: Reference,
    _ body: (VariableSlot, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (version, blob) = try catalog.read { reader in
      let version = try reader.resolve(reference)
      let variables = try reader.variables(of: version)
      guard let found = variables.first(where: { $0.slot.path == path }),
        let blob = try reader.blob(found.blob)
      else {
        throw RegistryError.noSuchVariable(
          path, version: version.label, near: Self.near(path, in: variables.map(\.slot.path)))
      }
      return (found.slot, blob)
    }
    try store.withCheckedBytes(of: blob.stored()) { try body(version, $0) }
  }

  /// The paths that end or begin as one does.
  private static func near(_ path: String, in paths: [String]) -> [String] {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let likely = paths.filter { $0.hasPrefix(path) || $0.hasSuffix(last) }
    return Array((likely.isEmpty ? paths : likely).prefix(5))
  }

  /// Records digests, and gives those that were recorded before, by name.
  private func record(
    _ records: [ExportRecord], of version: VersionRecord
  ) throws -> [String: ExportRecord] {
    try catalog.write { writer in
      let before = try writer.reader.exports(of: version)
      // It may have been removed and collected meanwhile; what was written is right all the same.
      guard try writer.reader.version(version.id) != nil else { return [:] }
      for record in records { try writer.setExport(record, of: version) }
      try journal.append(
        records.map { record in
          Journal.Entry(
            at: record.exported, event: .export, model: version.model, number: version.number,
            version: version.id, name: record.name, value: record.digest.hex)
        }, writer)
      return Dictionary(before.map { ($0.name, $0) }) { $1 }
    }
  }
}

extension ExportOrder {
  /// What was asked for, in a few words that stay the same.
  fileprivate func title(
    generation: KerasGeneration?, optimizerFrom: VersionRecord?, graph: VersionRecord?
  ) -> String {
    var words = [request.format.rawValue]
    if let generation { words.append(generation.rawValue) }
    if !request.withOptimizer { words.append("no-optimizer") }
    if !request.prefix.isEmpty { words.append("only=\(request.prefix)") }
    if let optimizerFrom { words.append("optimizer-from=\(optimizerFrom.id.hex)") }
    if request.signature != ExportRequest.defaultSignature {
      words.append("signature=\(request.signature)")
    }
    if let batch = request.batch { words.append("batch=\(batch)") }
    if let graph { words.append("graph=\(graph.id.hex)") }
    return words.joined(separator: " ")
  }
}

extension ExportReport.File {
  fileprivate init(_ file: ExportTarget.File, _ digest: Digest, before: ExportRecord?) {
    self.init(
      path: file.path,
      name: file.inner ?? file.path.split(separator: "/").last.map(String.init) ?? file.path,
      byteCount: file.content.byteCount, digest: digest, before: before)
  }
}
