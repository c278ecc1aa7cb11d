import Files
public import HDF5Format
import StrictJSON
public import Tensors

/// Lays out HDF5 files in a process of its own, which can do nothing else: libhdf5 runs there only.
public struct IsolatedHDF5Writer: HDF5LayingOut {
  private let executable: String
  private let patience: Duration

  /// A writer that starts this program again.
  ///
  /// - Parameters:
  ///   - executable: a program whose `main` calls `ReaderWorker.run()` when its first argument is
  ///     `ReaderWorker.argument`.
  ///   - patience: how long to wait for a small file, by the clock on the wall.
  public init(executable: String = "/proc/self/exe", patience: Duration = .seconds(40)) {
    self.executable = executable
    self.patience = patience
  }

  /// - Throws: `HDF5WriterError` for what no file can have, `ReaderError` for what went wrong in
  ///   the worker, `SystemCallError` for what is wrong with the system.
  public func layout(of blueprint: HDF5Blueprint) throws -> FileLayout {
    try blueprint.check()
    // Tensors take no room there: they are holes.
    let spool = try OpenFile.inMemory("an HDF5 file in the making")
    let skeleton = try skeleton(of: blueprint, in: spool.descriptor)
    return try skeleton.layout(of: blueprint, writtenTo: spool.slice())
  }

  private func skeleton(of blueprint: HDF5Blueprint, in spool: Int32) throws -> HDF5Skeleton {
    let request = blueprint.json.canonicalText
    let worker = try WorkerProcess(
      from: .program(executable), task: .layout(tensorBytes: blueprint.tensorByteCount),
      request: request, files: [], spool: spool)
    let wait = LayoutTime.wait(patience, requestBytes: UInt64(request.utf8.count))
    var answer = AnswerReader(descriptor: worker.answer, path: "an HDF5 file", wait: wait)
    let skeleton: HDF5Skeleton
    do {
      skeleton = try self.skeleton(in: &answer)
    } catch is AnswerEnded {
      throw worker.ending().error
    }
    let ending = worker.ending()
    guard ending == .left(status: 0) else { throw ending.error }
    return skeleton
  }

  /// Reads all of the answer, whose end has to be the end of the pipe.
  private func skeleton(in answer: inout AnswerReader) throws -> HDF5Skeleton {
    let first = try answer.nextHeader()
    guard first.kind == .layout else { throw first.misplaced }
    let skeleton = try HDF5Skeleton(try answer.json(of: first))
    let last = try answer.nextHeader()
    guard last.kind == .end else { throw last.misplaced }
    if let more = try answer.header() { throw more.misplaced }
    return skeleton
  }
}
