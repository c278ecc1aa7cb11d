import Files
import Glibc
import StrictJSON
public import Tensors

/// Reads a source in a process of its own, which can do nothing but read that source and answer.
///
/// A hostile source can crash that process, or at worst make it lie. It cannot reach other files,
/// and what it says is held against the source before anybody uses it.
public struct IsolatedReader: ModelReader {
  private let origin: WorkerOrigin
  private let patience: Duration

  /// A reader that starts this program again for each source.
  ///
  /// - Parameters:
  ///   - executable: a program whose `main` calls `ReaderWorker.run()` when its first argument is
  ///     `ReaderWorker.argument`.
  ///   - patience: how long to wait for a small source, by the clock on the wall.
  public init(executable: String = "/proc/self/exe", patience: Duration = .seconds(40)) {
    origin = .program(executable)
    self.patience = patience
  }

  /// A reader whose processes are forked by a server.
  ///
  /// - Parameter patience: how long to wait for a small source, by the clock on the wall.
  public init(server: WorkerServer, patience: Duration = .seconds(40)) {
    origin = .server(server)
    self.patience = patience
  }

  /// - Throws: `ReaderError` for what is wrong with the source, `SystemCallError` for what is wrong
  ///   with the system.
  public func read(
    _ source: OpenSource, in context: ReadingContext, spool: Int32
  ) throws -> ModelSnapshot {
    let worker = try WorkerProcess(
      from: origin, task: .reading(fileCount: source.files.count),
      request: WorkerRequest(source, context).json.canonicalText,
      files: source.files.map(\.descriptor), spool: spool)
    let wait = ReadingTime.wait(patience, sourceBytes: source.byteCount, decodedBytes: 0)
    var answer = AnswerReader(descriptor: worker.answer, path: source.path, wait: wait)
    let snapshot: ModelSnapshot
    let spooled: UInt64
    do {
      (snapshot, spooled) = try self.snapshot(in: &answer, of: source)
    } catch is AnswerEnded {
      throw worker.ending().error
    }
    let ending = worker.ending()
    guard ending == .left(status: 0) else { throw ending.error }
    // No more than it said it would write, and no more than is there.
    let written = try byteCount(of: spool, source.path)
    try snapshot.check(against: source, spoolBytes: min(spooled, written))
    return snapshot
  }

  /// Says that nothing more will be read, so that what was kept ready for it goes while other work
  /// is done.
  public func finish() {
    if case .server(let server) = origin { server.dismiss() }
  }

  /// Reads all of the answer, whose end has to be the end of the pipe.
  private func snapshot(
    in answer: inout AnswerReader, of source: OpenSource
  ) throws -> (snapshot: ModelSnapshot, spooledBytes: UInt64) {
    var spooled: UInt64 = 0
    var snapshot: ModelSnapshot?
    while true {
      let header = try answer.nextHeader()
      switch (header.kind, snapshot) {
      case (.spooling, nil):
        let count = try answer.payload(of: header).reversed().reduce(UInt64(0)) {
          $0 << 8 | UInt64($1)
        }
        let (sum, overflow) = spooled.addingReportingOverflow(count)
        guard !overflow, sum <= DecodedLimit.bytes(ofSourceOf: source.byteCount) else {
          throw ReaderError.malformedAnswer(.tooMuchDecoded(overflow ? .max : sum))
        }
        spooled = sum
        answer.extend(by: ReadingTime.wait(.zero, sourceBytes: 0, decodedBytes: count))
      case (.snapshot, nil):
        snapshot = try ModelSnapshot(try answer.json(of: header))
      case (.end, let snapshot?):
        if let more = try answer.header() { throw more.misplaced }
        return (snapshot, spooled)
      default: throw header.misplaced
      }
    }
  }

  private func byteCount(of descriptor: Int32, _ path: String) throws(SystemCallError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemCallError("fstat", path) }
    return UInt64(max(0, status.st_size))
  }
}
