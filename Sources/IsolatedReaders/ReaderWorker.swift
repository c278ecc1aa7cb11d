import Files
import Glibc
import HDF5Format
import KerasFormat
import StrictJSON
import Tensors

/// The process that reads a source for an `IsolatedReader`.
public enum ReaderWorker {
  /// The first argument of a program that is to be one.
  public static let argument = "__read-model"

  /// Reads the source, answers, and ends the process. A program has to call it before it opens or
  /// starts anything.
  public static func run() -> Never {
    do {
      try answer()
      try AnswerWriter.send(.end, [])
    } catch let error as WorkerRejection {
      reject(error)
    } catch HDF5Error.notHDF5 {
      reject(.notAModel(LeadingBytes(descriptor: WorkerDescriptors.source)))
    } catch let error as HDF5Error {
      reject(WorkerRejection(error))
    } catch let error as KerasFormatError {
      reject(WorkerRejection(error))
    } catch ReaderError.malformedAnswer(let defect) {
      reject(WorkerRejection(defect))
    } catch let error as SandboxError {
      reject(WorkerRejection(error))
    } catch {
      // The answer could not be written, so nobody would read why.
      _exit(1)
    }
    _exit(0)
  }

  private static func reject(_ rejection: WorkerRejection) {
    // Should the parent be gone, there is nobody to tell.
    try? AnswerWriter.send(.rejection, Array(rejection.json.canonicalText.utf8))
  }

  private static func answer() throws {
    let source = WorkerDescriptors.source
    var status = stat()
    guard fstat(source, &status) == 0 else { throw unreadable("fstat") }
    let byteCount = UInt64(max(0, status.st_size))
    try Sandbox.enter(sourceBytes: byteCount)
    let file = try HDF5File(descriptor: source, byteCount: byteCount)
    let reading = try KerasHDF5.reading(of: try file.tree())
    // As the parent will: a source that contradicts itself is no fault of the worker's.
    let decodedBytes = try reading.snapshot.checked(
      against: OpenSource(descriptor: source, path: "", byteCount: byteCount))
    try send(reading.snapshot)
    try Sandbox.grantTime(sourceBytes: byteCount, decodedBytes: decodedBytes)
    for dataset in reading.datasetsToDecode {
      try file.decode(dataset) { try AnswerWriter.send(.decoded, $0) }
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

  private static func unreadable(_ call: String) -> WorkerRejection {
    let reason = String(cString: strerror(errno))
    return WorkerRejection(code: .unreadable, location: "", expected: call, found: reason)
  }
}

/// The worker's end of the pipe.
private enum AnswerWriter {
  static func send(_ kind: FrameKind, _ payload: UnsafeRawBufferPointer) throws(SystemCallError) {
    let header = FrameHeader(kind: kind, length: UInt64(payload.count))
    try write(header.bytes)
    try writeAll(payload, to: WorkerDescriptors.answer, "answer")
  }

  static func send(_ kind: FrameKind, _ payload: [UInt8]) throws(SystemCallError) {
    try write(FrameHeader(kind: kind, length: UInt64(payload.count)).bytes + payload)
  }

  private static func write(_ bytes: [UInt8]) throws(SystemCallError) {
    var failure: SystemCallError?
    bytes.withUnsafeBytes { buffer in
      do throws(SystemCallError) {
        try writeAll(buffer, to: WorkerDescriptors.answer, "answer")
      } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
