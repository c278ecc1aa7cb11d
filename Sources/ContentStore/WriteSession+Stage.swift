import Digests
import Files
import Synchronization
import TensorCodec

extension WriteSession {
  /// Copies the bytes of one blob, given in pieces, into staging, and names it.
  ///
  /// - Parameter coding: how to code it if that pays; `nil`: it stays raw.
  public func stage(
    _ pieces: [UnsafeRawBufferPointer], coding: CodingPlan? = nil
  ) throws -> StagedBlob {
    try stage(MemorySource(pieces), Order(plan: coding))
  }

  /// The same, though these bytes were staged before, in another form: this one takes its place.
  public func stageAgain(
    _ pieces: [UnsafeRawBufferPointer], coding: CodingPlan?
  ) throws -> StagedBlob {
    try stage(MemorySource(pieces), Order(plan: coding, isAgain: true))
  }

  /// Copies a blob of the store into staging, in another form. What is staged is decoded again and
  /// compared with the blob's name.
  ///
  /// - Parameter coding: how to code it if that pays; `nil`: it becomes raw.
  /// - Throws: `StoreError` when the blob is damaged; nothing of it is staged then.
  public func stageAgain(
    _ blob: StoredBlob, from store: BlobStore, coding: CodingPlan?
  ) throws -> StagedBlob {
    if let known = known(blob.digest) { return known }
    let source = StoredSource(reader: try BlobReader(opening: blob, in: store))
    return try stage(source, Order(plan: coding, expected: Expected(blob: blob, store: store)))
  }

  /// Copies a blob of the store into staging, in the form that it has. It is decoded and compared
  /// with its name on the way.
  ///
  /// - Throws: `StoreError` when the blob is damaged; nothing of it is staged then.
  public func stageCopy(_ blob: StoredBlob, from store: BlobStore) throws -> StagedBlob {
    guard case .coded = blob.form else { return try stageAgain(blob, from: store, coding: nil) }
    if let known = known(blob.digest) { return known }
    let reader = try BlobReader(opening: blob, in: store)
    func copy(_ write: (UnsafeRawBufferPointer) throws -> Void) throws {
      try store.check(try reader.copyStored(write), is: blob)
    }
    return try addToPack(blob.byteCount, isAgain: false) { pack in
      try copy { try pack.append($0) }
      return Packed(digest: blob.digest, form: .coded(base: blob.base?.digest))
    }
  }
}

extension WriteSession {
  /// What is to become of some bytes.
  private struct Order {
    /// `nil`: they stay raw.
    var plan: CodingPlan?
    /// What they must turn out to be.
    var expected: Expected?
    /// Whether to stage what was staged before.
    var isAgain = false
  }

  private struct Expected {
    let blob: StoredBlob
    let store: BlobStore

    func check(_ digest: Digest) throws { try store.check(digest, is: blob) }
  }

  private static func isSmall(_ byteCount: UInt64) -> Bool {
    byteCount < UInt64(BlobStore.packLimit)
  }

  private func known(_ digest: Digest) -> StagedBlob? { staged.withLock { $0.blobs[digest] } }

  private func stage(_ source: some BlobSource, _ order: Order) throws -> StagedBlob {
    let workspace = store.workspaces.take()
    defer { store.workspaces.giveBack(workspace) }
    if Self.isSmall(source.byteCount) { return try stageSmall(source, order, workspace) }
    if let plan = order.plan, let blob = try stageCoded(source, plan, order, workspace) {
      return blob
    }
    return try stageLoose(source, order)
  }

  /// Does something by a plan, and again without the plan's base if that cannot be used.
  private func withoutUnusableBase<Result>(
    _ plan: CodingPlan, _ body: (CodingPlan) throws -> Result
  ) throws -> Result {
    do { return try body(plan) } catch is UnusableBase {
      return try body(CodingPlan(kind: plan.kind, effort: plan.effort))
    }
  }
}

// MARK: - Large blobs

extension WriteSession {
  /// - Returns: `nil` when the blob is to stay raw.
  private func stageCoded(
    _ source: some BlobSource, _ plan: CodingPlan, _ order: Order, _ workspace: ChunkWorkspace
  ) throws -> StagedBlob? {
    if order.expected == nil, !order.isAgain, let twin = try twin(of: source, workspace) {
      return twin
    }
    return try withoutUnusableBase(plan) { plan in
      var coder = try BlobCoder(source, by: plan, in: store, workspace)
      guard try coder.decide() else { return nil }
      return try addToPack(source.byteCount, isAgain: order.isAgain) { pack in
        let coded = try coder.code(proving: order.expected != nil) { try pack.append($0) }
        for digest in [coded.digest, coded.proven].compactMap({ $0 }) {
          try order.expected?.check(digest)
        }
        return Packed(digest: coded.digest, form: .coded(base: coded.base))
      }
    }
  }

  /// The blob that the same bytes were staged as before. Only what begins like another one is
  /// hashed to find out.
  private func twin(of source: some BlobSource, _ workspace: ChunkWorkspace) throws -> StagedBlob? {
    let chunk = try source.copyChunk(0, to: workspace.front)
    let beginning = Beginning(
      byteCount: source.byteCount, head: Array(chunk.prefix(BlobStore.headByteCount)))
    guard staged.withLock({ !$0.beginnings.insert(beginning).inserted }) else { return nil }
    var hasher = SHA256()
    try source.forEachPiece { hasher.update($0) }
    return known(hasher.finish())
  }

  private func stageLoose(_ source: some BlobSource, _ order: Order) throws -> StagedBlob {
    let temporary = newStagingPath()
    let buffer = store.buffers.take()
    defer { store.buffers.giveBack(buffer) }
    var writer = DirectWriter(creating: temporary, buffer: buffer)
    var hasher = SHA256()
    try source.forEachPiece { piece in try writer.append(piece) { hasher.update($0) } }
    try writer.finish()
    let digest = hasher.finish()
    do { try order.expected?.check(digest) } catch {
      try Folder.remove(temporary)
      throw error
    }
    return try staged.withLock { staged in
      if let known = staged.blobs[digest], !order.isAgain || known.location == .loose {
        try Folder.remove(temporary)
        return known
      }
      try Folder.rename(temporary, to: stagedPath(of: digest))
      let blob = StagedBlob(
        digest: digest, byteCount: source.byteCount, location: .loose, coding: nil)
      staged.blobs[digest] = blob
      staged.loose.append(digest)
      return blob
    }
  }
}

// MARK: - Small blobs

extension WriteSession {
  private func stageSmall(
    _ source: some BlobSource, _ order: Order, _ workspace: ChunkWorkspace
  ) throws -> StagedBlob {
    // A copy: what is hashed is what is stored, whatever happens to the source.
    let bytes = Array(try source.copyChunk(0, to: workspace.front))
    let digest = Digest(of: bytes)
    try order.expected?.check(digest)
    if !order.isAgain, let known = known(digest) { return known }
    var (stored, form) = (bytes, Packed.Form.raw)
    if let plan = order.plan, let coded = try codeSmall(bytes, plan, order, workspace) {
      (stored, form) = (coded.bytes, .coded(base: coded.base))
    }
    return try addToPack(UInt64(bytes.count), isAgain: order.isAgain) { pack in
      try stored.withUnsafeBytes { try pack.append($0) }
      return Packed(digest: digest, form: form)
    }
  }

  /// - Returns: `nil` when the blob is to stay raw.
  private func codeSmall(
    _ bytes: [UInt8], _ plan: CodingPlan, _ order: Order, _ workspace: ChunkWorkspace
  ) throws -> (bytes: [UInt8], base: Digest?)? {
    guard CodedLayout.leastByteCount(of: UInt64(bytes.count)) < UInt64(bytes.count) else {
      return nil
    }
    return try bytes.withUnsafeBytes { bytes in
      try withoutUnusableBase(plan) { plan in
        var coder = try BlobCoder(MemorySource([bytes]), by: plan, in: store, workspace)
        // Of a small text no part tells how much of it repeats.
        guard try plan.kind == .text || coder.decide() else { return nil }
        var stored: [UInt8] = []
        let coded = try coder.code(proving: order.expected != nil) { stored += $0 }
        if let proven = coded.proven { try order.expected?.check(proven) }
        let entry = PackEntry.surplus(
          ofCoded: UInt64(bytes.count), hasBase: coded.base != nil)
        let taken = Double(stored.count) + Double(entry)
        let isWorthIt = taken <= Double(bytes.count) * BlobCoder.worthCoding
        return isWorthIt ? (stored, coded.base) : nil
      }
    }
  }
}

// MARK: - Packs

extension WriteSession {
  /// What was written to a pack.
  private struct Packed {
    let digest: Digest
    let form: Form

    enum Form {
      case raw
      case coded(base: Digest?)
    }
  }

  /// Adds what is written to a pack, or takes it back when that throws or the blob is there.
  private func addToPack(
    _ byteCount: UInt64, isAgain: Bool, _ write: (PackStream) throws -> Packed
  ) throws -> StagedBlob {
    let pack = try packs.take()
    let start = pack.position
    let packed: Packed
    do { packed = try write(pack) } catch {
      // Should this fail as well, the pack knows, and will not be sealed: the first error tells.
      try? pack.rewind(to: start)
      try packs.giveBack(pack)
      throw error
    }
    let (blob, isNew) = staged.withLock { staged in
      if !isAgain, let known = staged.blobs[packed.digest] { return (known, false) }
      var coding: StagedCoding?
      if case .coded(let base) = packed.form {
        coding = StagedCoding(byteCount: pack.position - start, base: base)
      }
      let location = pack.addEntry(packed.digest, byteCount: byteCount, from: start, coding: coding)
      let blob = StagedBlob(
        digest: packed.digest, byteCount: byteCount, location: location, coding: coding)
      staged.blobs[packed.digest] = blob
      return (blob, true)
    }
    if !isNew { try pack.rewind(to: start) }
    try packs.giveBack(pack)
    return blob
  }
}
