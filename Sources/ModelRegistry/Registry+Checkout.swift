public import Catalog
import ContentStore
import Digests
import Files
import Glibc
import Tensors

/// What a checkout wrote.
public struct CheckoutReport: Sendable {
  public let version: VersionRecord
  /// The file or folder that was written, or what the files of a checkpoint begin with.
  public let path: String
  public let files: [(path: String, byteCount: UInt64)]
  /// Whether the same was there already.
  public let wasThere: Bool

  public var byteCount: UInt64 { files.reduce(0) { $0 + $1.byteCount } }
}

extension Registry {
  /// Writes a version's files as they were committed, byte for byte, to a path; see below.
  ///
  /// - Parameter path: what to write, or a folder to put it in under its own name. `nil`: this
  ///   folder.
  public func checkout(
    _ reference: Reference, to path: String?, replacing: Bool, progress: Progress? = nil
  ) throws -> CheckoutReport {
    try checkout(reference, to: .path(path ?? "."), replacing: replacing, progress: progress)
  }

  /// Writes a version's files as they were committed, byte for byte; every blob is checked against
  /// its name on the way. A file or folder appears whole or not at all; of several files, the one
  /// that names the others comes last.
  ///
  /// - Parameters:
  ///   - reference: the version.
  ///   - target: where they go.
  ///   - replacing: whether something may be there already.
  ///   - progress: is told how far it is.
  /// - Throws: `RegistryError.targetExists`, `RegistryError.noGraph` for what is to be served and
  ///   is no SavedModel, `StoreError` naming a damaged blob, and the like.
  public func checkout(
    _ reference: Reference, to target: CheckoutTarget, replacing: Bool, progress: Progress? = nil
  ) throws -> CheckoutReport {
    let session = try readingSession()
    defer {
      // The lock goes with the process, and a collector clears up after it: nothing is lost here.
      try? session?.end()
    }
    let (version, blobs) = try needed(reference, pinnedBy: session)
    let manifest = try manifest(of: version)
    if case .serving = target { try manifest.requireGraph(version) }
    let plan = CheckoutPlan(
      manifest,
      at: try target.path(
        of: version, named: manifest.name,
        makesFolders: manifest.format == ModelFormat.savedModel.rawValue))
    let whenTaken = target.whenTaken(replacing: replacing)
    try plan.requireRoom(for: manifest.kind, whenTaken)
    try CheckoutPlan.requireNoRegistry(
      path, plan.path, isFolder: manifest.kind == .folder)
    let files = try plan.files.map { file, path in
      (pieces: try pieces(of: file, manifest.tensors, in: blobs), path: path)
    }
    let isNew = try write(files, of: manifest, to: plan.path, whenTaken, target, progress)
    return CheckoutReport(
      version: version, path: plan.path,
      files: files.map { (path: $0.path, byteCount: $0.pieces.byteCount) }, wasThere: !isNew)
  }

  /// - Returns: `false` when the same was there already.
  private func write(
    _ files: [(pieces: FilePieces, path: String)], of manifest: Manifest, to path: String,
    _ whenTaken: WholeFolder.WhenTaken, _ target: CheckoutTarget, _ progress: Progress?
  ) throws -> Bool {
    let byteCount = files.reduce(0) { $0 + $1.pieces.byteCount }
    let (store, done) = (store, Tally())
    func write(_ pieces: FilePieces, to output: borrowing OpenFile) throws {
      try pieces.write(to: output, from: store) { progress?(done.add($0), byteCount) }
    }
    guard manifest.kind == .folder else {
      // An index comes last: who finds it finds all that it names.
      let isIndex = { (name: String) in name.hasSuffix(".index") || name == path }
      for file in files.filter({ !isIndex($0.path) }) + files.filter({ isIndex($0.path) }) {
        try WholeFile.write(to: file.path, replacing: whenTaken == .replace) {
          try write(file.pieces, to: $0)
        }
      }
      return true
    }
    try target.prepare(for: path)
    return try WholeFolder.write(
      to: path, whenTaken: whenTaken, isDurable: target.isDurable
    ) { folder in
      for name in manifest.emptyFolders { try Folder.createWithParents("\(folder)/\(name)") }
      for (file, pieces) in zip(manifest.files, files.map(\.pieces)) {
        try WholeFolder.create(file.name, in: folder) { try write(pieces, to: $0) }
      }
    }
  }

  /// A file of a version, cut into what goes where.
  ///
  /// - Parameters:
  ///   - tensors: those that are in it, in the order of the layout.
  ///   - blobs: where all that it needs is.
  func pieces(
    of file: Manifest.StoredFile, _ tensors: [Digest], in blobs: [Digest: StoredBlob]
  ) throws -> FilePieces {
    let recipe = try Recipe(parsing: blob(file.recipe), id: file.recipe)
    return try FilePieces(of: file, recipe, tensors: tensors) { digest in
      guard let blob = blobs[digest] else { throw RegistryError.blobUnknown(digest) }
      return blob
    }
  }

  /// A session to pin with; `nil` where this user may only read. A collection by another user can
  /// then end the checkout with an error, never with wrong bytes.
  func readingSession() throws -> WriteSession? {
    do { return try store.beginSession() } catch let error as SystemCallError
      where [EACCES, EPERM, EROFS].contains(error.code)
    { return nil }
  }

  /// A version and its blobs, safe from collectors while the session lasts: it is looked up in the
  /// transaction that pins, so it cannot be collected between the two.
  func needed(_ reference: Reference, pinnedBy session: WriteSession?) throws -> (
    version: VersionRecord, blobs: [Digest: StoredBlob]
  ) {
    func find(_ reader: CatalogReader) throws -> (VersionRecord, [BlobRecord]) {
      let version = try reader.resolve(reference)
      let records = try reader.blobs(of: version)
      try session?.pin(Set(records.flatMap(\.chain).map(\.digest)))
      return (version, records)
    }
    let (version, records) =
      session == nil
      ? try catalog.read(find) : try catalog.write { writer in try find(writer.reader) }
    let blobs = Dictionary(try records.map { ($0.digest, try $0.stored()) }) { first, _ in first }
    return (version, blobs)
  }
}
