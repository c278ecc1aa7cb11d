import Catalog
import ContentStore
public import Digests

/// What packing did.
public struct PackReport: Sendable {
  /// Blobs that are kept in a smaller form now.
  public var codedCount: Int
  /// What these took, and what they take now.
  public var oldByteCount: UInt64
  public var newByteCount: UInt64
  /// Small packs that became few large ones.
  public var gatheredPackCount: Int
  /// Blobs that were found damaged on the way. They stay.
  public var damaged: [Digest]
  /// What the registry's folder took on the disk, and what it takes now.
  public var diskBytesBefore: UInt64
  public var diskBytesAfter: UInt64
}

extension Registry {
  /// Packs of fewer bytes are small, and so many of them are gathered.
  private static let smallPackByteCount: UInt64 = 4 << 20
  private static let leastScattered = 8
  /// A pack that is used less than so is written anew.
  private static let leastUse = 0.95

  /// What `pack` would do now. Changes nothing.
  ///
  /// - Parameter sampleLimit: how many blobs to look at, at most; `nil`: all.
  public func planPacking(
    includingHot: Bool = false, sampleLimit: Int? = nil, progress: Progress? = nil
  ) throws -> PackPlan {
    var planner = try PackPlanner(self, includingHot: includingHot, sampleLimit: sampleLimit)
    var plan = try planner.run(progress: progress)
    plan.scattered = try scatteredPacks()
    return plan
  }

  /// Keeps what is cold in a smaller form, and small blobs of many commits in few packs. Whatever
  /// is written is read again and compared with its name before the old form goes; an interruption
  /// anywhere loses nothing. Writers and readers may go on meanwhile.
  ///
  /// - Parameter includingHot: whether to pack also what the latest version of each model needs,
  ///   and those that aliases name: it is read a little more slowly then.
  /// - Returns: `nil` when another process is packing or collecting.
  public func pack(includingHot: Bool = false, progress: Progress? = nil) throws -> PackReport? {
    guard let lock = try store.collectorLock() else { return nil }
    // It takes what no row leads to, as gc does.
    try requireNothingLost(abandoning: false)
    try requireSoundCatalog()
    let before = try store.diskByteCount()
    var planner = try PackPlanner(self, includingHot: includingHot, sampleLimit: nil)
    let plan = try planner.run(progress: nil)
    let total = plan.steps.reduce(0) { $0 + $1.blob.byteCount }
    let done = Tally()
    let coded = try recode(plan.steps, lock) { progress?(done.add($0), total) }
    let scattered = try scatteredPacks()
    let holed = try holedPacks().filter { !scattered.contains($0) }
    let gathered = try recode(steps(copying: scattered + holed), lock)
    try discardEmptyPacks(lock)
    _ = try discardOrphans(lock)
    _ = try store.emptyTrash(lock)
    return PackReport(
      codedCount: coded.movedCount, oldByteCount: coded.oldByteCount,
      newByteCount: coded.newByteCount, gatheredPackCount: scattered.count,
      damaged: coded.damaged + gathered.damaged, diskBytesBefore: before,
      diskBytesAfter: try store.diskByteCount())
  }

  /// Packs that have lost many of their blobs, because what was coded anew lies elsewhere, and
  /// packs that do not tell what is in them.
  private func holedPacks() throws -> [PackRecord] {
    try catalog.read { try $0.packs() }
      .filter { pack in
        guard pack.blobCount > 0, let id = PackID(parsing: pack.name) else { return false }
        return try Double(pack.liveByteCount) < Self.leastUse * Double(pack.byteCount)
          || store.defect(of: id) != nil
      }
  }

  private func scatteredPacks() throws -> [PackRecord] {
    let small = try catalog.read { try $0.packs() }
      .filter { $0.byteCount < Self.smallPackByteCount && $0.blobCount > 0 }
    return small.count < Self.leastScattered ? [] : small
  }

  /// What a version has, by what it is there.
  func contents(of version: VersionRecord) throws -> VersionContents {
    let (variables, blobs) = try catalog.read { reader in
      (try reader.variables(of: version), try reader.blobs(of: version))
    }
    return VersionContents(
      version.id, try manifest(of: version), variables,
      blobs: Dictionary(blobs.map { ($0.digest, $0) }) { first, _ in first })
  }
}
