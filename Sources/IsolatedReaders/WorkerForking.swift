import CSandbox
import Files
import Glibc

/// What a `WorkerServer` does in its own process, which has one thread.
enum WorkerForking {
  /// Where its socket is. A worker's descriptors come right behind it.
  private static let socket = WorkerDescriptors.request

  /// For a server that was forked and not started: gives up what it was born with, and serves.
  static func serve(forkedWith socket: Int32) -> Never {
    csandbox_forget_environment()
    dup2(socket, Self.socket)
    let null = open("/dev/null", O_RDWR)
    for standard: Int32 in 0...2 { dup2(null, standard) }
    closefrom(Self.socket + 1)
    serve()
  }

  /// Forks workers until the other end of the socket is closed.
  static func serve() -> Never {
    // Ignored, it would take the endings of workers away.
    signal(SIGCHLD, SIG_DFL)
    allowDescriptors()
    // What fails then fails in the worker, too, and there somebody is told.
    try? WorkerRehearsal.run()
    var workers: Set<pid_t> = []
    // Who sends what cannot be is not the program that this one belongs to.
    while let message = (try? ServerMessage.receive(from: socket)) ?? nil {
      var answer = ServerMessage(kind: .answer, value: -EPROTO)
      switch message.kind {
      case .start:
        answer.value = start(message)
        if answer.value > 0 { workers.insert(answer.value) }
      case .end where workers.remove(message.value) != nil:
        kill(message.value, SIGKILL)
        answer.value = WorkerEnding.status(of: message.value)
      default: break
      }
      guard (try? answer.send(to: socket)) != nil else { break }
    }
    for worker in workers {
      kill(worker, SIGKILL)
      _ = WorkerEnding(waitingFor: worker)
    }
    _exit(0)
  }

  /// Forks a worker, and returns its number, or an errno, negated.
  private static func start(_ first: ServerMessage) -> Int32 {
    var descriptors = first.descriptors
    defer { for descriptor in descriptors { close(descriptor) } }
    while descriptors.count < Int(first.value) {
      do throws(SystemCallError) {
        guard let more = try ServerMessage.receive(from: socket) else { return -EPIPE }
        descriptors += more.descriptors
      } catch {
        return -error.code
      }
    }
    // The server has no others, so that they got the numbers behind the socket's, in their order.
    let numbers = (socket + 1)..<(socket + 1 + Int32(descriptors.count))
    guard descriptors.elementsEqual(numbers), numbers.count >= WorkerDescriptors.least else {
      return -EPROTO
    }
    let pid = csandbox_fork()
    if pid == 0 { work(descriptors) }
    return pid < 0 ? -errno : pid
  }

  /// What the worker does.
  private static func work(_ descriptors: [Int32]) -> Never {
    // Each one down: the first takes the place of the socket, which the worker must not have.
    for descriptor in descriptors { dup2(descriptor, descriptor - 1) }
    closefrom(socket + Int32(descriptors.count))
    // As a program that is started has them.
    for number in 1...Int32(64) { signal(number, SIG_DFL) }
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
    ReaderWorker.run { .reading(fileCount: descriptors.count - WorkerDescriptors.least) }
  }

  /// As many as a source may have files, if the system lets it.
  private static func allowDescriptors() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }
}
