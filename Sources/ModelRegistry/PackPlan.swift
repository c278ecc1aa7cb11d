import Catalog
import ContentStore
import Digests
import Files
import TensorCodec

/// What packing would do, by samples of the blobs.
public struct PackPlan: Sendable {
  /// Blobs that would be kept in a smaller form.
  var steps: [RecodingStep] = []
  /// Small packs that would become one.
  var scattered: [PackRecord] = []
  /// What those blobs take now.
  public internal(set) var oldByteCount: UInt64 = 0
  /// What they would take.
  public internal(set) var newByteCount: UInt64 = 0
  /// Whether there are more blobs than were looked at.
  public internal(set) var isPartial = false

  public var blobCount: Int { steps.count }
  public var gatheredPackCount: Int { scattered.count }
}

/// Looks for smaller forms of blobs: those that stand by themselves, version after version, against
/// what the parent has in their place and what the version before has.
struct PackPlanner {
  private let registry: Registry
  /// What is not touched: versions that are in use are to be read as quickly as they are.
  private let hot: Set<Digest>
  private var sampleLimit: Int?
  private(set) var plan = PackPlan()
  private var seen: Set<Digest> = []
  /// Blobs as they will be when the plan was carried out.
  private var planned: [Digest: BlobRecord] = [:]
  private var last: (version: VersionRecord, contents: VersionContents)?

  /// Smaller ones are not worth a sample.
  private static let leastByteCount: UInt64 = 512
  /// What a form has to save, as a share of the blob.
  private static let leastGain = 0.03

  /// - Parameters:
  ///   - includingHot: whether to look also at what the latest version of each model needs, and
  ///     those that aliases name.
  ///   - sampleLimit: how many blobs to look at, at most.
  init(_ registry: Registry, includingHot: Bool, sampleLimit: Int?) throws {
    self.registry = registry
    self.sampleLimit = sampleLimit
    hot = includingHot ? [] : try registry.catalog.read { try $0.hotBlobs() }
  }

  /// Makes the plan.
  mutating func run(progress: Progress?) throws -> PackPlan {
    let rows = try registry.catalog.read {
      try $0.versionsWithBlobsByThemselves(
        ofAtLeast: Self.leastByteCount, limit: sampleLimit)
    }
    plan.isPartial = rows.count == sampleLimit
    for (index, row) in rows.enumerated() {
      progress?(UInt64(index), UInt64(rows.count))
      // It may have been purged since.
      guard let version = try registry.catalog.read({ try $0.version(row) }) else { continue }
      guard try add(version) else {
        plan.isPartial = true
        break
      }
    }
    return plan
  }

  /// - Returns: `false` when enough was looked at.
  private mutating func add(_ version: VersionRecord) throws -> Bool {
    guard let contents = try contents(of: version) else { return true }
    let before = try versionsBefore(version).compactMap { try self.contents(of: $0) }
      .map { $0.blobs(like: contents) }
    for (place, item) in contents.items.enumerated() {
      guard sampleLimit != 0 else { return false }
      try add(item, near: before.compactMap { $0[place] })
    }
    last = (version, contents)
    return true
  }

  private mutating func add(_ item: VersionContents.Item, near: [BlobRecord]) throws {
    let blob = item.blob
    guard blob.byteCount >= Self.leastByteCount, blob.base == nil, !hot.contains(blob.digest),
      seen.insert(blob.digest).inserted
    else { return }
    sampleLimit = sampleLimit.map { $0 - 1 }
    let series = near.filter { $0.digest != blob.digest }
      .compactMap { BlobSeries(after: planned[$0.digest] ?? $0) }
    guard let choice = try choice(for: blob, as: item.kind, among: series) else { return }
    let base = choice.series?.base
    let generation = choice.series?.generation ?? 0
    let byteCount = UInt64((choice.share * Double(blob.byteCount)).rounded(.up))
    plan.steps.append(
      RecodingStep(
        blob: blob, form: .smaller(item.kind, base: choice.base), generation: generation))
    plan.oldByteCount += blob.storedByteCount
    plan.newByteCount += byteCount
    planned[blob.digest] = BlobRecord(
      digest: blob.digest, byteCount: blob.byteCount, pack: nil,
      coding: .coded(byteCount: byteCount, base: base), generation: generation)
  }

  /// The form in which a blob is smallest, if it saves enough.
  private func choice(for blob: BlobRecord, as kind: ElementKind, among series: [BlobSeries]) throws
    -> (share: Double, series: BlobSeries?, base: BlobRecord?)?
  {
    let now = Double(blob.storedByteCount) / Double(blob.byteCount)
    let isRaw = blob.coding == .raw
    var best: (share: Double, series: BlobSeries?, base: BlobRecord?)?
    // An estimate is of the chunks alone.
    func consider(_ estimate: Double, _ series: BlobSeries?, _ base: BlobRecord?) {
      let rest = BlobStore.codingOverhead(of: blob.byteCount, hasBase: base != nil)
      let share = estimate + Double(rest) / Double(blob.byteCount)
      if share <= min(now - Self.leastGain, best?.share ?? 1) { best = (share, series, base) }
    }
    do {
      let stored = try blob.stored()
      if isRaw {
        consider(try registry.store.estimate(stored, as: kind, against: nil).alone, nil, nil)
      }
      for series in series {
        // As it is now: the planned form is not there yet.
        let found = try registry.catalog.read { try $0.blob(series.base.digest) }
        guard let base = found, !base.chain.contains(where: { $0.digest == blob.digest }) else {
          continue
        }
        let estimate = try registry.store.estimate(stored, as: kind, against: base.stored())
        if let share = estimate.delta { consider(share, series, base) }
      }
    } catch let error where error is StoreError || error is SystemCallError {
      return nil  // Damaged, or not to be read: verify says what it hits.
    }
    return best
  }

  /// The versions whose blobs may be near: the first parent, and the one numbered before.
  private func versionsBefore(_ version: VersionRecord) throws -> [VersionRecord] {
    try registry.catalog.read { reader in
      let parent = try reader.parents(of: version).first.flatMap { try reader.version($0.version) }
      let other = try reader.version(version.model, number: version.number - 1)
      return [parent, other == parent ? nil : other].compactMap { $0 }
    }
  }

  private func contents(of version: VersionRecord) throws -> VersionContents? {
    if let last, last.version == version { return last.contents }
    do {
      return try registry.unlessDamaged { try registry.contents(of: version) }
    } catch is SystemCallError {
      return nil  // Not to be read: verify says what it hits.
    }
  }
}
