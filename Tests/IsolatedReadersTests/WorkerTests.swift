import Files
import Foundation
import IsolatedReaders
import Testing

/// What a worker may do, and what becomes of one that does something else. Shell scripts stand in
/// for workers that a hostile source took over.
@Suite struct Workers {
  private func error(
    fromWorker script: String, patience: Duration = .seconds(5)
  ) throws -> ReaderError? {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "worker-\(UUID().uuidString)")
    try "#!/bin/sh\n\(script)\n".write(to: path, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: path) }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.path)
    while true {
      do {
        return try Workshop.error(
          reading: [1, 2, 3], by: IsolatedReader(executable: path.path, patience: patience))
      } catch let error as SystemCallError where error.code == ETXTBSY {
        // Another test's child has the script's descriptor until it starts its program.
        continue
      }
    }
  }

  /// A frame in the words of printf(1).
  private func frame(_ kind: Int, _ payload: String) -> String {
    let length = String(payload.utf8.count, radix: 8)
    let escaped = payload.replacing("%", with: "%%").replacing("\"", with: "\\042")
    return "printf '\\00\(kind)\\\(length)\\0\\0\\0\\0\\0\\0\\0\(escaped)' >&4"
  }

  private let snapshot = """
    {"architecture":null,"checksums":[],"files":null,"findings":[],"format":"h5","graphs":[],\
    "producers":{},"training":null,"variables":[]}
    """

  @Test func anHonestAnswerIsTaken() throws {
    let script = frame(1, snapshot) + "\n" + frame(4, "")
    #expect(try error(fromWorker: script) == nil)
  }

  @Test(arguments: [
    ("exit 7", AnswerDefect.endedEarly(exitStatus: 7)),
    ("exit 0", .endedEarly(exitStatus: 0)),
    ("printf '\\001\\002' >&4", .endedEarly(exitStatus: 0)),
    ("printf '\\011\\0\\0\\0\\0\\0\\0\\0\\0' >&4", .unknownFrame(9)),
    ("printf '\\001\\377\\377\\377\\377\\377\\377\\377\\377' >&4", .frameTooLong(.max)),
    ("printf '\\001\\001\\0\\0\\004\\0\\0\\0\\0' >&4", .frameTooLong(64 << 20 + 1)),
    ("printf '\\004\\0\\0\\0\\0\\0\\0\\0\\0' >&4", .misplacedFrame(kind: 4)),
    ("printf '\\001\\002\\0\\0\\0\\0\\0\\0\\0{x' >&4", .notJSON),
    ("printf '\\001\\002\\0\\0\\0\\0\\0\\0\\0[]' >&4", .badMember("snapshot")),
    ("printf '\\003\\002\\0\\0\\0\\0\\0\\0\\0{}' >&4", .badMember("code")),
  ])
  func anAnswerThatBreaksTheRulesIsAnError(_ script: String, _ defect: AnswerDefect) throws {
    #expect(try error(fromWorker: script) == .malformedAnswer(defect))
  }

  @Test func nothingMayComeAfterTheEnd() throws {
    let script = [frame(1, snapshot), frame(4, ""), frame(1, snapshot)].joined(separator: "\n")
    #expect(try error(fromWorker: script) == .malformedAnswer(.misplacedFrame(kind: 1)))
  }

  @Test func moreMayNotBeDecodedThanASourceOfItsSizeMakes() throws {
    let gigabyte = "printf '\\002\\010\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\100\\0\\0\\0\\0' >&4"
    let answer = [frame(1, snapshot), frame(4, "")]
    let four = Array(repeating: gigabyte, count: 4)
    #expect(try error(fromWorker: (four + answer).joined(separator: "\n")) == nil)
    #expect(
      try error(fromWorker: (four + four + answer).joined(separator: "\n"))
        == .malformedAnswer(.tooMuchDecoded(5 << 30)))
  }

  @Test func theSpoolIsToldOfBeforeTheSnapshotOnly() throws {
    let late = [frame(1, snapshot), "printf '\\002\\0\\0\\0\\0\\0\\0\\0\\0' >&4"]
    #expect(
      try error(fromWorker: late.joined(separator: "\n"))
        == .malformedAnswer(.misplacedFrame(kind: 2)))
  }

  @Test func aWorkerThatFailsAfterItsAnswerIsNotBelieved() throws {
    let script = frame(1, snapshot) + "\n" + frame(4, "") + "\nexit 3"
    #expect(try error(fromWorker: script) == .malformedAnswer(.endedEarly(exitStatus: 3)))
  }

  @Test func aWorkerThatDiesIsAnErrorWithItsSignal() throws {
    #expect(try error(fromWorker: "kill -SEGV $$") == .crashed(signal: 11))
  }

  /// SIGXCPU is what the limit on processor time ends it with, also when its parent ignores that.
  @Test func aWorkerThatTakesTooMuchOfTheProcessorHasTimedOut() throws {
    let before = signal(SIGXCPU, SIG_IGN)
    defer { signal(SIGXCPU, before) }
    #expect(try error(fromWorker: "kill -24 $$") == .timedOut)
  }

  @Test func aWorkerThatIsLateIsKilled() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let error = try error(fromWorker: "exec sleep 60", patience: .milliseconds(200))
    #expect(error == .timedOut)
    #expect(clock.now - start < .seconds(10))
  }

  @Test func aProgramThatIsNotThereIsAnErrorOfTheSystem() {
    #expect(throws: SystemCallError.self) {
      try Workshop.error(reading: [], by: IsolatedReader(executable: "/nowhere/registry"))
    }
  }

  @Test func aWorkerHasOnlyWhatItNeeds() throws {
    // Anything it could say but the truth is an answer that breaks the rules. The last is ls' own.
    let script = """
      test "$(ls /proc/self/fd | tr '\\n' ' ')" = "0 1 2 3 4 5 6 7 " || exit 11
      test "$(readlink /proc/self/fd/2)" = /dev/null || exit 12
      test -z "$HOME$USER$LD_PRELOAD" || exit 13
      exit 99
      """
    #expect(try error(fromWorker: script) == .malformedAnswer(.endedEarly(exitStatus: 99)))
  }
}
