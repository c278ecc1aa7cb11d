public import Catalog
import ContentStore
public import Digests
import Files

/// What a recovery found and made of it.
public struct RecoveryReport: Sendable {
  public var versions: [VersionRecord]
  /// Versions that could not be recorded again: their manifest or a blob is gone or damaged.
  public var lost: [LostVersion]
  /// Packs and journal lines that could not be read.
  public var problems: [String]
  /// Where the old catalog lies now; `nil` when there was none.
  public var oldCatalog: String?

  /// A version of which something is missing.
  public struct LostVersion: Sendable {
    public var id: Digest
    /// `mnist@v3`, when the journal tells.
    public var label: String?
    public var missing: [Digest]
  }
}

extension Registry {
  /// Makes the catalog anew from the blobs and the journal. The old one is kept beside it.
  ///
  /// - Throws: `RegistryError.recoveryBlocked` while another process uses the registry.
  public static func recover(at path: String, now: @escaping @Sendable () -> Int64 = systemTime)
    throws -> RecoveryReport
  {
    guard let root = try root(at: path) else {
      throw RegistryError.noRegistry(searchedFrom: path)
    }
    let paths = StorePaths(root: root)
    let store = try BlobStore(opening: paths)
    guard let lock = try store.collectorLock() else {
      throw RegistryError.recoveryBlocked(livingSessions: 1)
    }
    let living = try store.livingSessions(lock).count
    guard living == 0 else { throw RegistryError.recoveryBlocked(livingSessions: living) }
    let fresh = paths.catalog + ".new"
    for ending in CatalogFiles.endings { try Folder.remove(fresh + ending) }
    var recovery = try Recovery(
      store: store, journal: Journal(folder: paths.root), time: now())
    let report = try recovery.rebuild(Catalog(path: fresh, creating: true))
    return try withExtendedLifetime(lock) {
      var report = report
      report.oldCatalog = try CatalogFiles.replace(paths.catalog, with: fresh)
      return report
    }
  }
}

/// A catalog's file and those that SQLite keeps beside it.
private enum CatalogFiles {
  static let endings = ["", "-journal", "-wal", "-shm"]

  /// Moves the old catalog aside, with its journal: SQLite would roll that into the new one.
  static func replace(_ catalog: String, with fresh: String) throws -> String? {
    var aside: String?
    if try Folder.status(of: catalog) != nil {
      var number = 1
      while try Folder.status(of: "\(catalog).old-\(number)") != nil { number += 1 }
      aside = "\(catalog).old-\(number)"
    }
    if let aside {
      for ending in endings where try Folder.status(of: catalog + ending) != nil {
        try Folder.rename(catalog + ending, to: aside + ending)
      }
    }
    try Folder.rename(fresh, to: catalog)
    let folder = catalog.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    try Folder.synchronize(folder.joined(separator: "/"))
    return aside
  }
}

/// One rebuilding of a catalog.
private struct Recovery {
  private let store: BlobStore
  private let time: Int64
  private let journal: [Journal.Entry]
  private let isJournalWhole: Bool
  private var blobs: [Digest: BlobRecord] = [:]
  private var packs: [(name: String, byteCount: UInt64)] = []
  private var report = RecoveryReport(versions: [], lost: [], problems: [], oldCatalog: nil)

  /// A version that is whole.
  private struct Found {
    var id: Digest
    var manifest: Manifest
    var layout: Layout
    var number: Int?
  }

  init(store: BlobStore, journal: Journal, time: Int64) throws {
    self.store = store
    self.time = time
    let (entries, damagedLine) = try journal.entries()
    self.journal = entries
    isJournalWhole = damagedLine == nil && !entries.isEmpty
    if let damagedLine {
      // The manifests still tell of later versions all but what changed after their commits.
      report.problems.append("the journal is damaged from line \(damagedLine) on")
    }
    try takeInventory()
  }

  private mutating func takeInventory() throws {
    let contents = try store.contents()
    for id in contents.packs {
      do {
        for entry in try store.entries(of: id) {
          blobs[entry.digest] = BlobRecord(
            digest: entry.digest, byteCount: entry.length,
            pack: PackPlace(name: id.name, offset: entry.offset))
        }
        packs.append((id.name, try store.byteCount(of: id)))
      } catch let error as StoreError {
        report.problems.append("\(error)")
      }
    }
    for digest in contents.loose {
      let byteCount = try store.byteCount(ofLoose: digest) ?? 0
      blobs[digest] = BlobRecord(digest: digest, byteCount: byteCount, pack: nil)
    }
  }

  mutating func rebuild(_ catalog: Catalog) throws -> RecoveryReport {
    let versions = try wholeVersions()
    try catalog.write { writer in
      for pack in packs { try writer.addPack(named: pack.name, byteCount: pack.byteCount) }
      var known: Set<Digest> = []
      var tensorsByPath: [Digest: [String: Digest]] = [:]
      for version in versions {
        let row = row(of: version, known: known, tensorsByPath: tensorsByPath)
        let needed = Set(row.tensors + row.parts)
        try writer.addBlobs(needed.compactMap { blobs[$0] }, created: version.manifest.created)
        let number = try version.number ?? writer.nextNumber(of: row.model)
        try writer.add(row, number: number)
        known.formUnion(needed)
        tensorsByPath[version.id] = Dictionary(
          zip(version.layout.slots.map(\.path), row.tensors)
        ) { $1 }
      }
      for entry in journal { try replay(entry, writer) }
    }
    report.versions = try catalog.read {
      try $0.versions(of: nil, limit: nil, includingRemoved: true)
    }
    return report
  }

  /// The versions of which every blob is there, in the order of their commits; those that have no
  /// number in the journal last.
  private mutating func wholeVersions() throws -> [Found] {
    var entries: [Digest: Journal.Entry] = [:]
    var byLabel: [String: Digest] = [:]
    var gone: Set<Digest> = []
    for entry in journal {
      switch entry.event {
      case .commit:
        // A number that was given twice was first given to a commit that never ended.
        if let before = byLabel.updateValue(entry.version, forKey: entry.label) {
          gone.insert(before)
        }
        entries[entry.version] = entry
      case .purge: gone.insert(entry.version)
      // What came after a purge shows that the purge's transaction was lost.
      default: gone.remove(entry.version)
      }
    }
    var found: [Found] = []
    for id in Set(entries.keys).subtracting(gone).sorted() {
      if let version = try read(id, entry: entries[id]) { found.append(version) }
    }
    // A whole journal tells of every version that anybody was told of.
    if !isJournalWhole { found += try unlisted(except: Set(entries.keys)) }
    return found.sorted {
      ($0.number == nil ? 1 : 0, $0.manifest.created, $0.id)
        < ($1.number == nil ? 1 : 0, $1.manifest.created, $1.id)
    }
  }

  /// Versions that the journal does not tell of. A tensor may look like a manifest, and be made to:
  /// what any manifest names as its tensor is none.
  private mutating func unlisted(except listed: Set<Digest>) throws -> [Found] {
    var found: [Found] = []
    for id in try candidates().subtracting(listed).sorted() {
      if let version = try read(id, entry: nil) { found.append(version) }
    }
    let tensors = Set(found.flatMap(\.manifest.tensors))
    return found.filter { !tensors.contains($0.id) }
  }

  /// Blobs that begin as a manifest does. Canonical JSON sorts the members, so that is one of two.
  private func candidates() throws -> Set<Digest> {
    let beginnings = ["{\"architecture\":{\"config\":", "{\"created\":"].map { Array($0.utf8) }
    var candidates: Set<Digest> = []
    for blob in blobs.values where blob.byteCount < 64 << 20 {
      let head = try store.firstBytes(of: blob.stored(), count: 32)
      if beginnings.contains(where: { head.starts(with: $0) }) { candidates.insert(blob.digest) }
    }
    return candidates
  }

  private mutating func read(_ id: Digest, entry: Journal.Entry?) throws -> Found? {
    do {
      let manifest = try Manifest(parsing: bytes(of: id), id: id)
      let layout = try Layout(parsing: bytes(of: manifest.layout), id: manifest.layout)
      let missing = (manifest.tensors + manifest.parts).filter { blobs[$0] == nil }
      guard missing.isEmpty, layout.slots.count == manifest.tensors.count else {
        report.lost.append(.init(id: id, label: entry?.label, missing: missing))
        return nil
      }
      return Found(id: id, manifest: manifest, layout: layout, number: entry?.number)
    } catch is ManifestError where entry == nil {
      return nil  // A blob that only begins like a manifest.
    } catch is ManifestError {
      report.lost.append(.init(id: id, label: entry?.label, missing: [id]))
    } catch is StoreError {
      report.lost.append(.init(id: id, label: entry?.label, missing: [id]))
    }
    return nil
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
      newBytes: new.reduce(0) { $0 + (blobs[$1]?.byteCount ?? 0) }, changedCount: changed)
  }

  /// Does again what was done to a version after its commit.
  private func replay(_ entry: Journal.Entry, _ writer: CatalogWriter) throws {
    guard let version = try writer.reader.version(entry.version) else { return }
    switch (entry.event, entry.name, entry.value) {
    case (.remove, _, _): try writer.setRemoved(entry.at, of: version)
    case (.restore, _, _): try writer.setRemoved(nil, of: version)
    case (.tag, let key?, let value?): try writer.setTag(key, to: value, of: version)
    case (.untag, let key?, _): _ = try writer.removeTag(key, of: version)
    case (.metric, let name?, let value?): try writer.setMetric(name, to: value, of: version)
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
