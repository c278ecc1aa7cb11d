public import TensorCodec

// A coded blob in its place in a pack:
//
//   the first 64 of its own bytes, or all when it has fewer
//   its coded chunks, one after another: each is a mebibyte of it, the last one what is left
//   for each of them its length, and the CRC-32C of the chunk that it is decoded to
//                                                4 and 4, little-endian
//
// The head is there so that two blobs are told apart, and a manifest is known, without decoding.

/// What is wrong with a coded blob.
public enum CodingDefect: Error, Hashable, Sendable {
  /// It is said to be coded and to have a file of its own.
  case notInPack
  /// More blobs than any coder chains have to be decoded for it.
  case chainTooLong(Int)
  /// Head and table need more bytes than it has.
  case tableOutside(needed: UInt64, available: UInt64)
  /// The chunks' lengths do not add up to its bytes.
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
  private static let rowByteCount = 8

  /// How many of a blob's own bytes stand before its chunks.
  static func headByteCount(of byteCount: UInt64) -> Int {
    Int(min(byteCount, UInt64(headByteCount)))
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
    UInt64(headByteCount(of: byteCount)) + UInt64(rowByteCount) * chunkCount(of: byteCount)
  }

  /// What the table says of a chunk.
  static func row(byteCount: Int, checksum: UInt32) -> [UInt8] {
    PackLayout.littleEndian(UInt32(byteCount)) + PackLayout.littleEndian(checksum)
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
    let table = stored.count - rowByteCount * count
    var chunks: [CodedChunk] = []
    chunks.reserveCapacity(count)
    var end = headByteCount(of: byteCount)
    for row in stride(from: table, to: stored.count, by: rowByteCount) {
      let length = UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: row, as: UInt32.self))
      let checksum = stored.loadUnaligned(fromByteOffset: row + 4, as: UInt32.self)
      let start = end
      end += Int(length)
      guard end <= table else { break }
      chunks.append(CodedChunk(range: start..<end, checksum: UInt32(littleEndian: checksum)))
    }
    guard end == table else {
      throw .lengthsWrong(expected: UInt64(table), found: UInt64(end))
    }
    return chunks
  }
}
