import Synchronization
import TensorCodec

/// What a thread needs to code or decode chunks.
final class ChunkWorkspace: @unchecked Sendable {  // Owned by the pool or by its one borrower.
  let front = UnsafeMutableRawBufferPointer.allocate(byteCount: Chunk.byteCount, alignment: 64)
  let back = UnsafeMutableRawBufferPointer.allocate(byteCount: Chunk.byteCount, alignment: 64)
  private var madeEncoder: ChunkEncoder?
  private var madeDecoder: ChunkDecoder?

  deinit {
    front.deallocate()
    back.deallocate()
  }

  func encoder() throws(CodecError) -> ChunkEncoder {
    if let madeEncoder { return madeEncoder }
    let encoder = try ChunkEncoder()
    madeEncoder = encoder
    return encoder
  }

  func decoder() throws(CodecError) -> ChunkDecoder {
    if let madeDecoder { return madeDecoder }
    let decoder = try ChunkDecoder()
    madeDecoder = decoder
    return decoder
  }
}

/// Workspaces, reused: filling fresh memory costs as much as coding.
final class ChunkWorkspaces: Sendable {
  private let free = Mutex<[ChunkWorkspace]>([])

  /// One that is the caller's until it is given back.
  func take() -> ChunkWorkspace { free.withLock { $0.popLast() } ?? ChunkWorkspace() }

  func giveBack(_ workspace: ChunkWorkspace) { free.withLock { $0.append(workspace) } }
}
