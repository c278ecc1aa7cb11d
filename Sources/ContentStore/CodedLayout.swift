public import TensorCodec

// A coded blob in its place in a pack:
//
//   of a blob that is large (`BlobStore.packLimit`) the head: the first 64 of its own bytes
//   its coded chunks, one after another: each is a mebibyte of it, the last one what is left
//   for each of them the CRC-32C of the chunk that it is decoded to, and its length
//                                                4 and 4, little-endian; not the last one's length
//
// The head is there so that two large blobs are told apart without decoding.

/// What is wrong with a coded blob.
public enum CodingDefect: Error, Hashable, Sendable {
  /// It is said to be coded and to have a file of its own.
  case notInPack
  /// More blobs than any coder chains have to be decoded for it.
  case chainTooLong(Int)
  /// Head and table need more bytes than it has.
  case tableOutside(needed: UInt64, available: UInt64)
  /// The chunks' lengths are not those of the bytes that it has for them.
  case lengthsWrong(expected: UInt64, found: UInt64)
  /// A chunk cannot be decoded; chunks count from 0.
  case chunkDamaged(Int, CodecError)
  /// A chunk is decoded to bytes that have another CRC-32C.
  case checksumWrong(chunk: Int, expected: UInt32, found: UInt32)
  /// Its first bytes are not those that stand before the chunks.
  case headWrong
}

/// One chunk of a coded blob.
struct CodedChunk {
  /// Where it lies in what the blob is in its pack.
  let range: Range<Int>
  /// The CRC-32C of what it is decoded to.
  let checksum: UInt32
}

/// The parts of a coded blob in its place in a pack.
enum CodedLayout {
  static let headByteCount = 64
  private static let checksumByteCount = 4
  private static let lengthByteCount = 4

  /// How many of a blob's own bytes stand before its chunks.
  static func headByteCount(of byteCount: UInt64) -> Int {
    byteCount < UInt64(BlobStore.packLimit) ? 0 : headByteCount
  }

  static func chunkCount(of byteCount: UInt64) -> UInt64 {
    let (quotient, remainder) = byteCount.quotientAndRemainder(dividingBy: UInt64(Chunk.byteCount))
    return quotient + (remainder > 0 ? 1 : 0)
  }

  /// The bytes of a chunk before it is coded; none past the blob's end.
  static func byteCount(ofChunk index: Int, of byteCount: UInt64) -> Int {
    let (start, overflow) = UInt64(index).multipliedReportingOverflow(by: UInt64(Chunk.byteCount))
    guard !overflow, start < byteCount else { return 0 }
    return Int(min(UInt64(Chunk.byteCount), byteCount - start))
  }

  /// The least that a coded blob takes: its head and its table.
  static func leastByteCount(of byteCount: UInt64) -> UInt64 {
    // At most 2^44 chunks of 2^20 bytes: no overflow.
    UInt64(headByteCount(of: byteCount)) + tableByteCount(of: byteCount)
  }

  private static func tableByteCount(of byteCount: UInt64) -> UInt64 {
    let count = chunkCount(of: byteCount)
    guard count > 0 else { return 0 }
    // The last chunk has what is left: its length is not told.
    return count * UInt64(checksumByteCount + lengthByteCount) - UInt64(lengthByteCount)
  }

  /// What the chunks' table says of them.
  static func table(_ chunks: [(byteCount: Int, checksum: UInt32)]) -> [UInt8] {
    let rows = chunks.flatMap { chunk in
      PackLayout.littleEndian(chunk.checksum) + PackLayout.littleEndian(UInt32(chunk.byteCount))
    }
    return rows.dropLast(lengthByteCount)
  }

  /// The coded chunks.
  ///
  /// - Parameters:
  ///   - byteCount: that of the blob's own bytes.
  ///   - stored: what it is in its pack.
  static func chunks(
    of byteCount: UInt64, in stored: UnsafeRawBufferPointer
  ) throws(CodingDefect) -> [CodedChunk] {
    let available = UInt64(stored.count)
    let needed = leastByteCount(of: byteCount)
    guard needed <= available else {
      throw .tableOutside(needed: needed, available: available)
    }
    // From here on the number of chunks is bounded by bytes that are there.
    let count = Int(chunkCount(of: byteCount))
    let table = stored.count - Int(tableByteCount(of: byteCount))
    func number(at place: Int) -> UInt32 {
      UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }
    var chunks: [CodedChunk] = []
    chunks.reserveCapacity(count)
    var end = headByteCount(of: byteCount)
    for index in 0..<count {
      let row = table + index * (checksumByteCount + lengthByteCount)
      let start = end
      end = index == count - 1 ? table : start + Int(number(at: row + checksumByteCount))
      guard end <= table else { break }
      chunks.append(CodedChunk(range: start..<end, checksum: number(at: row)))
    }
    guard end == table else {
      throw .lengthsWrong(expected: UInt64(table), found: UInt64(end))
    }
    return chunks
  }
}
