import CSandbox
public import Files
import Glibc
import Synchronization

/// A process that forks workers: each source still has a process of its own, but none of them has
/// to start a program.
///
/// It holds a socket and nothing else, and never looks at a source: what a worker is born with is
/// what the server was started with. It ends with the process that started it, and its workers with
/// it.
public final class WorkerServer: Sendable {
  /// One question at a time, and its answer; `nil` when the server was ended.
  private let socket: Mutex<Int32?>
  private let wasWaitedFor = Atomic(false)
  let pid: pid_t

  /// The one that was forked from this process.
  private static let forked = Mutex<WorkerServer?>(nil)

  /// Forks the server from this process, which may have one thread only, and no secrets in its
  /// memory but those of its environment, which is wiped: a program does it first of all. It ends
  /// when the process leaves through exit(3).
  public static func fork() throws(SystemCallError) -> WorkerServer {
    let server = try WorkerServer()
    forked.withLock { $0 = server }
    atexit { WorkerServer.forked.withLock { $0 }?.end() }
    return server
  }

  private init() throws(SystemCallError) {
    let (ours, theirs) = try Self.socketPair()
    let child = csandbox_fork()
    if child == 0 { WorkerForking.serve(forkedWith: theirs) }
    let error = SystemCallError("fork", "the server of workers")
    close(theirs)
    guard child > 0 else {
      close(ours)
      throw error
    }
    pid = child
    socket = Mutex(ours)
  }

  /// Starts a program as the server, which a process of several threads has to.
  ///
  /// - Parameter executable: a program whose `main` calls `ReaderWorker.run()` when its first
  ///   argument is `ReaderWorker.argument`.
  public init(executable: String) throws(SystemCallError) {
    let (ours, theirs) = try Self.socketPair()
    defer { close(theirs) }
    do throws(SystemCallError) {
      pid = try ProgramStart.start(executable, .serving, [theirs])
    } catch {
      close(ours)
      throw error
    }
    socket = Mutex(ours)
  }

  deinit { end() }

  /// Lets it end, and does not wait until it has: that is for when this process ends.
  func dismiss() {
    let socket = socket.withLock { socket in
      defer { socket = nil }
      return socket
    }
    if let socket { close(socket) }
  }

  private func end() {
    dismiss()
    // The system's first process, which would get it, may not wait for any.
    if !wasWaitedFor.exchange(true, ordering: .relaxed) { _ = WorkerEnding(waitingFor: pid) }
  }

  private static func socketPair() throws(SystemCallError) -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw SystemCallError("socketpair", "the server of workers")
    }
    return (ends[0], ends[1])
  }

  /// Starts a worker with copies of these descriptors, from `WorkerDescriptors.request` on.
  func start(_ descriptors: [Int32]) throws(SystemCallError) -> pid_t {
    let answer = try socket.withLock { socket throws(SystemCallError) in
      let socket = try Self.open(socket)
      var rest = descriptors[...]
      var message = ServerMessage(kind: .start, value: Int32(descriptors.count))
      repeat {
        message.descriptors = Array(rest.prefix(ServerMessage.mostDescriptors))
        try message.send(to: socket)
        rest = rest.dropFirst(message.descriptors.count)
        message.kind = .more
      } while !rest.isEmpty
      return try Self.answer(from: socket)
    }
    guard answer > 0 else { throw SystemCallError("fork", "a worker", code: -answer) }
    return answer
  }

  /// Kills a worker, if it lives, and tells how it ended.
  func end(_ worker: pid_t) throws(SystemCallError) -> WorkerEnding {
    try socket.withLock { socket throws(SystemCallError) in
      let socket = try Self.open(socket)
      try ServerMessage(kind: .end, value: worker).send(to: socket)
      return WorkerEnding(status: try Self.answer(from: socket))
    }
  }

  private static func open(_ socket: Int32?) throws(SystemCallError) -> Int32 {
    guard let socket else {
      throw SystemCallError("sendmsg", "the server of workers", code: EPIPE)
    }
    return socket
  }

  private static func answer(from socket: Int32) throws(SystemCallError) -> Int32 {
    guard let message = try ServerMessage.receive(from: socket) else {
      throw SystemCallError("recvmsg", "the server of workers", code: EPIPE)
    }
    return message.value
  }
}
