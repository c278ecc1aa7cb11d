import Glibc

/// How a process ended.
enum WorkerEnding: Hashable {
  case left(status: Int32)
  case died(signal: Int32)

  /// What waitpid(2) says.
  init(status: Int32) {
    let signal = status & 0x7F
    self = signal == 0 ? .left(status: status >> 8 & 0xFF) : .died(signal: signal)
  }

  /// Waits for a child to end.
  init(waitingFor pid: pid_t) { self.init(status: Self.status(of: pid)) }

  /// Waits for a child to end, and returns what waitpid(2) says.
  static func status(of pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      // Somebody else took the status, which says nothing about the source.
      guard errno == EINTR else { return 0 }
    }
    return status
  }

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
