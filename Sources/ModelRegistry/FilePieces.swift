import ContentStore
import Digests
import Files

/// A file of a version, cut into what goes where.
struct FilePieces {
  let byteCount: UInt64
  private let pieces: [Piece]

  /// A stretch of the file, and the blob or the part of the skeleton that goes there.
  private struct Piece {
    let offset: UInt64
    let blob: StoredBlob
    /// Bytes of the blob; `nil`: all of them.
    let part: Range<UInt64>?
  }

  /// - Parameters:
  ///   - recipe: that of the file.
  ///   - tensors: those of the version, in its layout's order.
  ///   - stored: where a blob is.
  init(
    of file: Manifest.StoredFile, _ recipe: Recipe, tensors: [Digest],
    stored: (Digest) throws -> StoredBlob
  ) throws {
    let skeleton = try stored(file.skeleton)
    var pieces: [Piece] = []
    var offset: UInt64 = 0
    var taken: UInt64 = 0
    for segment in recipe.segments {
      let piece: Piece
      switch segment {
      case .skeleton(let byteCount):
        guard byteCount <= skeleton.byteCount - taken else {
          throw ManifestError.malformed(file.recipe, member: "recipe")
        }
        piece = Piece(offset: offset, blob: skeleton, part: taken..<(taken + byteCount))
        taken += byteCount
        offset += byteCount
      case .tensor(let ordinal):
        guard tensors.indices.contains(ordinal) else {
          throw ManifestError.malformed(file.recipe, member: "recipe")
        }
        let blob = try stored(tensors[ordinal])
        piece = Piece(offset: offset, blob: blob, part: nil)
        offset += blob.byteCount
      }
      pieces.append(piece)
    }
    guard offset == file.byteCount, taken == skeleton.byteCount else {
      throw ManifestError.malformed(file.recipe, member: "recipe")
    }
    byteCount = file.byteCount
    self.pieces = pieces
  }

  /// Writes the file; every blob is checked on the way.
  ///
  /// - Parameter written: is told of so many more bytes.
  func write(
    to output: borrowing OpenFile, from store: BlobStore,
    written: @escaping @Sendable (UInt64) -> Void
  ) throws {
    try writeSkeleton(to: output, from: store, written: written)
    let target = FileTarget(output)
    // One of them writes at a time, and the others hash.
    try inParallel(pieces.filter { $0.part == nil }, threads: processorCount + 1) { _, piece in
      try store.copy(piece.blob, to: target, at: piece.offset)
      written(piece.blob.byteCount)
    }
  }

  /// Writes the file without its tensors, where it then has holes; the skeleton is checked.
  ///
  /// - Parameter written: is told of so many more bytes.
  func writeSkeleton(
    to output: borrowing OpenFile, from store: BlobStore, written: (UInt64) -> Void = { _ in }
  ) throws {
    try output.truncate(to: byteCount)
    let target = FileTarget(output)
    guard let skeleton = pieces.first(where: { $0.part != nil })?.blob else { return }
    var parts = ArraySlice(
      pieces.compactMap { piece in piece.part.map { (offset: piece.offset, part: $0) } })
    var start: UInt64 = 0
    try store.withPieces(of: skeleton, checked: true) { bytes in
      let end = start + UInt64(bytes.count)
      // The parts follow each other in the skeleton. One may go on in its next piece.
      while let (offset, part) = parts.first, part.lowerBound < end {
        let taken = max(part.lowerBound, start)..<min(part.upperBound, end)
        try target.write(
          UnsafeRawBufferPointer(
            rebasing: bytes[Int(taken.lowerBound - start)..<Int(taken.upperBound - start)]),
          at: offset + (taken.lowerBound - part.lowerBound))
        guard part.upperBound <= end else { break }
        parts.removeFirst()
      }
      start = end
    }
    written(skeleton.byteCount)
  }
}
