public import Catalog
import ContentStore
public import Digests
import Files
import Glibc

/// What a collection would take, or took.
public struct GarbagePlan: Sendable {
  /// Removed versions whose retention is over.
  public var versions: [VersionRecord]
  /// Blobs that no version needs.
  public var blobs: [BlobRecord]

  /// Bytes of those blobs.
  public var byteCount: UInt64 { blobs.reduce(0) { $0 + $1.byteCount } }
}

/// What a collection did.
public struct GarbageReport: Sendable {
  public var plan: GarbagePlan
  /// Files without a row, left by writers that died.
  public var orphanCount: Int
  /// Packs that were written anew without what nobody needs.
  public var rewrittenPackCount: Int
  /// Blobs that were found damaged on the way. They stay.
  public var damaged: [Digest]
  /// Bytes that came free, as the disk counts them; packs written anew are set off.
  public var freedBytes: UInt64
}

/// How long to keep what could go. Both in nanoseconds.
public struct GarbagePolicy: Sendable {
  /// Blobs younger than this stay.
  public var grace: Int64
  /// Versions removed less than this ago stay.
  public var retention: Int64

  public init(grace: Int64 = Self.day, retention: Int64 = 7 * Self.day) {
    self.grace = grace
    self.retention = retention
  }

  /// A day in nanoseconds.
  public static let day: Int64 = 86_400_000_000_000
}

// The protocol, and why each step is there: Documentation/Decisions/0002-pins-in-session-files.md.
extension Registry {
  /// What `collectGarbage` would take now, but for what dead writers have left. Changes nothing.
  public func planGarbage(_ policy: GarbagePolicy = GarbagePolicy()) throws -> GarbagePlan {
    let time = now()
    return try catalog.read { try GarbagePlan($0, policy, at: time) }
  }

  /// Takes what no version needs. Writers may go on meanwhile: whatever they hold stays.
  ///
  /// - Parameters:
  ///   - policy: how long to keep what could go.
  ///   - abandoningLost: whether to take also what may be left of versions that a recovery could
  ///     not record.
  /// - Returns: `nil` when another process is collecting.
  /// - Throws: without having taken anything when the catalog is damaged, and
  ///   `RegistryError.versionsLost` after such a recovery.
  public func collectGarbage(
    _ policy: GarbagePolicy = GarbagePolicy(), abandoningLost: Bool = false
  ) throws -> GarbageReport? {
    guard let lock = try store.collectorLock() else { return nil }
    try requireNothingLost(abandoning: abandoningLost)
    let problems = try catalog.integrityProblems()
    guard problems.isEmpty else {
      throw CatalogError.damagedRow(table: "catalog", detail: problems.joined(separator: "; "))
    }
    let swept = try catalog.write { _ in try store.livingSessions(lock).sweptByteCount }
    let plan = try condemn(planGarbage(policy), lock)
    try discardCondemned(lock)
    let (rewritten, written, damaged) = try rewriteSparsePacks()
    try discardEmptyPacks(lock)
    let orphans = try discardOrphans(lock)
    let freed = try store.emptyTrash(lock) + swept
    return GarbageReport(
      plan: plan, orphanCount: orphans, rewrittenPackCount: rewritten, damaged: damaged,
      freedBytes: freed > written ? freed - written : 0)
  }

  private func requireNothingLost(abandoning: Bool) throws {
    guard let file = try OpenFile.ifPresent(store.paths.lost, flags: O_RDONLY) else { return }
    guard abandoning else {
      let bytes = try file.bytes(at: 0, count: Int(clamping: file.status().byteCount))
      throw RegistryError.versionsLost(
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
    }
    try Folder.remove(store.paths.lost)
  }

  /// First transactions: versions are forgotten, and what nobody needs is marked. From here on it
  /// counts as absent for every writer that does not hold it. The plan was made without the write
  /// lock, so each part of it is looked at again.
  private func condemn(_ plan: GarbagePlan, _ lock: borrowing CollectorLock) throws -> GarbagePlan {
    var taken = GarbagePlan(versions: [], blobs: [])
    try inTurns(plan.versions, of: 100) { versions, writer in
      let removed = try versions.filter {
        try writer.reader.version($0.id)?.removed == $0.removed
      }
      try purge(removed, writer)
      taken.versions += removed
    }
    if !taken.versions.isEmpty { try catalog.write { try $0.purgeLayouts() } }
    try inTurns(plan.blobs, of: 1000) { blobs, writer in
      let living = try store.livingSessions(lock)
      let unneeded = try blobs.filter {
        try !living.pins($0.digest) && !writer.reader.isNeeded($0.digest)
      }
      try writer.condemn(unneeded.map(\.digest))
      taken.blobs += unneeded
    }
    return taken
  }

  private func purge(_ versions: [VersionRecord], _ writer: CatalogWriter) throws {
    guard !versions.isEmpty else { return }
    let time = now()
    try journal.append(
      versions.map {
        Journal.Entry(
          at: time, event: .purge, model: $0.model, number: $0.number, version: $0.id)
      }, writer)
    for version in versions { try writer.purge(version) }
  }

  /// Second transactions: what is still unneeded and unpinned goes. The rename lies between the
  /// check and the commit, under the write lock, so that no pin can slip in between.
  private func discardCondemned(_ lock: borrowing CollectorLock) throws {
    try inTurns(try catalog.read { try $0.condemnedBlobs() }, of: 64) { blobs, writer in
      let living = try store.livingSessions(lock)
      for blob in blobs {
        guard try writer.reader.isCondemned(blob.digest) else { continue }
        if try !living.pins(blob.digest) && !writer.reader.isNeeded(blob.digest) {
          if blob.pack == nil { try store.discard(blob.digest, lock) }
          try writer.forget(blob.digest)
        } else if try isWhole(blob) {
          try writer.reprieve(blob.digest)
        }
      }
    }
  }

  /// Does something in transactions of so many elements each, and between them leaves the write
  /// lock alone for as long as it held it: who waits for it tries now and then, and would else find
  /// it taken each time.
  private func inTurns<Element>(
    _ elements: [Element], of count: Int,
    _ body: (ArraySlice<Element>, CatalogWriter) throws -> Void
  ) throws {
    for start in stride(from: 0, to: elements.count, by: count) {
      let began = ContinuousClock.now
      let end = min(start + count, elements.count)
      try catalog.write { writer in try body(elements[start..<end], writer) }
      let held = min(ContinuousClock.now - began, .milliseconds(100))
      if end < elements.count { usleep(UInt32(held / .microseconds(1))) }
    }
  }

  private func isWhole(_ blob: BlobRecord) throws -> Bool {
    do {
      // Read: what was found damaged before it was condemned must not come back as whole.
      try store.verify(blob.stored(), readingBytes: true)
      return true
    } catch is StoreError {
      return false
    }
  }

  /// Packs that are less than half in use are written anew without the rest.
  ///
  /// The old ones are not touched here: their rows and files go in a transaction of their own,
  /// after this one is on the disk, so that no crash leaves a row that names a pack in the trash.
  private func rewriteSparsePacks() throws -> (count: Int, writtenBytes: UInt64, damaged: [Digest])
  {
    let sparse = try catalog.read { try $0.packs() }.filter {
      // Writing a small one anew would free less than it costs.
      $0.byteCount > BlobStore.packLimit / 2 && $0.usedBytes * 2 < $0.byteCount
    }
    guard !sparse.isEmpty else { return (0, 0, []) }
    let session = try store.beginSession()
    defer {
      // The lock goes with the process, and the next collection clears up after it.
      try? session.end()
    }
    var moves: [(blob: StagedBlob, pack: String)] = []
    var damaged: [Digest] = []
    for pack in sparse {
      for blob in try catalog.read({ try $0.blobs(inPack: pack.name) }) {
        do {
          let staged = try store.withCheckedBytes(of: blob.stored()) { try session.stage([$0]) }
          moves.append((staged, pack.name))
        } catch is StoreError {
          // Its pack stays as it is, for a repair; verify says which versions it hits.
          damaged.append(blob.digest)
        }
      }
    }
    guard !moves.isEmpty || !damaged.isEmpty else { return (0, 0, []) }
    let published = try session.publish()
    try catalog.write { writer in
      for pack in published {
        try writer.addPack(named: pack.id.name, byteCount: pack.byteCount)
      }
      for (blob, pack) in moves {
        guard let place = blob.location.place else { continue }
        try writer.move(blob.digest, from: pack, to: place)
      }
      try writer.setCorrupt(damaged)
    }
    return (Set(moves.map(\.pack)).count, published.reduce(0) { $0 + $1.byteCount }, damaged)
  }

  /// Packs that no row is in go, unless a living session may be reading in them.
  private func discardEmptyPacks(_ lock: borrowing CollectorLock) throws {
    let empty = try catalog.read { try $0.packs() }.filter { $0.usedBytes == 0 }
    guard !empty.isEmpty else { return }
    try catalog.write { writer in
      let living = try store.livingSessions(lock)
      for pack in empty where try writer.reader.isEmpty(pack: pack.name) {
        guard let id = PackID(parsing: pack.name) else {
          throw CatalogError.damagedRow(table: "pack", detail: pack.name)
        }
        guard try !living.mayRead(id, in: store) else { continue }
        try store.discard(id, lock)
        try writer.forgetPack(named: pack.name)
      }
    }
  }

  /// Files that no row tells of and no living session may be about to tell of. Decided under the
  /// write lock; a writer pins before it publishes, so no clock is needed.
  private func discardOrphans(_ lock: borrowing CollectorLock) throws -> Int {
    let contents = try store.contents()
    let (loose, packs) = try catalog.read { reader in
      (
        try contents.loose.filter { try !reader.knows($0) },
        try contents.packs.filter { try !reader.knowsPack($0.name) }
      )
    }
    guard !loose.isEmpty || !packs.isEmpty else { return 0 }
    return try catalog.write { writer in
      let living = try store.livingSessions(lock)
      var count = 0
      for digest in loose where try !living.pins(digest) && !writer.reader.knows(digest) {
        try store.discard(digest, lock)
        count += 1
      }
      for pack in packs
      where try !living.isWriting(pack) && !writer.reader.knowsPack(pack.name) {
        try store.discard(pack, lock)
        count += 1
      }
      return count
    }
  }
}

extension GarbagePlan {
  fileprivate init(_ reader: CatalogReader, _ policy: GarbagePolicy, at time: Int64) throws {
    versions = try reader.versions(removedBefore: time - policy.retention)
    blobs = try reader.unneededBlobs(
      removedBefore: time - policy.retention, createdBefore: time - policy.grace)
  }
}
