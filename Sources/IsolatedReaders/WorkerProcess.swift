import CSandbox
import Files
import Glibc

/// Where workers come from.
enum WorkerOrigin: Sendable {
  /// A program that is started for each.
  case program(String)
  /// A server that forks each.
  case server(WorkerServer)
}

/// A worker that was started. Killed, and waited for, when it goes out of scope.
struct WorkerProcess: ~Copyable {
  /// Where its answer comes out.
  let answer: Int32
  private let pid: pid_t
  private let origin: WorkerOrigin
  private var hasEnded = false

  /// Starts a worker. It gets the request, the source's files, a pipe to answer into, a file to put
  /// bytes into, and nothing else: no environment of ours, no other descriptor.
  init(
    from origin: WorkerOrigin, task: WorkerTask, request: String, files: [Int32], spool: Int32
  ) throws(SystemCallError) {
    let text = try OpenFile.inMemory("a worker's request")
    try text.write(Array(request.utf8))
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError("pipe2", "a worker") }
    defer { close(ends[1]) }
    let descriptors = [text.descriptor, ends[1], spool] + files
    do throws(SystemCallError) {
      switch origin {
      case .program(let path): pid = try ProgramStart.start(path, task, descriptors)
      case .server(let server): pid = try server.start(descriptors)
      }
    } catch {
      close(ends[0])
      throw error
    }
    answer = ends[0]
    self.origin = origin
  }

  deinit {
    if !hasEnded { _ = Self.end(pid, of: origin) }
    close(answer)
  }

  /// How the worker ended, when it has closed its answer. Should it live on, it is not waited for:
  /// the signal does nothing to one that is already on its way out.
  consuming func ending() -> WorkerEnding {
    hasEnded = true
    return Self.end(pid, of: origin)
  }

  private static func end(_ pid: pid_t, of origin: WorkerOrigin) -> WorkerEnding {
    switch origin {
    case .program:
      kill(pid, SIGKILL)
      return WorkerEnding(waitingFor: pid)
    case .server(let server):
      // A server that is gone has taken its workers along, which says nothing about the source.
      return (try? server.end(pid)) ?? .left(status: 0)
    }
  }
}
