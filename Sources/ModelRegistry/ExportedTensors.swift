import Checksums
import ContentStore
import Digests
import Files
import Synchronization
import Tensors

/// The bytes of an export's tensors: those of blobs, or made of them piece by piece.
struct ExportedTensors: Sendable {
  let store: BlobStore
  /// The blob of each variable, by its place among those of the exported model.
  let blobs: [StoredBlob]

  /// A stretch of what is made, which is small enough for the processor's cache.
  private static let pieceByteCount = 256 << 10

  /// Writes a tensor; its blob is checked on the way.
  func write(_ content: TensorContent, to target: FileTarget, at offset: UInt64) throws {
    switch content {
    case .stored(let ordinal): try store.copy(blobs[ordinal], to: target, at: offset)
    case .widened(let ordinal):
      var place = offset
      try store.withPieces(of: blobs[ordinal], checked: true) { bytes in
        try Self.widen(bytes) { piece in
          try target.write(piece, at: place)
          place += UInt64(piece.count)
        }
      }
    case .filled, .literal:
      var place = offset
      try read(content) { piece in
        try target.write(piece, at: place)
        place += UInt64(piece.count)
      }
    }
  }

  /// Lends a tensor's bytes in order, unchecked.
  func read(_ content: TensorContent, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch content {
    case .stored(let ordinal): try store.withPieces(of: blobs[ordinal], checked: false, body)
    case .widened(let ordinal):
      try store.withPieces(of: blobs[ordinal], checked: false) { try Self.widen($0, body) }
    case .filled(let element, let count): try Self.fill(element, count, body)
    case .literal(let bytes): try bytes.withUnsafeBytes(body)
    }
  }

  /// The checksum of a tensor's bytes.
  func checksum(_ content: TensorContent, _ algorithm: Checksum.Algorithm) throws -> UInt32 {
    switch algorithm {
    case .crc32:
      var sum = CRC32()
      try read(content) { sum.update($0) }
      return sum.value
    case .crc32c:
      var sum = CRC32C()
      try read(content) { sum.update($0) }
      return sum.value
    }
  }

  private static func fill(
    _ element: [UInt8], _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let pieceCount = min(count, pieceByteCount / max(1, element.count))
    let piece = Array(repeatElement(element, count: pieceCount).joined())
    try piece.withUnsafeBytes { piece in
      for start in stride(from: 0, to: count, by: max(1, pieceCount)) {
        let byteCount = min(pieceCount, count - start) * element.count
        try body(UnsafeRawBufferPointer(rebasing: piece[..<byteCount]))
      }
    }
  }

  /// Lends bfloat16 elements as float32: they are its upper halves. A blob's pieces are each of
  /// whole elements.
  private static func widen(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let count = bytes.count / 2
    let pieceCount = pieceByteCount / 4
    var wide: [UInt32] = []
    wide.reserveCapacity(min(count, pieceCount))
    for start in stride(from: 0, to: count, by: pieceCount) {
      wide.removeAll(keepingCapacity: true)
      for index in start..<min(count, start + pieceCount) {
        let half = bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        wide.append((UInt32(UInt16(littleEndian: half)) << 16).littleEndian)
      }
      try wide.withUnsafeBytes(body)
    }
  }
}

extension FileLayout {
  /// Writes the file, and gives the SHA-256 of what is in it then. Every blob is checked.
  ///
  /// - Parameter written: is told of so many more bytes.
  func write(
    to output: borrowing OpenFile, _ tensors: ExportedTensors,
    written: @escaping @Sendable (UInt64) -> Void
  ) throws -> Digest {
    try output.truncate(to: byteCount)
    let target = FileTarget(output)
    let digest = Mutex<Digest?>(nil)
    // The digest goes over the file in order, and takes a thread as long as the rest together.
    try inParallel([nil] + pieces.map(Optional.some), threads: processorCount + 1) { _, piece in
      guard let piece else {
        let found = try self.digest(tensors)
        return digest.withLock { $0 = found }
      }
      switch piece.content {
      case .bytes(let bytes):
        try bytes.withUnsafeBytes { try target.write($0, at: piece.offset) }
      case .tensor(let content): try tensors.write(content, to: target, at: piece.offset)
      }
      written(piece.byteCount)
    }
    return digest.withLock { $0 } ?? Digest(of: [])
  }

  private func digest(_ tensors: ExportedTensors) throws -> Digest {
    var hasher = SHA256()
    for piece in pieces {
      switch piece.content {
      case .bytes(let bytes): bytes.withUnsafeBytes { hasher.update($0) }
      case .tensor(let content): try tensors.read(content) { hasher.update($0) }
      }
    }
    return hasher.finish()
  }
}
