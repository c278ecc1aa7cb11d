import Files
import Foundation
import StrictJSON
import Tensors
import Testing

@testable import IsolatedReaders

/// A server of workers, and what becomes of it.
@Suite struct Servers {
  private let model: [UInt8]

  init() throws { model = try Workshop.bytes(of: "latest.h5") }

  @Test func manySourcesAreReadThroughOne() throws {
    let server = try WorkerServer(executable: Workshop.executable)
    let reader = IsolatedReader(server: server)
    let first = try Workshop.read(model, by: reader)
    let expected = try Workshop.read(model, by: Workshop.reader(.started))
    #expect(first == expected)
    for _ in 0..<20 { #expect(try Workshop.read(model, by: reader) == first) }
    #expect(ChildProcesses.descendants(of: server.pid).isEmpty)
  }

  @Test func afterTheLastSourceNoneIsRead() throws {
    let reader = IsolatedReader(server: try WorkerServer(executable: Workshop.executable))
    _ = try Workshop.read(model, by: reader)
    for _ in 0..<2 { reader.finish() }
    #expect(throws: SystemCallError("sendmsg", "the server of workers", code: EPIPE)) {
      try Workshop.read(model, by: reader)
    }
  }

  @Test func theRehearsalGoesWell() throws { try WorkerRehearsal.run() }

  @Test func severalThreadsMayReadThroughOne() throws {
    let reader = IsolatedReader(server: try WorkerServer(executable: Workshop.executable))
    let model = model
    let threads = (0..<4).map { _ in
      Thread.detachedResult {
        try (0..<5).map { _ in try Workshop.read(model, by: reader).snapshot.variables.count }
      }
    }
    while !threads.allSatisfy(\.isReady) { Thread.sleep(forTimeInterval: 0.01) }
    let count = try Workshop.read(model, by: reader).snapshot.variables.count
    for thread in threads { #expect(try thread.get() == Array(repeating: count, count: 5)) }
  }

  @Test func aWorkerThatDiedDoesNotHarmTheNext() throws {
    let reader = IsolatedReader(
      server: try WorkerServer(executable: Workshop.executable), patience: .seconds(1))
    for name in Workshop.files(in: "crash").prefix(6) {
      #expect(try Workshop.error(reading: Workshop.bytes(of: "crash/" + name), by: reader) != nil)
      #expect(try Workshop.error(reading: model, by: reader) == nil)
    }
  }

  /// More descriptors than one message of a socket has room for.
  @Test(arguments: Way.allCases)
  func aSourceMayHaveHundredsOfFiles(_ way: Way) throws {
    let file = try Workshop.scratch(model)
    let files = (0..<300).map { place in
      SourceFile(
        descriptor: file.descriptor, name: "file-\(1000 + place)", byteCount: UInt64(model.count))
    }
    let source = OpenSource(path: "the source", kind: .folder, files: files)
    let spool = try Workshop.scratch()
    // What is in such a folder is no model, which the worker says when it has looked.
    #expect {
      _ = try Workshop.reader(way).read(source, in: ReadingContext(), spool: spool.descriptor)
    } throws: { error in
      switch error {
      case ReaderError.notAModel, ReaderError.rejected: true
      default: false
      }
    }
  }

  @Test func aServerThatIsGoneIsAnErrorOfTheSystem() throws {
    let server = try WorkerServer(executable: Workshop.executable)
    let reader = IsolatedReader(server: server)
    #expect(try Workshop.error(reading: model, by: reader) == nil)
    kill(server.pid, SIGKILL)
    #expect(throws: SystemCallError.self) { try Workshop.read(model, by: reader) }
    #expect(throws: SystemCallError.self) { try Workshop.read(model, by: reader) }
  }

  /// Whoever started it may be killed at any time.
  @Test func aServerEndsWithItsWorkersWhenItsSocketIsClosed() throws {
    var ends: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
    let pid = try ProgramStart.start(Workshop.executable, .serving, [ends[1]])
    close(ends[1])
    let endless = try Workshop.scratch(Workshop.bytes(of: "crash/h5crash-SIGKILL-1-736.h5"))
    let request = try OpenFile.inMemory("a request")
    let source = Workshop.source(endless.descriptor, byteCount: try endless.status().byteCount)
    try request.write(Array(WorkerRequest(source, ReadingContext()).json.canonicalText.utf8))
    let spool = try Workshop.scratch()
    let descriptors = [
      request.descriptor, spool.descriptor, spool.descriptor, endless.descriptor,
    ]
    try ServerMessage(kind: .start, value: 4, descriptors: descriptors).send(to: ends[0])
    let worker = try #require(try ServerMessage.receive(from: ends[0])).value
    #expect(ChildProcesses.descendants(of: pid) == [worker])
    close(ends[0])
    #expect(WorkerEnding(waitingFor: pid) == .left(status: 0))
    // Gone, or waiting for somebody to ask how it ended.
    let isGone = { ChildProcesses.status(of: worker)["State"]?.hasPrefix("Z") != false }
    for _ in 0..<500 where !isGone() { Thread.sleep(forTimeInterval: 0.01) }
    #expect(isGone())
  }

  /// A program that has no workers, or does not know what they are.
  @Test func aProgramThatIsNoServerIsAnErrorOfTheSystem() throws {
    let reader = IsolatedReader(server: try WorkerServer(executable: "/bin/true"))
    #expect(throws: SystemCallError.self) { try Workshop.read(model, by: reader) }
    #expect(throws: SystemCallError.self) {
      _ = try WorkerServer(executable: "/nowhere/registry")
    }
  }
}
