import Digests
import Files

/// A pack that is being written. One thread at a time has it.
///
/// It goes through one buffer to the disk, so that it may be of any size; one that the buffer holds
/// whole is written at once when it is sealed.
final class PackStream: @unchecked Sendable {  // Owned by `SessionPacks` or by its one borrower.
  let id: PackID
  private let buffers: AlignedBuffers
  private let buffer: UnsafeMutableRawBufferPointer
  private var writer: DirectWriter
  private var entries: [PackEntry] = []
  private var failure: SystemCallError?

  init(id: PackID, path: String, buffers: AlignedBuffers) throws {
    self.id = id
    self.buffers = buffers
    buffer = buffers.take()
    writer = DirectWriter(creating: path, buffer: buffer)
    try PackLayout.head.withUnsafeBytes { try writer.append($0) }
  }

  deinit { buffers.giveBack(buffer) }

  var isEmpty: Bool { entries.isEmpty }

  /// Whether it is to be sealed.
  var isFull: Bool { writer.position >= BlobStore.packByteCount }

  /// Where the last blob ends.
  private var end: UInt64 {
    entries.last.map { $0.offset + $0.length } ?? UInt64(PackLayout.head.count)
  }

  /// Where the next byte goes.
  var position: UInt64 { writer.position }

  func append(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
    try unlessFailed { writer throws(SystemCallError) in try writer.append(bytes) }
  }

  /// Makes a blob of the bytes from `start` on, where the one before ends: the footer says of none
  /// where it lies.
  func addEntry(
    _ digest: Digest, byteCount: UInt64, from start: UInt64, coding: StagedCoding?
  ) -> BlobLocation {
    precondition(start == end, "what was not made a blob is taken back")
    entries.append(
      PackEntry(
        digest: digest, offset: start, length: position - start, byteCount: byteCount,
        isCoded: coding != nil, base: (coding?.base).map(DigestPrefix.init)))
    return .packed(id, offset: start)
  }

  /// Takes back all bytes from a position on, which no entry has.
  func rewind(to start: UInt64) throws(SystemCallError) {
    try unlessFailed { writer throws(SystemCallError) in try writer.rewind(to: start) }
  }

  /// Once a write has failed, what lies where is no longer known: no pack is made of it.
  private func unlessFailed(
    _ body: (inout DirectWriter) throws(SystemCallError) -> Void
  ) throws(SystemCallError) {
    if let failure { throw failure }
    do throws(SystemCallError) { try body(&writer) } catch {
      failure = error
      throw error
    }
  }

  /// Writes the footer and what is left. `WriteSession.publish` makes it durable.
  func seal() throws {
    if let failure { throw failure }
    try PackLayout.footer(entries).withUnsafeBytes { try writer.append($0) }
    try writer.finish(cachingSmall: true)
  }
}
