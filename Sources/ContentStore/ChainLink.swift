import Checksums
import TensorCodec

/// One blob of a chain that is open for reading: the one that is wanted, or one of its bases.
struct ChainLink {
  let blob: StoredBlob
  /// What it is in its file or pack.
  let stored: StoredBytes
  /// Its coded chunks; `nil`: it is raw.
  let chunks: [CodedChunk]?
  private let path: String

  /// - Throws: `StoreError` when it is missing, or is not laid out as coded blobs are.
  init(opening blob: StoredBlob, in store: BlobStore) throws {
    self.blob = blob
    path = store.path(of: blob)
    let file = try store.open(blob)
    guard case .packed(_, let offset) = blob.location else {
      guard blob.form == .raw else {
        throw StoreError.blobUndecodable(blob.digest, path: path, .notInPack)
      }
      stored = try StoredBytes(file, at: 0, byteCount: blob.byteCount)
      chunks = nil
      return
    }
    stored = try StoredBytes(file, at: offset, byteCount: blob.storedByteCount)
    guard case .coded = blob.form else {
      chunks = nil
      return
    }
    do throws(CodingDefect) {
      chunks = try CodedLayout.chunks(of: blob.byteCount, in: stored.bytes)
    } catch {
      throw StoreError.blobUndecodable(blob.digest, path: path, error)
    }
  }

  /// Whether the base's chunk is needed to decode this one.
  func needsBase(at index: Int) throws(StoreError) -> Bool {
    guard let chunks, chunks.indices.contains(index) else { return false }
    do throws(CodecError) { return try ChunkDecoder.needsBase(bytes(of: chunks[index])) } catch {
      throw undecodable(.chunkDamaged(index, error))
    }
  }

  /// A chunk, in the file if the blob is raw, else decoded to a buffer of a chunk's size and
  /// checked; `nil` past the blob's end.
  func chunk(
    _ index: Int, against base: UnsafeRawBufferPointer?,
    into buffer: UnsafeMutableRawBufferPointer, _ decoder: ChunkDecoder
  ) throws(StoreError) -> UnsafeRawBufferPointer? {
    let byteCount = CodedLayout.byteCount(ofChunk: index, of: blob.byteCount)
    guard byteCount > 0 else { return nil }
    guard let chunks else {
      let start = index * Chunk.byteCount
      return UnsafeRawBufferPointer(rebasing: stored.bytes[start..<(start + byteCount)])
    }
    let chunk = UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount])
    do throws(CodecError) {
      try decoder.decode(bytes(of: chunks[index]), against: base, into: chunk)
    } catch {
      throw undecodable(.chunkDamaged(index, error))
    }
    let decoded = UnsafeRawBufferPointer(chunk)
    let (expected, found) = (chunks[index].checksum, CRC32C.of(decoded))
    guard found == expected else {
      throw undecodable(.checksumWrong(chunk: index, expected: expected, found: found))
    }
    let headByteCount = CodedLayout.headByteCount(of: blob.byteCount)
    guard
      index > 0 || stored.bytes.prefix(headByteCount).elementsEqual(decoded.prefix(headByteCount))
    else { throw undecodable(.headWrong) }
    return decoded
  }

  private func bytes(of chunk: CodedChunk) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: stored.bytes[chunk.range])
  }

  private func undecodable(_ defect: CodingDefect) -> StoreError {
    .blobUndecodable(blob.digest, path: path, defect)
  }
}
