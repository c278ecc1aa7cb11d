import CSandbox
import Files
import Glibc

/// Starts a program as a worker, or as a server of workers.
enum ProgramStart {
  /// Starts it with these descriptors, from `WorkerDescriptors.request` on, and nothing else: no
  /// environment of ours, no other descriptor.
  static func start(
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
