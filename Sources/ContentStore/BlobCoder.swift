import Checksums
import Digests
import TensorCodec

/// The base of a blob cannot be used: it is missing or damaged, or is coded against that blob.
struct UnusableBase: Error {}

/// Codes one blob, chunk by chunk. What is hashed is the copy that is coded, whatever happens to
/// the source meanwhile.
struct BlobCoder {
  private let source: any BlobSource
  private let plan: CodingPlan
  private var base: BlobReader?
  private let workspace: ChunkWorkspace
  private let encoder: ChunkEncoder

  /// What the blob became.
  struct Outcome {
    let digest: Digest
    /// The blob that is needed to decode it.
    let base: Digest?
    /// The digest of what its chunks were decoded to again, where that was asked for.
    let proven: Digest?
  }

  /// - Throws: `UnusableBase` when the plan's base cannot be opened.
  init(
    _ source: some BlobSource, by plan: CodingPlan, in store: BlobStore,
    _ workspace: ChunkWorkspace
  ) throws {
    self.source = source
    self.plan = plan
    self.workspace = workspace
    encoder = try workspace.encoder()
    guard let base = plan.base else {
      self.base = nil
      return
    }
    guard base.bases.count < BlobStore.chainLimit else { throw UnusableBase() }
    do { self.base = try BlobReader(opening: base, in: store) } catch { throw UnusableBase() }
  }

  /// What coding would make of the blob, by its first chunk and the one in its middle.
  ///
  /// - Throws: `UnusableBase`.
  func estimate() throws -> CodingEstimate {
    var (alone, delta, sampled) = (0.0, 0.0, 0.0)
    var isNear = false
    for index in Set([0, source.chunkCount / 2]).sorted() where index < source.chunkCount {
      let chunk = try source.copyChunk(index, to: workspace.front)
      let estimate = encoder.estimate(chunk, as: plan.kind, against: try baseChunk(index))
      isNear = isNear || estimate.delta != nil
      alone += estimate.alone * Double(chunk.count)
      delta += (estimate.delta ?? estimate.alone) * Double(chunk.count)
      sampled += Double(chunk.count)
    }
    guard sampled > 0 else { return CodingEstimate(alone: 1, delta: nil) }
    return CodingEstimate(alone: alone / sampled, delta: isNear ? delta / sampled : nil)
  }

  /// Whether coding pays, by such an estimate. Forgets the base when that does not.
  ///
  /// - Throws: `UnusableBase`.
  mutating func decide() throws -> Bool {
    let estimate = try estimate()
    var share = estimate.alone
    // The entry of one with a base is longer by that.
    let name = Double(DigestPrefix.byteCount) / Double(source.byteCount)
    if let delta = estimate.delta, delta + name <= estimate.alone * Self.worthABase {
      share = delta
    } else {
      base = nil
    }
    return share <= Self.worthCoding
  }

  /// Coded against another blob it must be at least 2 % smaller than alone, since that blob has to
  /// be read as well.
  private static let worthABase = 0.98
  /// Coded it must be at least 3 % smaller than raw, which costs nothing to read.
  static let worthCoding = 0.97

  private func baseChunk(_ index: Int) throws -> UnsafeRawBufferPointer? {
    guard let base else { return nil }
    do {
      let chunk = try base.chunk(index)
      return chunk.isEmpty ? nil : chunk
    } catch { throw UnusableBase() }
  }

  /// Codes the blob: its head, its chunks, their table.
  ///
  /// - Parameters:
  ///   - proving: whether to decode each chunk again and to hash what comes of it.
  ///   - write: is lent the parts in order.
  /// - Throws: `UnusableBase`.
  func code(
    proving: Bool, _ write: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Outcome {
    // What is coded against damaged bytes could not be decoded any more once these are put right.
    do { try base?.requireWholeRoot() } catch { throw UnusableBase() }
    var hasher = SHA256()
    var provenHasher = SHA256()
    var table: [(byteCount: Int, checksum: UInt32)] = []
    var usesBase = false
    for index in 0..<source.chunkCount {
      let chunk = try source.copyChunk(index, to: workspace.front)
      hasher.update(chunk)
      if index == 0 {
        let head = chunk.prefix(CodedLayout.headByteCount(of: source.byteCount))
        try write(UnsafeRawBufferPointer(rebasing: head))
      }
      let against = try baseChunk(index)
      let coded = try encoder.encode(
        chunk, as: plan.kind, against: against, effort: plan.effort)
      usesBase = try ChunkDecoder.needsBase(coded) || usesBase
      try write(coded)
      table.append((coded.count, CRC32C.of(chunk)))
      if proving {
        let proof = UnsafeMutableRawBufferPointer(rebasing: workspace.back[..<chunk.count])
        try workspace.decoder().decode(coded, against: against, into: proof)
        provenHasher.update(UnsafeRawBufferPointer(proof))
      }
    }
    try CodedLayout.table(table).withUnsafeBytes { try write($0) }
    let digest = hasher.finish()
    let needed = usesBase ? base : nil
    do { try needed?.requireUncut() } catch { throw UnusableBase() }
    // It is put again, perhaps because it is damaged: what needs it cannot be its base.
    if let needed, ([needed.blob] + needed.blob.bases).contains(where: { $0.digest == digest }) {
      throw UnusableBase()
    }
    return Outcome(
      digest: digest, base: needed?.blob.digest, proven: proving ? provenHasher.finish() : nil)
  }
}
