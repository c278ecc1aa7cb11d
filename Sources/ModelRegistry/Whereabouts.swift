import Catalog
import ContentStore
import Digests
import Files
import Glibc

/// Whether blobs are where their rows say, by packs' own footers and by the names of files.
///
/// A row that was damaged may lead away from the only form of a blob. So what no row leads to goes
/// only when the blobs in it that have rows are where these lead.
struct Whereabouts {
  private let registry: Registry
  private var footers: [String: Set<Extent>] = [:]

  private struct Extent: Hashable {
    let digest: Digest
    let offset: UInt64
    let byteCount: UInt64
  }

  init(in registry: Registry) { self.registry = registry }

  /// Whether the store can do without a pack that no row leads to.
  mutating func canDo(withoutPack name: String) throws -> Bool {
    for entry in try footer(of: name) {
      guard try canDo(withoutFormOf: entry.digest) else { return false }
    }
    return true
  }

  /// Whether the store can do without a form of a blob that its row does not lead to: it has none,
  /// or there is one where that leads.
  mutating func canDo(withoutFormOf digest: Digest) throws -> Bool {
    guard let (pack, byteCount) = try registry.catalog.read({ try $0.extent(of: digest) }) else {
      return true
    }
    guard let pack else {
      return try registry.store.byteCount(ofLoose: digest) == byteCount
    }
    return try footer(of: pack.name)
      .contains(Extent(digest: digest, offset: pack.offset, byteCount: byteCount))
  }

  /// What a pack says is in it: nothing if it is not there, or its footer is damaged.
  private mutating func footer(of name: String) throws -> Set<Extent> {
    if let known = footers[name] { return known }
    var entries: [PackEntry] = []
    if let id = PackID(parsing: name) {
      do { entries = try registry.store.entries(of: id) } catch is StoreError {
      } catch let error as SystemCallError where error.code == ENOENT {}
    }
    let footer = Set(
      entries.map { Extent(digest: $0.digest, offset: $0.offset, byteCount: $0.length) })
    footers[name] = footer
    return footer
  }
}
