import Catalog
import ContentStore
import Digests
import Files
import Synchronization
import Tensors

/// The way of a version's bytes into the store: each is named, and staged unless the store has it.
final class Shelf: Sendable {
  private let registry: Registry
  private let session: WriteSession
  private let sourcePath: String
  private let before: [String: Digest]
  private let expected: Set<Digest>
  private let expectedByteCounts: Set<UInt64>
  private let items = Mutex<[Digest: Item]>([:])

  private struct Item {
    var content: Content
    var staged: StagedBlob?
  }

  /// - Parameter variables: those of the parent. What they are is likely to come again, and needs
  ///   no question to the catalog yet: whether it is there is decided when it is pinned.
  init(
    registry: Registry, session: WriteSession, sourcePath: String,
    expecting variables: [(slot: VariableSlot, blob: Digest)]
  ) {
    self.registry = registry
    self.session = session
    self.sourcePath = sourcePath
    before = Dictionary(variables.map { ($0.slot.path, $0.blob) }) { $1 }
    expected = Set(variables.map(\.blob))
    expectedByteCounts = Set(
      variables.compactMap { $0.slot.shape.byteCount(of: $0.slot.dtype).map(UInt64.init) })
  }

  /// Names a text, and stages it unless the store has it.
  func put(_ text: String) throws -> Digest { try put(.memory(Array(text.utf8))) }

  /// Names bytes, and stages them unless the store has them.
  ///
  /// - Parameter path: the variable's that they are.
  func put(_ content: Content, path: String? = nil) throws -> Digest {
    // What is likely new is hashed while it is written; what may be known is hashed first.
    if try mayBeKnown(content), try !differsFromParent(content, path: path) {
      let digest = content.withPieces { pieces in
        var hasher = SHA256()
        for piece in pieces { hasher.update(piece) }
        return hasher.finish()
      }
      if try isKnown(digest) {
        items.withLock { $0[digest] = $0[digest] ?? Item(content: content) }
        return digest
      }
    }
    return try stage(content).digest
  }

  private func mayBeKnown(_ content: Content) throws -> Bool {
    let byteCount = content.byteCount
    return try expectedByteCounts.contains(byteCount)
      || registry.catalog.read { try $0.hasBlob(ofByteCount: byteCount) }
  }

  /// Whether a large tensor begins otherwise than the parent's: training has moved it, and hashing
  /// it before it is written would be hashing it twice. Should the store have it all the same, it
  /// is written in vain and found to be there when it gets its name.
  private func differsFromParent(_ content: Content, path: String?) throws -> Bool {
    guard content.byteCount >= UInt64(BlobStore.packLimit), let path, let digest = before[path],
      let record = try registry.catalog.read({ try $0.blob(digest) })
    else { return false }
    do {
      let head = try registry.store.firstBytes(of: record.stored(), count: 4096)
      return content.withPieces { !head.elementsEqual($0.joined().prefix(head.count)) }
    } catch let error where error is StoreError || error is SystemCallError {
      return false  // A parent that is damaged says nothing about this one.
    }
  }

  private func isKnown(_ digest: Digest) throws -> Bool {
    try expected.contains(digest) || registry.catalog.read { try $0.hasLiveBlob(digest) }
  }

  private func stage(_ content: Content) throws -> StagedBlob {
    let blob = try content.withPieces { try session.stage($0) }
    items.withLock { $0[blob.digest] = Item(content: content, staged: blob) }
    return blob
  }

  /// Stages those of the blobs that the store had when they were named, and has no more.
  func stage(_ missing: [Digest]) throws {
    for digest in missing {
      guard let item = items.withLock({ $0[digest] }), item.staged == nil else { continue }
      let blob = try stage(item.content)
      guard blob.digest == digest else {
        throw RegistryError.sourceChanged(path: sourcePath)
      }
    }
  }

  /// The staged ones of these blobs.
  func staged(_ digests: [Digest]) -> [StagedBlob] {
    items.withLock { items in digests.compactMap { items[$0]?.staged } }
  }

  /// The bytes of these blobs in all.
  func byteCount(of digests: [Digest]) -> UInt64 {
    items.withLock { items in digests.reduce(0) { $0 + (items[$1]?.content.byteCount ?? 0) } }
  }
}
