public import Catalog
import ContentStore

/// What the registry holds, and what it costs.
public struct UsageReport: Sendable {
  public var models: [ModelUsage]
  public var roles: [RoleUsage]
  public var versions: [VersionUsage]
  /// What the registry's folder takes on the disk.
  public var diskBytes: UInt64
}

extension Registry {
  /// What one model or all of them need. `limit`: at most so many versions.
  public func usage(model: String?, limit: Int?) throws -> UsageReport {
    let diskBytes = try store.diskByteCount()
    return try catalog.read { reader in
      if let model { try reader.require(model: model) }
      return UsageReport(
        models: try reader.modelUsage(of: model),
        roles: try reader.roleUsage(of: model),
        versions: try reader.versionUsage(of: model, limit: limit), diskBytes: diskBytes)
    }
  }
}
