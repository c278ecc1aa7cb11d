public import Catalog
import ContentStore

/// What the registry holds, and what it costs.
public struct UsageReport: Sendable {
  public var models: [ModelUsage]
  public var roles: [RoleUsage]
  public var versions: [VersionUsage]
  /// All blobs, by the form in which they are kept.
  public var codings: [CodingUsage]
  /// What the registry's folder takes on the disk.
  public var diskBytes: UInt64
  /// What packing would still save, by a sample of the blobs.
  public var packing: PackPlan
}

extension Registry {
  /// What one model or all of them need. `limit`: at most so many versions.
  public func usage(model: String?, limit: Int?) throws -> UsageReport {
    let diskBytes = try store.diskByteCount()
    if let model { try catalog.read { try $0.require(model: model) } }
    let packing = try planPacking(sampleLimit: Self.usageSampleLimit)
    return try catalog.read { reader in
      UsageReport(
        models: try reader.modelUsage(of: model), roles: try reader.roleUsage(of: model),
        versions: try reader.versionUsage(of: model, limit: limit),
        codings: try reader.codingUsage(), diskBytes: diskBytes, packing: packing)
    }
  }

  // Looking at a blob takes some milliseconds.
  private static let usageSampleLimit = 500
}
