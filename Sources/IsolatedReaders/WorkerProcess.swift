import CSandbox
import Files
import Glibc

/// A worker that was started. Killed, and waited for, when it goes out of scope.
struct WorkerProcess: ~Copyable {
  /// Where its answer comes out.
  let answer: Int32
  private let pid: pid_t

  /// Starts the program with the worker's arguments. It gets the request, the source's files, a
  /// pipe to answer into, a file to put bytes into, and nothing else: no environment of ours, no
  /// other descriptor.
  init(
    executable: String, task: WorkerTask, request: String, files: [Int32], spool: Int32
  ) throws(SystemCallError) {
    let text = try OpenFile.inMemory("a worker's request")
    try text.write(Array(request.utf8))
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError("pipe2", executable) }
    defer { close(ends[1]) }
    let descriptors = [text.descriptor, ends[1], spool] + files
    do throws(SystemCallError) {
      pid = try Self.spawn(executable, task, descriptors)
    } catch {
      close(ends[0])
      throw error
    }
    answer = ends[0]
  }

  deinit {
    kill(pid, SIGKILL)
    _ = Self.reap(pid)
    close(answer)
  }

  /// How the worker ended, when it has closed its answer. Should it live on, it is not waited for:
  /// the signal does nothing to one that is already on its way out.
  consuming func ending() -> WorkerEnding {
    kill(pid, SIGKILL)
    let status = Self.reap(pid)
    close(answer)
    discard self
    return status
  }

  private static func reap(_ pid: pid_t) -> WorkerEnding {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      // Somebody else took the status, which says nothing about the source.
      guard errno == EINTR else { return .left(status: 0) }
    }
    let signal = status & 0x7F
    return signal == 0 ? .left(status: status >> 8 & 0xFF) : .died(signal: signal)
  }

  /// Starts the program with these descriptors, from `WorkerDescriptors.request` on.
  private static func spawn(
    _ executable: String, _ task: WorkerTask, _ descriptors: [Int32]
  ) throws(SystemCallError) -> pid_t {
    let numbers = WorkerDescriptors.request..<WorkerDescriptors.request + Int32(descriptors.count)
    // Out of the way of the numbers that they are to get, or one could close the other.
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for descriptor in descriptors {
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, numbers.upperBound)
      guard copy >= 0 else { throw SystemCallError("fcntl", executable) }
      copies.append(copy)
    }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for standard: Int32 in 0...2 {
      posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0)
    }
    for (copy, number) in zip(copies, numbers) {
      posix_spawn_file_actions_adddup2(&actions, copy, number)
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, numbers.upperBound)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    resetSignals(&attributes)

    var pid: pid_t = 0
    let arguments = ["registry", ReaderWorker.argument] + task.arguments
    let code = withStrings(arguments) { arguments in
      // Swift's handler of crashes would start a debugger, or try to for minutes.
      withStrings(["SWIFT_BACKTRACE=enable=no"]) { environment in
        posix_spawn(&pid, executable, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw SystemCallError("posix_spawn", executable, code: code) }
    return pid
  }

  /// What this process ignores or blocks, its children would: SIGXCPU has to end them.
  private static func resetSignals(_ attributes: inout posix_spawnattr_t) {
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  }

  /// Lends strings as C has the arguments of a program, with `nil` after the last.
  private static func withStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}

/// How a process ended.
enum WorkerEnding: Hashable {
  case left(status: Int32)
  case died(signal: Int32)

  /// What it means when the answer is not whole.
  var error: ReaderError {
    switch self {
    case .left(let status): .malformedAnswer(.endedEarly(exitStatus: status))
    // Of the limits, that on processor time has a signal of its own.
    case .died(SIGXCPU): .timedOut
    case .died(let signal): .crashed(signal: signal)
    }
  }
}
