import TensorCodec

/// Where the bytes of a blob that is staged come from.
protocol BlobSource {
  var byteCount: UInt64 { get }

  /// Copies a chunk to a buffer of a chunk's size, and lends it there.
  func copyChunk(_ index: Int, to buffer: UnsafeMutableRawBufferPointer) throws
    -> UnsafeRawBufferPointer

  /// Lends all bytes in order.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

extension BlobSource {
  var chunkCount: Int { Int(clamping: CodedLayout.chunkCount(of: byteCount)) }
}

/// Bytes in memory, in pieces.
struct MemorySource: BlobSource {
  let byteCount: UInt64
  private let pieces: [UnsafeRawBufferPointer]
  /// Where each piece begins in the blob, and where the last one ends.
  private let starts: [Int]

  init(_ pieces: [UnsafeRawBufferPointer]) {
    self.pieces = pieces.filter { !$0.isEmpty }
    starts = self.pieces.reduce(into: [0]) { starts, piece in
      starts.append((starts.last ?? 0) + piece.count)
    }
    byteCount = UInt64(starts.last ?? 0)
  }

  func copyChunk(_ index: Int, to buffer: UnsafeMutableRawBufferPointer)
    -> UnsafeRawBufferPointer
  {
    let start = index * Chunk.byteCount
    let count = CodedLayout.byteCount(ofChunk: index, of: byteCount)
    var done = 0
    var place = piece(at: start)
    while done < count {
      let skipped = start + done - starts[place]
      let part = UnsafeRawBufferPointer(
        rebasing: pieces[place].dropFirst(skipped).prefix(count - done))
      UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).copyMemory(from: part)
      done += part.count
      place += 1
    }
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }

  /// The piece that has a byte.
  private func piece(at position: Int) -> Int {
    var range = 0..<max(1, pieces.count)
    while range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      range = starts[middle] <= position ? middle..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }

  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    for piece in pieces { try body(piece) }
  }
}

/// A blob that is in a store already.
struct StoredSource: BlobSource {
  let reader: BlobReader

  var byteCount: UInt64 { reader.blob.byteCount }

  func copyChunk(_ index: Int, to buffer: UnsafeMutableRawBufferPointer) throws
    -> UnsafeRawBufferPointer
  {
    let chunk = try reader.chunk(index)
    buffer.copyMemory(from: chunk)
    return UnsafeRawBufferPointer(rebasing: buffer[..<chunk.count])
  }

  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try reader.forEachPiece(body)
  }
}
