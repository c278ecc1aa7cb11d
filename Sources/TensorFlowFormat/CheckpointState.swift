/// The text file `checkpoint` beside checkpoints: which there are, and which is the latest.
/// tensorflow/python/training/checkpoint_state.proto of
/// https://github.com/tensorflow/tensorflow
public struct CheckpointState: Hashable, Sendable {
  /// The prefix of the latest, as it is written there: from this file's folder, or absolute.
  public let latest: String?
  /// The prefixes of all that were kept, the oldest first.
  public let all: [String]

  /// Reads protobuf's text format. Fields of other names are left out.
  ///
  /// - Throws: `TensorFlowFormatError`.
  public init(_ text: [UInt8]) throws {
    let limits = TensorFlowLimits()
    guard UInt64(text.count) <= limits.textBytes else {
      throw TensorFlowFormatError.limitExceeded(
        location: "checkpoint", .textBytes, allowed: limits.textBytes, found: UInt64(text.count))
    }
    guard let text = String(validating: text, as: UTF8.self) else {
      throw TensorFlowFormatError.malformed(
        location: "checkpoint", expected: "a text in UTF-8", found: "other bytes")
    }
    let state = try decodeText(PBCheckpointState.self, text, location: "checkpoint")
    latest = state.modelCheckpointPath.isEmpty ? nil : state.modelCheckpointPath
    all = state.allModelCheckpointPaths
  }
}
