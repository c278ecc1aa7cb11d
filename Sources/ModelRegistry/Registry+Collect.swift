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
  /// Blobs that are coded against some of those, and first get another form.
  var rebasing: [RecodingStep]

  /// How much more these then take, about.
  var addedByteCount: UInt64 = 0

  /// How many blobs are coded anew.
  public var rebasedCount: Int { rebasing.count }

  /// What comes free.
  public var byteCount: UInt64 {
    let taken = blobs.reduce(0) { $0 + $1.storedByteCount }
    return taken > addedByteCount ? taken - addedByteCount : 0
  }
}

/// What a collection did.
public struct GarbageReport: Sendable {
  public var plan: GarbagePlan
  /// Files without a row, left by writers that died.
  public var orphanCount: Int
  /// Packs that were written anew without what nobody needs.
  public var rewrittenPackCount: Int
  /// Blobs that were coded against something that went, and are now coded otherwise.
  public var rebasedCount: Int
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
    try requireSoundCatalog()
    let swept = try catalog.write { _ in try store.livingSessions(lock).sweptByteCount }
    let rebased = try recode(planGarbage(policy).rebasing, lock)
    var plan = try condemn(planGarbage(policy), lock)
    plan.addedByteCount =
      rebased.newByteCount > rebased.oldByteCount ? rebased.newByteCount - rebased.oldByteCount : 0
    try discardCondemned(lock)
    let sparse = try sparsePacks()
    let rewritten = try recode(steps(copying: sparse), lock)
    try discardEmptyPacks(lock)
    let orphans = try discardOrphans(lock)
    let freed = try store.emptyTrash(lock) + swept
    let written = rebased.writtenByteCount + rewritten.writtenByteCount
    return GarbageReport(
      plan: plan, orphanCount: orphans, rewrittenPackCount: sparse.count,
      rebasedCount: rebased.movedCount, damaged: rebased.damaged + rewritten.damaged,
      freedBytes: freed > written ? freed - written : 0)
  }

  func requireSoundCatalog() throws {
    let problems = try catalog.integrityProblems()
    guard problems.isEmpty else {
      throw CatalogError.damagedRow(table: "catalog", detail: problems.joined(separator: "; "))
    }
  }

  func requireNothingLost(abandoning: Bool) throws {
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
    var taken = GarbagePlan(versions: [], blobs: [], rebasing: [])
    try inTurns(plan.versions, of: 100) { versions, writer in
      let removed = try versions.filter {
        try writer.reader.version($0.id)?.removed == $0.removed
      }
      try purge(removed, writer)
      taken.versions += removed
    }
    if !taken.versions.isEmpty { try catalog.write { try $0.purgeLayouts() } }
    // A base goes after what is coded against it, or it would count as needed.
    let order = plan.blobs.map { ($0, $0.chain.count) }.sorted { $0.1 > $1.1 }.map(\.0)
    try inTurns(order, of: 1000) { blobs, writer in
      let living = try store.livingSessions(lock)
      for blob in blobs where !living.pins(blob.digest) {
        guard try !writer.reader.isNeeded(blob.digest, includingCondemned: false) else { continue }
        try writer.condemn([blob.digest])
        taken.blobs.append(blob)
      }
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
        guard try writer.reader.state(of: blob.digest) == .condemned else { continue }
        let isNeeded = try writer.reader.isNeeded(blob.digest, includingCondemned: true)
        if !living.pins(blob.digest), !isNeeded {
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

  /// Packs that are less than half in use: they are written anew without the rest.
  private func sparsePacks() throws -> [PackRecord] {
    try catalog.read { try $0.packs() }.filter {
      // Writing a small one anew would free less than it costs.
      $0.byteCount > BlobStore.packLimit / 2 && $0.blobCount > 0
        && $0.liveByteCount < $0.byteCount / 2
    }
  }

  /// The steps that copy all that is in packs to others.
  func steps(copying packs: [PackRecord]) throws -> [RecodingStep] {
    try catalog.read { reader in
      try packs.flatMap { try reader.blobs(inPack: $0.name) }
    }.map { RecodingStep(blob: $0, form: .same, generation: $0.generation) }
  }

  /// Packs that no row is in go, unless a living session may be reading in them.
  func discardEmptyPacks(_ lock: borrowing CollectorLock) throws {
    var whereabouts = Whereabouts(in: self)
    let empty = try catalog.read { try $0.packs() }
      .filter { try $0.blobCount == 0 && whereabouts.canDo(withoutPack: $0.name) }
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

  /// Files that no row tells of, or whose blobs are in a pack by now, and that no living session
  /// may be about to tell of. Decided under the write lock; a writer pins before it publishes, so
  /// no clock is needed.
  func discardOrphans(_ lock: borrowing CollectorLock) throws -> Int {
    let contents = try store.contents()
    var (loose, packs) = try catalog.read { reader in
      (
        try contents.loose.filter { try !reader.isLoose($0) },
        try contents.packs.filter { try !reader.knowsPack($0.name) }
      )
    }
    var whereabouts = Whereabouts(in: self)
    loose = try loose.filter { try whereabouts.canDo(withoutLoose: $0) }
    packs = try packs.filter { try whereabouts.canDo(withoutPack: $0.name) }
    guard !loose.isEmpty || !packs.isEmpty else { return 0 }
    return try catalog.write { writer in
      let living = try store.livingSessions(lock)
      var count = 0
      for digest in loose where try !living.pins(digest) && !writer.reader.isLoose(digest) {
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
    let removedBefore = time - policy.retention
    let createdBefore = time - policy.grace
    versions = try reader.versions(removedBefore: removedBefore)
    blobs = try reader.unneededBlobs(removedBefore: removedBefore, createdBefore: createdBefore)
    let outlived = try reader.outlivedBases(
      removedBefore: removedBefore, createdBefore: createdBefore)
    let rebasing = try Rebasing(of: outlived, beside: blobs, in: reader)
    self.rebasing = rebasing.steps
    addedByteCount = rebasing.addedByteCount
    blobs += rebasing.freed
  }
}

extension PackRecord {
  /// What its blobs take in it, with their entries in the footer and what every pack has, about.
  var liveByteCount: UInt64 {
    // Rows may lie.
    let (sum, overflow) = usedBytes.addingReportingOverflow(
      UInt64(blobCount) * PackEntry.usualByteCount + BlobStore.emptyPackByteCount)
    return overflow ? .max : sum
  }
}
