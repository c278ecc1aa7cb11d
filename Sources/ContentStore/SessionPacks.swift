import Files
import Synchronization

/// The packs that a session writes: as many as threads write at once, for the bytes of a blob lie
/// together.
final class SessionPacks: Sendable {
  private let session: SessionID
  private let paths: StorePaths
  private let buffers: AlignedBuffers
  private let state = Mutex(State())

  private struct State {
    var count = 0
    var free: [PackStream] = []
    var sealed: [PackID] = []
  }

  init(session: SessionID, paths: StorePaths, buffers: AlignedBuffers) {
    self.session = session
    self.paths = paths
    self.buffers = buffers
  }

  /// The path of a pack as long as it is staged.
  func path(of pack: PackID) -> String { paths.staging(of: session) + "/" + pack.name }

  /// A pack that is the caller's until it is given back.
  func take() throws -> PackStream {
    try state.withLock { state throws in
      if let pack = state.free.popLast() { return pack }
      let id = PackID(session: session, number: state.count)
      state.count += 1
      return try PackStream(id: id, path: path(of: id), buffers: buffers)
    }
  }

  func giveBack(_ pack: PackStream) throws {
    guard pack.isFull else { return state.withLock { $0.free.append(pack) } }
    try pack.seal()
    state.withLock { $0.sealed.append(pack.id) }
  }

  /// Seals what is left, and hands over all packs that were sealed since this was last called.
  func sealAll() throws -> [PackID] {
    try state.withLock { state throws in
      // One in which nothing was left goes with the staging folder.
      for pack in state.free where !pack.isEmpty {
        try pack.seal()
        state.sealed.append(pack.id)
      }
      state.free = []
      defer { state.sealed = [] }
      return state.sealed.sorted { $0.number < $1.number }
    }
  }
}
