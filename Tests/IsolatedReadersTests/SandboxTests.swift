import Files
import Foundation
import Testing

@testable import IsolatedReaders

/// What a worker has left while it reads. Looked at from outside, while libhdf5 is in an endless
/// loop over a damaged file.
@Suite struct WorkersAtWork {
  /// What is seen of a worker, until it is killed for its time.
  private func observe(
    _ reader: IsolatedReader, childrenOf parent: Int32, _ look: (Int32) -> Void
  ) throws {
    let endless = try Workshop.bytes(of: "crash/h5crash-SIGKILL-1-736.h5")
    let finished = Thread.detachedResult { try Workshop.error(reading: endless, by: reader) }
    while !finished.isReady {
      for child in ChildProcesses.descendants(of: parent)
      where ChildProcesses.status(of: child)["Name"] == "registry" {
        look(child)
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
    #expect(try finished.get() == .timedOut)
  }

  private func rights(_ process: Int32) -> String {
    let status = ChildProcesses.status(of: process)
    return "\(status["NoNewPrivs"] ?? "")/\(status["Seccomp"] ?? "")"
  }

  @Test func aStartedWorkerHasGivenUpItsRightsBeforeItReads() throws {
    var states: Set<String> = []
    let reader = IsolatedReader(executable: Workshop.executable, patience: .seconds(2))
    try observe(reader, childrenOf: getpid()) { states.insert(rights($0)) }
    // 2 is a filter.
    #expect(states.contains("1/2"))
  }

  @Test func aForkedWorkerHasGivenUpItsRightsBeforeItReads() throws {
    let server = try WorkerServer(executable: Workshop.executable)
    var states: Set<String> = []
    let reader = IsolatedReader(server: server, patience: .seconds(2))
    try observe(reader, childrenOf: server.pid) { states.insert(rights($0)) }
    #expect(states.contains("1/2"))
    // The server waits for the next, and no process is left but it.
    #expect(ChildProcesses.descendants(of: server.pid).isEmpty)
    #expect(ChildProcesses.status(of: server.pid)["Name"] == "registry")
  }

  @Test func aForkedWorkerHasOnlyWhatItNeeds() throws {
    let server = try WorkerServer(executable: Workshop.executable)
    var seen: Set<[String]> = []
    var standard: Set<String?> = []
    let reader = IsolatedReader(server: server, patience: .seconds(2))
    try observe(reader, childrenOf: server.pid) { worker in
      // Before that, it is about to sort them.
      guard rights(worker) == "1/2",
        let descriptors = ChildProcesses.descriptors(of: worker), !descriptors.isEmpty
      else { return }
      seen.insert(descriptors.keys.sorted())
      for number in 0...2 { standard.insert(descriptors[String(number)]) }
      #expect(!descriptors.values.contains { $0.hasPrefix("socket:") })
    }
    // Nothing is seen by a user who may not look.
    #expect(seen.isEmpty || seen == [["0", "1", "2", "3", "4", "5", "6"]])
    #expect(standard.isEmpty || standard == ["/dev/null"])
  }
}
