import Files
import StrictJSON
public import Tensors

/// Reads a source in a process of its own, which can do nothing but read that source and answer.
///
/// A hostile source can crash that process, or at worst make it lie. It cannot reach other files,
/// and what it says is held against the source before anybody uses it.
public struct IsolatedReader: ModelReader {
  private let executable: String
  private let patience: Duration

  /// A reader that starts this program again.
  ///
  /// - Parameters:
  ///   - executable: a program whose `main` calls `ReaderWorker.run()` when its first argument is
  ///     `ReaderWorker.argument`.
  ///   - patience: how long to wait for a small source, by the clock on the wall.
  public init(executable: String = "/proc/self/exe", patience: Duration = .seconds(10)) {
    self.executable = executable
    self.patience = patience
  }

  /// - Throws: `ReaderError` for what is wrong with the source, `SystemCallError` for what is wrong
  ///   with the system.
  public func read(_ source: OpenSource, decodingInto decoded: Int32) throws -> ModelSnapshot {
    let worker = try WorkerProcess(executable: executable, source: source.descriptor)
    let wait = ReadingTime.wait(patience, sourceBytes: source.byteCount, decodedBytes: 0)
    var answer = AnswerReader(descriptor: worker.answer, path: source.path, wait: wait)
    let snapshot: ModelSnapshot
    do {
      snapshot = try self.snapshot(in: &answer, of: source)
      let decodedBytes = try snapshot.checked(against: source)
      answer.extend(
        by: ReadingTime.wait(.zero, sourceBytes: 0, decodedBytes: decodedBytes))
      try copyDecoded(decodedBytes, from: &answer, into: decoded, at: source.path)
    } catch is AnswerEnded {
      throw worker.ending().error
    }
    let ending = worker.ending()
    guard ending == .left(status: 0) else { throw ending.error }
    return snapshot
  }

  private func snapshot(
    in answer: inout AnswerReader, of source: OpenSource
  ) throws -> ModelSnapshot {
    let header = try nextHeader(in: &answer)
    guard header.kind == .snapshot else { throw misplaced(header) }
    return try ModelSnapshot(try json(of: header, in: &answer))
  }

  /// Reads up to the end of the answer, which has to be the end of the pipe.
  private func copyDecoded(
    _ expected: UInt64, from answer: inout AnswerReader, into decoded: Int32, at path: String
  ) throws {
    var found: UInt64 = 0
    while true {
      let header = try nextHeader(in: &answer)
      switch header.kind {
      case .decoded:
        found += header.length
        guard found <= expected else {
          throw ReaderError.malformedAnswer(.decodedBytes(expected: expected, found: found))
        }
        try answer.take(header.length) { try writeAll($0, to: decoded, path) }
      case .end:
        guard found == expected else {
          throw ReaderError.malformedAnswer(.decodedBytes(expected: expected, found: found))
        }
        if let more = try answer.header() { throw misplaced(more) }
        return
      case .snapshot, .rejection: throw misplaced(header)
      }
    }
  }

  /// The next frame that is not a rejection: that one is thrown.
  private func nextHeader(in answer: inout AnswerReader) throws -> FrameHeader {
    guard let header = try answer.header() else { throw AnswerEnded() }
    guard header.kind == .rejection else { return header }
    let rejection = try WorkerRejection(try json(of: header, in: &answer))
    throw rejection.code == .notAModel
      ? ReaderError.notAModel(found: rejection.found) : .rejected(rejection)
  }

  private func json(of header: FrameHeader, in answer: inout AnswerReader) throws -> JSONValue {
    let text = try answer.payload(of: header)
    do {
      return try JSONValue(parsing: text)
    } catch {
      throw ReaderError.malformedAnswer(.notJSON)
    }
  }

  private func misplaced(_ header: FrameHeader) -> ReaderError {
    .malformedAnswer(.misplacedFrame(kind: header.kind.rawValue))
  }
}
