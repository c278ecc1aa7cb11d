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

  /// Whether the store can do without a pack that no row seems to lead to. One that cannot be read
  /// stays: nobody knows what is in it.
  mutating func canDo(withoutPack name: String) throws -> Bool {
    guard let entries = entries(of: name) else { return false }
    return try entries.allSatisfy { try canDo(withoutFormOf: $0.digest, inPack: name) }
  }

  /// Whether the store can do without a blob's own file, to which its row does not seem to lead.
  mutating func canDo(withoutLoose digest: Digest) throws -> Bool {
    try canDo(withoutFormOf: digest, inPack: nil)
  }

  /// Whether the store can do without a form of a blob: it has no row, or there is another form
  /// where that leads, which was not found damaged.
  private mutating func canDo(withoutFormOf digest: Digest, inPack here: String?) throws -> Bool {
    let (extent, state, hasTwin) = try registry.catalog.read { reader in
      (
        try reader.extent(of: digest), try reader.state(of: digest),
        try reader.knowsOneLike(digest)
      )
    }
    // No two blobs begin alike: one of the digests was damaged.
    guard let (pack, byteCount) = extent else { return !hasTwin }
    // It leads here after all: what said that it does not was damaged.
    guard pack?.name != here, state != .corrupt else { return false }
    guard let pack else {
      return try registry.store.byteCount(ofLoose: digest) == byteCount
    }
    return footer(of: pack.name)
      .contains(Extent(digest: digest, offset: pack.offset, byteCount: byteCount))
  }

  /// What a pack that rows lead to says is in it.
  private mutating func footer(of name: String) -> Set<Extent> {
    if let known = footers[name] { return known }
    let footer = Set(
      (entries(of: name) ?? []).map {
        Extent(digest: $0.digest, offset: $0.offset, byteCount: $0.length)
      })
    footers[name] = footer
    return footer
  }

  /// What a pack says is in it: nothing if its footer is damaged, or it is not there; `nil` when it
  /// cannot be read, or is no file.
  private func entries(of name: String) -> [PackEntry]? {
    guard let id = PackID(parsing: name) else { return [] }
    do { return try registry.store.entries(of: id) } catch let error as SystemCallError {
      return error.code == ENOENT ? [] : nil
    } catch { return [] }
  }
}
