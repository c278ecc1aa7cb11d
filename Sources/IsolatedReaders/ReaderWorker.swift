import Files
import Glibc
import StrictJSON
import Tensors

/// The process that reads a source for an `IsolatedReader`, or lays out a file for an
/// `IsolatedHDF5Writer`, or forks such processes for a `WorkerServer`.
public enum ReaderWorker {
  /// The first argument of a program that is to be one. What it is to do follows.
  public static let argument = "__read-model"

  /// Does what it is to do, answers, and ends the process. A program has to call it before it
  /// opens or starts anything.
  public static func run() -> Never {
    run { () throws(ReaderError) in try WorkerTask(Array(CommandLine.arguments.dropFirst(2))) }
  }

  /// Does a task in a process that has the worker's descriptors, and ends it.
  static func run(_ task: () throws(ReaderError) -> WorkerTask) -> Never {
    do {
      try answer(task())
      try AnswerWriter.send(.end, [])
    } catch {
      guard let rejection = WorkerRejection(causedBy: error) else {
        // The answer could not be written, so nobody would read why.
        _exit(1)
      }
      // Should the parent be gone, there is nobody to tell.
      try? AnswerWriter.send(.rejection, rejection.json)
    }
    _exit(0)
  }

  private static func answer(_ task: WorkerTask) throws {
    switch task {
    case .serving: WorkerForking.serve()
    case .reading(let fileCount): try read(fileCount: fileCount)
    case .layout(let tensorBytes): try LayoutWorker.answer(tensorBytes: tensorBytes)
    }
  }

  private static func read(fileCount: Int) throws {
    let descriptors = (0..<fileCount).map { WorkerDescriptors.firstFile + Int32($0) }
    let byteCounts = try descriptors.map { try WorkerDescriptors.byteCount(of: $0) }
    let sourceBytes = byteCounts.reduce(UInt64(0)) { $0.addingReportingOverflow($1).partialValue }
    let text = try WorkerDescriptors.requestFile()
    try Sandbox.enter(SandboxLimits(sourceBytes: sourceBytes, fileCount: descriptors.count))
    let request = try WorkerRequest(
      JSONValue(parsing: text.bytes(at: 0, count: Int(text.byteCount))))
    guard request.names.count == descriptors.count else {
      throw ReaderError.malformedAnswer(.badMember("names"))
    }
    let files = zip(request.names, zip(descriptors, byteCounts)).map { name, file in
      SourceFile(descriptor: file.0, name: name, byteCount: file.1)
    }
    let spool = Self.spool(sourceBytes: sourceBytes)
    let source = OpenSource(path: "", kind: request.kind, files: files)
    let snapshot = try SourceReading(source, request.context, spool).snapshot()
    // As the parent will: a source that contradicts itself is no fault of the worker's.
    try snapshot.check(against: source, spoolBytes: spool.byteCount)
    try send(snapshot)
  }

  /// A spool that tells the parent before it grows, and gets the time for that.
  private static func spool(sourceBytes: UInt64) -> Spool {
    var spooled: UInt64 = 0
    let limit = DecodedLimit.bytes(ofSourceOf: sourceBytes)
    return Spool(descriptor: WorkerDescriptors.spool) { count in
      let (sum, overflow) = spooled.addingReportingOverflow(count)
      guard !overflow, sum <= limit else {
        throw ReaderError.malformedAnswer(.tooMuchDecoded(overflow ? .max : sum))
      }
      spooled = sum
      try AnswerWriter.send(
        .spooling, (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
      try Sandbox.grantTime(sourceBytes: sourceBytes, decodedBytes: sum)
    }
  }

  private static func send(_ snapshot: ModelSnapshot) throws {
    let text = Array(snapshot.json.canonicalText.utf8)
    guard UInt64(text.count) <= FrameKind.snapshot.lengthLimit else {
      throw WorkerRejection(
        code: .limit, location: "/",
        expected: "at most \(FrameKind.snapshot.lengthLimit) bytes of names and configuration",
        found: "\(text.count)")
    }
    try AnswerWriter.send(.snapshot, text)
  }
}
