import Catalog
import ContentStore
import Digests
import Files
import Synchronization
import TensorCodec
import Tensors

/// The way of a version's bytes into the store: each is named, and staged unless the store has it.
final class Shelf: Sendable {
  private let registry: Registry
  private let session: WriteSession
  private let sourcePath: String
  private let codec: Codec
  private let parent: VersionContents
  private let expected: Set<Digest>
  private let expectedByteCounts: Set<UInt64>
  private let items = Mutex<[Digest: Item]>([:])

  private struct Item {
    var content: Content
    var kind: ElementKind
    var staged: NewBlob?
  }

  /// - Parameter parent: what is in it is likely to come again, and needs no question to the
  ///   catalog yet: whether it is there is decided when it is pinned.
  init(
    registry: Registry, session: WriteSession, sourcePath: String, codec: Codec,
    after parent: VersionContents
  ) {
    self.registry = registry
    self.session = session
    self.sourcePath = sourcePath
    self.codec = codec
    self.parent = parent
    expected = Set(parent.blobs.map(\.digest))
    expectedByteCounts = Set(parent.blobs.map(\.byteCount))
  }

  /// Names a text, and stages it unless the store has it.
  func put(_ text: String, as part: VersionContents.Part) throws -> Digest {
    try put(.memory(Array(text.utf8)), as: .text, near: parent.blob(of: part))
  }

  /// Names bytes, and stages them unless the store has them.
  ///
  /// - Parameters:
  ///   - kind: what they are.
  ///   - last: what the parent has in their place.
  func put(_ content: Content, as kind: ElementKind, near last: BlobRecord?) throws -> Digest {
    // What is likely new is hashed while it is written; what may be known is hashed first.
    if try mayBeKnown(content), try !differs(content, from: last) {
      let digest = content.withPieces { pieces in
        var hasher = SHA256()
        for piece in pieces { hasher.update(piece) }
        return hasher.finish()
      }
      if try isKnown(digest) {
        items.withLock { $0[digest] = $0[digest] ?? Item(content: content, kind: kind) }
        return digest
      }
    }
    return try stage(content, as: kind, near: last).digest
  }

  private func mayBeKnown(_ content: Content) throws -> Bool {
    let byteCount = content.byteCount
    // To hash a short one takes less time than to ask.
    return try byteCount < UInt64(BlobStore.packLimit) || expectedByteCounts.contains(byteCount)
      || registry.catalog.read { try $0.mayHaveBlob(ofByteCount: byteCount) }
  }

  /// Whether a large tensor begins otherwise than the parent's: training has moved it, and hashing
  /// it before it is written would be hashing it twice. Should the store have it all the same, it
  /// is written in vain and found to be there when it gets its name.
  private func differs(_ content: Content, from last: BlobRecord?) throws -> Bool {
    guard let last, content.byteCount >= UInt64(BlobStore.packLimit) else { return false }
    do {
      let head = try registry.store.firstBytes(of: last.stored(), count: BlobStore.headByteCount)
      return content.withPieces { !head.elementsEqual($0.joined().prefix(head.count)) }
    } catch let error where error is StoreError || error is SystemCallError {
      return false  // A parent that is damaged says nothing about this one.
    }
  }

  private func isKnown(_ digest: Digest) throws -> Bool {
    try expected.contains(digest) || registry.catalog.read { try $0.state(of: digest) == .live }
  }

  private func stage(_ content: Content, as kind: ElementKind, near last: BlobRecord?) throws
    -> NewBlob
  {
    let series = last.flatMap(BlobSeries.init(after:))
    let plan = try codec.plan(kind, series)
    let staged = try content.withPieces { try session.stage($0, coding: plan) }
    let blob = NewBlob(staged, generation: series?.generation ?? 0)
    items.withLock { $0[blob.digest] = Item(content: content, kind: kind, staged: blob) }
    return blob
  }

  /// Stages those of the blobs that the store had when they were named, and has no more.
  ///
  /// - Parameter known: blobs that have a row, damaged or on its way out. Others may be coded
  ///   against these, so they are kept without a base.
  func stage(_ missing: [Digest], known: Set<Digest>) throws {
    for digest in missing {
      guard let item = items.withLock({ $0[digest] }),
        item.staged == nil || known.contains(digest) && item.staged?.base != nil
      else { continue }
      let staged = try item.content.withPieces {
        try session.stageAgain($0, coding: codec.plan(item.kind, nil))
      }
      guard staged.digest == digest else { throw RegistryError.sourceChanged(path: sourcePath) }
      items.withLock { $0[digest]?.staged = NewBlob(staged, generation: 0) }
    }
  }

  /// The staged ones of these blobs.
  func staged(_ digests: [Digest]) -> [NewBlob] {
    items.withLock { items in digests.compactMap { items[$0]?.staged } }
  }
}

extension NewBlob {
  /// As the catalog wants it.
  ///
  /// - Parameter generation: that of its series, if it is coded against another blob.
  init(_ blob: StagedBlob, generation: Int) {
    self.init(
      digest: blob.digest, byteCount: blob.byteCount, pack: blob.location.place,
      codedByteCount: blob.coding?.byteCount, base: blob.coding?.base,
      generation: blob.coding?.base == nil ? 0 : generation)
  }

  /// What it takes where it is.
  var storedByteCount: UInt64 { codedByteCount ?? byteCount }
}
