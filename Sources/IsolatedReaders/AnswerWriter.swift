import Files
import StrictJSON

/// The worker's end of the pipe.
enum AnswerWriter {
  static func send(_ kind: FrameKind, _ payload: [UInt8]) throws(SystemCallError) {
    let bytes = FrameHeader(kind: kind, length: UInt64(payload.count)).bytes + payload
    var failure: SystemCallError?
    bytes.withUnsafeBytes { buffer in
      do throws(SystemCallError) {
        try writeAll(buffer, to: WorkerDescriptors.answer, "answer")
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  static func send(_ kind: FrameKind, _ json: JSONValue) throws(SystemCallError) {
    try send(kind, Array(json.canonicalText.utf8))
  }
}
