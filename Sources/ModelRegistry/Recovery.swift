public import Catalog
public import ContentStore
public import Digests
import Files
import Tensors

/// What a recovery found and made of it.
public struct RecoveryReport: Sendable {
  public var versions: [VersionRecord]
  /// Versions that are recorded, but of which blobs are gone.
  public var incomplete: [IncompleteVersion]
  /// Versions that could not be recorded: their manifest is gone or damaged.
  public var lost: [LostVersion]
  public var problems: [Problem]
  /// Where the old catalog lies now; `nil` when there was none.
  public var oldCatalog: String?

  /// A version of which something is missing.
  public struct IncompleteVersion: Sendable {
    public var label: String
    public var missing: [Digest]
  }

  /// A version that the journal tells of, and nothing else.
  public struct LostVersion: Sendable {
    public var id: Digest
    public var label: String
  }

  /// What could not be read.
  public enum Problem: Sendable {
    case journalDamaged(line: Int)
    case packUnreadable(StoreError)
  }
}

extension Registry {
  /// Makes the catalog anew from the blobs and the journal. The old one is kept beside it.
  ///
  /// - Throws: `RegistryError.recoveryBlocked` while another process uses the registry.
  public static func recover(at path: String, now: @escaping @Sendable () -> Int64 = systemTime)
    throws -> RecoveryReport
  {
    guard let root = try root(at: path) else { throw RegistryError.noRegistryIn(path) }
    let paths = StorePaths(root: root)
    guard let use = try UseLock.alone(paths) else { throw RegistryError.recoveryBlocked }
    let store = try BlobStore(opening: paths)
    let fresh = paths.catalog + ".new"
    for ending in CatalogFiles.endings { try Folder.remove(fresh + ending) }
    var recovery = try Recovery(
      store: store, journal: Journal(folder: paths.root), time: now())
    var report = try recovery.rebuild(Catalog(path: fresh, creating: true))
    try CatalogFiles.note(report, at: paths.lost)
    report.oldCatalog = try CatalogFiles.replace(paths.catalog, with: fresh)
    return withExtendedLifetime(use) { report }
  }
}

/// A catalog's file and those that SQLite keeps beside it.
private enum CatalogFiles {
  /// The main file last: SQLite would roll a journal that is still there into the new one.
  static let endings = ["-journal", "-wal", "-shm", ""]

  static func replace(_ catalog: String, with fresh: String) throws -> String? {
    let found = try endings.filter { try Folder.status(of: catalog + $0) != nil }
    var number = 1
    while try endings.contains(where: {
      try Folder.status(of: "\(catalog).old-\(number)\($0)") != nil
    }) { number += 1 }
    let aside = "\(catalog).old-\(number)"
    for ending in found { try Folder.rename(catalog + ending, to: aside + ending) }
    let folder = catalog.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    try Folder.synchronize(folder)
    try Folder.rename(fresh, to: catalog)
    try Folder.synchronize(folder)
    return found.contains("") ? aside : nil
  }

  /// Keeps gc from deleting what may be left of versions that were not recorded.
  static func note(_ report: RecoveryReport, at path: String) throws {
    let unreadable = report.problems.compactMap { problem in
      if case .packUnreadable(let error) = problem { "\(error)" } else { nil }
    }
    let lines = report.lost.map(\.label) + unreadable
    try Folder.remove(path)
    guard !lines.isEmpty else { return }
    let file = try OpenFile.creating(path, mode: 0o644)
    try file.write(Array((lines.joined(separator: "\n") + "\n").utf8))
    try file.synchronize()
  }
}

/// One rebuilding of a catalog.
private struct Recovery {
  private let store: BlobStore
  private let time: Int64
  private let journal: Journal
  private let lines: Journal.Contents
  private let blobs: [Digest: BlobRecord]
  /// Blobs that have a row by now.
  private var recorded: Set<Digest> = []
  private let packs: [(name: String, byteCount: UInt64)]
  private var report = RecoveryReport(versions: [], incomplete: [], lost: [], problems: [])

  /// A version whose manifest and layout could be read.
  private struct Found {
    var id: Digest
    var manifest: Manifest
    var layout: Layout
    var number: Int?
  }

  init(store: BlobStore, journal: Journal, time: Int64) throws {
    self.store = store
    self.time = time
    self.journal = journal
    lines = try journal.contents()
    let inventory = try Inventory(of: store)
    blobs = inventory.blobs
    packs = inventory.packs
    report.problems += inventory.unreadable.map { .packUnreadable($0) }
    if let line = lines.damagedLine { report.problems.append(.journalDamaged(line: line)) }
  }

  mutating func rebuild(_ catalog: Catalog) throws -> RecoveryReport {
    let versions = try readableVersions()
    try catalog.write { writer in
      for pack in packs { try writer.addPack(named: pack.name, byteCount: pack.byteCount) }
      var known: Set<Digest> = []
      var tensorsByPath: [Digest: [String: Digest]] = [:]
      for version in versions {
        let row = row(of: version, known: known, tensorsByPath: tensorsByPath)
        let number = try version.number ?? writer.nextNumber(of: row.model)
        try addBlobs(of: version, row, label: "\(row.model)@v\(number)", writer)
        try writer.add(row, number: number)
        known.formUnion(row.tensors + row.parts)
        tensorsByPath[version.id] = Dictionary(
          zip(version.layout.slots.map(\.path), row.tensors)
        ) { $1 }
      }
      for entry in lines.entries { try replay(entry, writer) }
      if isJournalWhole {
        try writer.setJournalEnd(lines.end)
      } else {
        try journal.rewrite(from: writer)
      }
    }
    report.versions = try catalog.read {
      try $0.versions(of: nil, limit: nil, includingRemoved: true)
    }
    return report
  }

  private var isJournalWhole: Bool { lines.damagedLine == nil && !lines.entries.isEmpty }

  /// Records a version's blobs: those that are gone as damaged, so that the version stays listed,
  /// `verify` names it, and a commit of the same file mends it.
  private mutating func addBlobs(
    of version: Found, _ row: NewVersion, label: String, _ writer: CatalogWriter
  ) throws {
    let needed = Set(row.tensors + row.parts)
    let missing = needed.filter { blobs[$0] == nil }.sorted()
    let chains = needed.compactMap { blobs[$0]?.chain }.sorted { $0.count < $1.count }
    var byteCounts: [Digest: UInt64] = [:]
    for (slot, tensor) in zip(version.layout.slots, row.tensors) {
      byteCounts[tensor] = UInt64(slot.shape.byteCount(of: slot.dtype) ?? 0)
    }
    // Bases before what is coded against them.
    try writer.addBlobs(
      missing.map { NewBlob(digest: $0, byteCount: byteCounts[$0] ?? 0, pack: nil) }
        + chains.flatMap { $0.reversed() }.filter { recorded.insert($0.digest).inserted }
        .map(NewBlob.init), created: version.manifest.created)
    try writer.setCorrupt(
      missing.map { BlobRecord(digest: $0, byteCount: 0, pack: nil) })
    if !missing.isEmpty { report.incomplete.append(.init(label: label, missing: missing)) }
  }

  /// The versions whose manifests can be read, in the order of their commits; those that have no
  /// number in the journal last.
  private mutating func readableVersions() throws -> [Found] {
    var entries: [Digest: Journal.Entry] = [:]
    var byLabel: [String: Digest] = [:]
    var gone: Set<Digest> = []
    for entry in lines.entries {
      guard let id = entry.version else { continue }
      switch entry.event {
      case .commit:
        // A number that was given twice was first given to a commit that never ended.
        if let before = byLabel.updateValue(id, forKey: entry.label) { gone.insert(before) }
        entries[id] = entry
      case .purge: gone.insert(id)
      // What came after a purge shows that the purge's transaction was lost.
      default: gone.remove(id)
      }
    }
    var found: [Found] = []
    for id in Set(entries.keys).subtracting(gone).sorted() {
      if let version = try read(id, entry: entries[id]) { found.append(version) }
    }
    // A whole journal tells of every version that anybody was told of.
    if !isJournalWhole { found += try unlisted(beside: found) }
    return found.sorted {
      ($0.number == nil ? 1 : 0, $0.manifest.created, $0.id)
        < ($1.number == nil ? 1 : 0, $1.manifest.created, $1.id)
    }
  }

  /// Versions that the journal does not tell of. A tensor may look like a manifest, and be made to:
  /// what any manifest names as a part of its version is none.
  private mutating func unlisted(beside listed: [Found]) throws -> [Found] {
    var found: [Found] = []
    for id in try candidates().subtracting(listed.map(\.id)).sorted() {
      if let version = try read(id, entry: nil) { found.append(version) }
    }
    let parts = Set((listed + found).flatMap { $0.manifest.tensors + $0.manifest.parts })
    return found.filter { version in
      guard !parts.contains(version.id) else { return false }
      do {
        try Names.check(version.manifest.model, as: .model)
        return true
      } catch {
        return false  // No commit makes a manifest with such a name.
      }
    }
  }

  /// Blobs that begin as a manifest does. Canonical JSON sorts the members, so that is one of two.
  private func candidates() throws -> Set<Digest> {
    let beginnings = ["{\"architecture\":{\"config\":", "{\"created\":"].map { Array($0.utf8) }
    var candidates: Set<Digest> = []
    // No manifest is coded against another blob.
    for blob in blobs.values where blob.byteCount < 64 << 20 && blob.base == nil {
      do {
        let head = try store.firstBytes(of: blob.stored(), count: 32)
        if beginnings.contains(where: { head.starts(with: $0) }) { candidates.insert(blob.digest) }
      } catch is StoreError {
        // Damaged: verify says which versions it hits. A manifest that is so cannot be read anyway.
      }
    }
    return candidates
  }

  private mutating func read(_ id: Digest, entry: Journal.Entry?) throws -> Found? {
    do {
      let manifest = try Manifest(parsing: bytes(of: id), id: id)
      let layout = try Layout(parsing: bytes(of: manifest.layout), id: manifest.layout)
      guard layout.slots.count == manifest.tensors.count else {
        throw ManifestError.malformed(id, member: "tensors")
      }
      return Found(id: id, manifest: manifest, layout: layout, number: entry?.number)
    } catch let error where error is ManifestError || error is StoreError {
      // Without an entry it is a blob that only begins like a manifest.
      if let entry { report.lost.append(.init(id: id, label: entry.label)) }
      return nil
    }
  }

  private func bytes(of digest: Digest) throws -> [UInt8] {
    guard let blob = blobs[digest] else { throw StoreError.blobMissing(digest, path: "") }
    return try store.bytes(of: blob.stored())
  }

  private func row(
    of version: Found, known: Set<Digest>, tensorsByPath: [Digest: [String: Digest]]
  ) -> NewVersion {
    let manifest = version.manifest
    let needed = Set(manifest.tensors + manifest.parts + [version.id])
    let new = needed.subtracting(known)
    let parents = manifest.parents.compactMap { parent in
      Relation(rawValue: parent.relation).map { ParentEdge(version: parent.id, relation: $0) }
    }
    let changed = parents.first.flatMap { tensorsByPath[$0.version] }.map { before in
      zip(version.layout.slots, manifest.tensors).count { before[$0.path] != $1 }
    }
    return NewVersion(
      manifest, id: version.id, variables: version.layout.slots, parents: parents,
      newTensorCount: manifest.tensors.count { new.contains($0) },
      newBytes: new.reduce(0) { $0 + (blobs[$1]?.storedByteCount ?? 0) }, changedCount: changed)
  }

  /// Does again what was done to a version after its commit.
  private func replay(_ entry: Journal.Entry, _ writer: CatalogWriter) throws {
    if [.commit, .numbered].contains(entry.event) {
      try writer.raiseLastNumber(of: entry.model, to: entry.number, used: entry.at)
    }
    guard let id = entry.version, let version = try writer.reader.version(id) else { return }
    switch (entry.event, entry.name, entry.value) {
    case (.reset, _, _): try writer.removeDetails(of: version)
    case (.remove, _, _): try writer.setRemoved(entry.at, of: version)
    case (.restore, _, _): try writer.setRemoved(nil, of: version)
    case (.tag, let key?, let value?): try writer.setTag(key, to: value, of: version)
    case (.untag, let key?, _): _ = try writer.removeTag(key, of: version)
    case (.metric, let name?, let value?): try writer.setMetric(name, to: value, of: version)
    case (.export, let name?, let value?):
      guard let digest = Digest(parsing: value) else { return }
      try writer.setExport(
        ExportRecord(name: name, digest: digest, exported: entry.at), of: version)
    case (.alias, let name?, _): _ = try writer.setAlias(name, to: version, at: entry.at)
    case (.unalias, let name?, _):
      _ = try writer.removeAlias(name, of: version.model, at: entry.at)
    default: break
    }
  }
}

extension Journal.Entry {
  fileprivate var label: String { "\(model)@v\(number)" }
}

extension NewBlob {
  /// As it is known already.
  fileprivate init(_ record: BlobRecord) {
    var codedByteCount: UInt64?
    if case .coded(let byteCount, _) = record.coding { codedByteCount = byteCount }
    self.init(
      digest: record.digest, byteCount: record.byteCount, pack: record.pack,
      codedByteCount: codedByteCount, base: record.base?.digest, generation: record.generation)
  }
}
