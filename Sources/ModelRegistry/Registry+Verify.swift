public import Catalog
public import ContentStore
public import Digests
import Files
import Glibc
import Synchronization

/// How much of the store a check reads.
public enum VerifyScope: Hashable, Sendable {
  /// Rows, names and lengths, and SQLite's own check.
  case quick
  /// The bytes of every blob as well.
  case full
  /// The bytes of those blobs that were not read for this long, in nanoseconds: goes on with a full
  /// check that was broken off.
  case fullUnlessWithin(Int64)
  /// The bytes of so many per cent of the blobs, those first that were not read for longest.
  case subset(percent: Double)
}

/// What a check found.
public struct VerifyReport: Sendable {
  public var blobCount: Int
  public var blobBytes: UInt64
  /// Blobs whose bytes were read.
  public var readCount: Int
  public var damage: [Damage]
  /// What SQLite found wrong with the catalog.
  public var catalogProblems: [String]
  /// The first line of the journal that was not as it was written; `nil` when all were.
  public var journalDamage: Int?
  /// Packs that do not tell what is in them any more. What the catalog knows of is read all the
  /// same, and `pack` writes it anew.
  public var damagedPacks: [StoreError]
  /// Files under names that no store gives.
  public var strangeFiles: [String]

  /// A blob that is not what its name says, and the versions that need it.
  public struct Damage: Sendable {
    public var blob: Digest
    public var error: StoreError
    public var versions: [VersionRecord]
  }

  /// Whether nothing is wrong.
  public var isClean: Bool {
    damage.isEmpty && damagedPacks.isEmpty && catalogProblems.isEmpty && journalDamage == nil
  }
}

extension Registry {
  /// Checks the registry. Damaged blobs are marked, so that the next commit of the same bytes puts
  /// them right, and a damaged journal is written anew from the catalog. Nothing is deleted.
  public func verify(_ scope: VerifyScope, progress: Progress? = nil) throws -> VerifyReport {
    let problems = try catalog.integrityProblems()
    let blobs = try catalog.read { try $0.storedBlobs() }
    // What was found damaged is read again in every scope: a quick check must not call it whole.
    let chosen = Set(
      (choose(from: blobs, scope) + blobs.filter(\.isCorrupt)).map(\.record.digest))
    let total = blobs.reduce(0) {
      chosen.contains($1.record.digest) ? $0 + $1.record.byteCount : $0
    }
    let done = Tally()
    var damage: [VerifyReport.Damage] = []
    // What was read is recorded now and then, so that a check that is broken off can go on.
    for start in stride(from: 0, to: blobs.count, by: 256) {
      let batch = Array(blobs[start..<min(start + 256, blobs.count)])
      let results = try check(batch, reading: chosen) { progress?(done.add($0), total) }
        .compactMap { try checkedAgain($0) }
      try record(results)
      damage += try describe(results)
    }
    return VerifyReport(
      blobCount: blobs.count, blobBytes: blobs.reduce(0) { $0 + $1.record.byteCount },
      readCount: chosen.count, damage: damage, catalogProblems: problems,
      journalDamage: problems.isEmpty ? try mendJournal() : nil,
      damagedPacks: try damagedPacks(), strangeFiles: try store.contents().strange)
  }

  private func damagedPacks() throws -> [StoreError] {
    try catalog.read { try $0.packs() }.filter { $0.blobCount > 0 }
      .compactMap { try PackID(parsing: $0.name).flatMap { try store.defect(of: $0) } }
  }

  private func record(_ results: [Result]) throws {
    let damaged = results.filter { $0.error != nil }.map(\.blob)
    let sound = results.filter { $0.error == nil && $0.wasRead }.map(\.blob)
    guard !damaged.isEmpty || !sound.isEmpty else { return }
    let time = now()
    try unlessReadOnly {
      try catalog.write { writer in
        try writer.setCorrupt(damaged)
        try writer.setVerified(sound, at: time)
      }
    }
  }

  /// Who may only read can check all the same, but not record what was found.
  private func unlessReadOnly(_ body: () throws -> Void) throws {
    do { try body() } catch CatalogError.readOnly {
      return
    } catch let error as SystemCallError where [EACCES, EPERM, EROFS].contains(error.code) {
      return
    }
  }

  private func describe(_ results: [Result]) throws -> [VerifyReport.Damage] {
    try catalog.read { reader in
      try results.compactMap { result in
        try result.error.map {
          VerifyReport.Damage(
            blob: result.blob.digest, error: $0,
            versions: try reader.versions(needing: result.blob.digest))
        }
      }
    }
  }

  /// The first damaged or missing line of the journal, which is then written anew from the catalog.
  private func mendJournal() throws -> Int? {
    // First where it should end: it may grow before it is read.
    let end = try catalog.read { try $0.journalEnd() }
    let contents = try journal.contents()
    guard contents.damagedLine != nil || contents.end.byteCount < end.byteCount else { return nil }
    try unlessReadOnly { try catalog.write { _ = try journal.rewrite(from: $0) } }
    return contents.entries.count + 1
  }

  private func choose(from blobs: [CheckedBlob], _ scope: VerifyScope) -> ArraySlice<CheckedBlob> {
    switch scope {
    case .quick: return []
    case .full: return blobs[...]
    case .fullUnlessWithin(let time):
      let limit = now() - time
      return blobs.filter { $0.verified.map { $0 < limit } ?? true }[...]
    case .subset(let percent):
      let count = (Double(blobs.count) * percent / 100).rounded(.up)
      return blobs.prefix(min(blobs.count, max(0, Int(count))))
    }
  }

  private struct Result {
    var blob: BlobRecord
    var wasRead: Bool
    var error: StoreError?
  }

  /// A collector may have taken or moved a blob since the list was made: what looks damaged is
  /// looked up and read once more. `nil`: it is no longer the store's.
  private func checkedAgain(_ result: Result) throws -> Result? {
    guard result.error != nil else { return result }
    let (record, state) = try catalog.read {
      (try $0.blob(result.blob.digest), try $0.state(of: result.blob.digest))
    }
    guard let record, state != .condemned else { return nil }
    do {
      try store.verify(record.stored(), readingBytes: true)
      return Result(blob: record, wasRead: true, error: nil)
    } catch let error as StoreError {
      return Result(blob: record, wasRead: true, error: error)
    }
  }

  private func check(
    _ blobs: [CheckedBlob], reading chosen: Set<Digest>,
    read: @escaping @Sendable (_ byteCount: UInt64) -> Void
  ) throws -> [Result] {
    let store = store
    let results = Mutex<[Result]>([])
    try inParallel(blobs, threads: processorCount) { _, blob in
      let isRead = chosen.contains(blob.record.digest)
      var found: StoreError?
      do { try store.verify(blob.record.stored(), readingBytes: isRead) } catch let error
        as StoreError
      { found = error }
      results.withLock { $0.append(Result(blob: blob.record, wasRead: isRead, error: found)) }
      if isRead { read(blob.record.byteCount) }
    }
    return results.withLock { $0 }.sorted { $0.blob.digest < $1.blob.digest }
  }
}
