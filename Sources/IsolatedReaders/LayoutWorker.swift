import Files
import HDF5Format
import StrictJSON

/// What a worker does for an `IsolatedHDF5Writer`.
enum LayoutWorker {
  /// Lays out the file that the request describes, in the spool, and answers where its tensors are
  /// to go.
  static func answer(tensorBytes: UInt64) throws {
    let request = try WorkerDescriptors.requestFile()
    try Sandbox.enter(
      SandboxLimits(layoutOf: tensorBytes, requestBytes: request.byteCount))
    let text = try request.bytes(at: 0, count: Int(request.byteCount))
    let blueprint = try HDF5Blueprint(JSONValue(parsing: text))
    let skeleton: HDF5Skeleton
    do throws(HDF5Error) {
      skeleton = try HDF5Writer.writeSkeleton(of: blueprint, to: WorkerDescriptors.spool)
    } catch {
      throw WorkerRejection(ofWriting: error)
    }
    try AnswerWriter.send(.layout, skeleton.json)
  }
}

extension WorkerRejection {
  fileprivate init(ofWriting error: HDF5Error) {
    guard case .library(let call, let location, let description) = error else {
      self.init(error)
      return
    }
    self.init(
      .unsupported, at: location, expected: "what libhdf5 can write",
      found: "\(description) (\(call))")
  }
}
