/// Codes chunks. Owns its contexts and memory: one a thread, for many chunks and blobs of any kind.
///
/// A chunk is coded alone or against the chunk of a base at the same place, whichever a sample says
/// is smaller. The coded bytes say how, so that decoding needs no more than them and the base.
public final class ChunkEncoder {
  private let planes: ScratchMemory
  private let mask: ScratchMemory
  private let sample: ScratchMemory
  private let baseSample: ScratchMemory
  private let parts: PartWriter
  private let textCompressor: Compressor
  private var bestTextCompressor: Compressor?
  /// The smallest so far, and what is tried beside it.
  private var kept: Draft
  private var tried: Draft

  /// Fails only when the system has no memory.
  public init() throws(CodecError) {
    planes = try ScratchMemory(byteCount: Planes.largestByteCount)
    mask = try ScratchMemory(byteCount: Planes.largestMaskByteCount)
    sample = try ScratchMemory(byteCount: ByteStatistics.sampleLength * 8)
    baseSample = try ScratchMemory(byteCount: ByteStatistics.sampleLength * 8)
    parts = try PartWriter()
    textCompressor = try Compressor(.level(3))
    kept = try Draft()
    tried = try Draft()
  }

  /// What coding would save. A chunk of few elements, and text, is coded to see that.
  ///
  /// The base is used as `encode` uses it. A chunk that is too long gains nothing.
  public func estimate(
    _ chunk: UnsafeRawBufferPointer, as kind: ElementKind, against base: UnsafeRawBufferPointer?
  ) -> CodingEstimate {
    guard !chunk.isEmpty, chunk.count <= Chunk.byteCount else {
      return CodingEstimate(alone: 1, delta: nil)
    }
    let base = usable(base, for: chunk, as: kind)
    let isSmall = chunk.count / kind.byteCount <= ByteStatistics.sampleLength
    func share(_ base: UnsafeRawBufferPointer?, _ mappings: [ElementMapping]) -> Double {
      guard kind != .text, !isSmall else {
        let coded = try? encode(chunk, as: kind, using: mappings, base, effort: .fast)
        // Without memory nothing is saved.
        return Double(coded?.count ?? chunk.count) / Double(chunk.count)
      }
      return shares(of: mappings, chunk, as: kind, base).map(\.share).min() ?? 1
    }
    return CodingEstimate(
      alone: share(nil, kind.mappingsAlone),
      delta: base.map { share($0, kind.mappingsAgainstBase) })
  }

  /// The coded chunk, until the next call. It is never longer than the chunk and a byte.
  ///
  /// A base is used when it makes the chunk smaller. For elements it must not be shorter than the
  /// chunk; for text it may have any length up to that of a chunk.
  public func encode(
    _ chunk: UnsafeRawBufferPointer, as kind: ElementKind, against base: UnsafeRawBufferPointer?,
    effort: CodingEffort
  ) throws(CodecError) -> UnsafeRawBufferPointer {
    guard chunk.count <= Chunk.byteCount else {
      throw .chunkTooLong(byteCount: chunk.count)
    }
    let base = usable(base, for: chunk, as: kind)
    var mappings = kind.mappingsAlone + (base == nil ? [] : kind.mappingsAgainstBase)
    if effort == .fast, mappings.count > 1,
      chunk.count / kind.byteCount > ByteStatistics.sampleLength
    {
      let shares = shares(of: mappings, chunk, as: kind, base)
      if let best = shares.min(by: { $0.share < $1.share }) { mappings = [best.mapping] }
    }
    return try encode(chunk, as: kind, using: mappings, base, effort: effort)
  }

  private func usable(
    _ base: UnsafeRawBufferPointer?, for chunk: UnsafeRawBufferPointer, as kind: ElementKind
  ) -> UnsafeRawBufferPointer? {
    guard let base, !base.isEmpty, base.count <= Chunk.byteCount,
      kind == .text || base.count >= chunk.count
    else { return nil }
    return base
  }
}

// MARK: - Trying

extension ChunkEncoder {
  /// The smallest that several ways make of a chunk; the chunk itself where none saves anything.
  private func encode(
    _ chunk: UnsafeRawBufferPointer, as kind: ElementKind, using mappings: [ElementMapping],
    _ base: UnsafeRawBufferPointer?, effort: CodingEffort
  ) throws(CodecError) -> UnsafeRawBufferPointer {
    var isCoded = false
    func keepIfSmaller() {
      guard tried.byteCount <= chunk.count, !isCoded || tried.byteCount < kept.byteCount else {
        return
      }
      swap(&kept, &tried)
      isCoded = true
    }
    for compressor in try textCompressors(for: kind, effort: effort) {
      writeFrame(chunk, behind: nil, by: compressor)
      keepIfSmaller()
      guard let base else { continue }
      writeFrame(chunk, behind: base, by: compressor)
      keepIfSmaller()
    }
    for mapping in mappings where chunk.count >= kind.byteCount {
      try writePlanes(chunk, width: kind.byteCount, by: mapping, against: base, effort: effort)
      keepIfSmaller()
    }
    if !isCoded {
      kept.clear()
      kept.append(CodedForm.stored.rawValue)
      kept.append(chunk)
    }
    return kept.bytes
  }

  /// None for elements: what repeats in them repeats in their planes.
  private func textCompressors(
    for kind: ElementKind, effort: CodingEffort
  ) throws(CodecError) -> [Compressor] {
    guard kind == .text else { return [] }
    guard effort == .best else { return [textCompressor] }
    if let bestTextCompressor { return [textCompressor, bestTextCompressor] }
    let best = try Compressor(.level(19))
    bestTextCompressor = best
    return [textCompressor, best]
  }

  private func writeFrame(
    _ chunk: UnsafeRawBufferPointer, behind prefix: UnsafeRawBufferPointer?,
    by compressor: Compressor
  ) {
    tried.clear()
    tried.append((prefix == nil ? CodedForm.frame : .frameBehindBase).rawValue)
    // What does not fit is longer than the chunk.
    tried.advance(
      by: compressor.compress(chunk, behind: prefix, into: tried.free) ?? tried.free.count)
  }

  private func writePlanes(
    _ chunk: UnsafeRawBufferPointer, width: Int, by mapping: ElementMapping,
    against base: UnsafeRawBufferPointer?, effort: CodingEffort
  ) throws(CodecError) {
    let layout = Planes(chunkByteCount: chunk.count, width: width)
    let length = layout.split(
      chunk, by: mapping, against: base, into: planes.bytes, mask: mask.bytes)
    let hasMask = length < layout.elementCount
    let head = PlaneLayout(width: width, hasMask: hasMask)
    tried.clear()
    tried.append(mapping.rawValue)
    tried.append(head.byte)
    for part in 0..<head.partCount {
      let bytes: UnsafeRawBufferPointer
      if hasMask, part == 0 {
        bytes = UnsafeRawBufferPointer(rebasing: mask.bytes[..<layout.maskByteCount])
      } else {
        let start = (part - (hasMask ? 1 : 0)) * layout.stride
        bytes = UnsafeRawBufferPointer(rebasing: planes.bytes[start..<start + length])
      }
      try parts.write(bytes, effort: effort, to: &tried)
    }
    tried.append(UnsafeRawBufferPointer(rebasing: chunk[(layout.elementCount * width)...]))
  }
}

// MARK: - Sampling

extension ChunkEncoder {
  /// What each mapping would make of a chunk, by pieces of it.
  private func shares(
    of mappings: [ElementMapping], _ chunk: UnsafeRawBufferPointer, as kind: ElementKind,
    _ base: UnsafeRawBufferPointer?
  ) -> [(mapping: ElementMapping, share: Double)] {
    let width = kind.byteCount
    let pieces = ByteStatistics.pieces(of: chunk.count / width, unit: width)
    let chunkPieces = Self.gather(pieces, of: chunk, into: sample.bytes)
    let basePieces = base.map { Self.gather(pieces, of: $0, into: baseSample.bytes) }
    return mappings.map { mapping in
      (mapping, share(of: mapping, chunkPieces, width: width, basePieces))
    }
  }

  private func share(
    of mapping: ElementMapping, _ sample: UnsafeRawBufferPointer, width: Int,
    _ base: UnsafeRawBufferPointer?
  ) -> Double {
    let layout = Planes(chunkByteCount: sample.count, width: width)
    let length = layout.split(
      sample, by: mapping, against: base, into: planes.bytes, mask: mask.bytes)
    let bits = (0..<width).map { plane in
      let start = plane * layout.stride
      let bytes = UnsafeRawBufferPointer(rebasing: planes.bytes[start..<start + length])
      return ByteStatistics(bytes, isSample: true).entropy * Double(length)
    }
    return bits.reduce(0, +) / 8 / Double(sample.count)
  }

  private static func gather(
    _ pieces: [Range<Int>], of bytes: UnsafeRawBufferPointer,
    into memory: UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    var count = 0
    for piece in pieces {
      UnsafeMutableRawBufferPointer(rebasing: memory[count...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[piece]))
      count += piece.count
    }
    return UnsafeRawBufferPointer(rebasing: memory[..<count])
  }
}
