import Dispatch
import Files
import Glibc
import Synchronization
import Tensors

/// Reads the source that comes next while the one before is being stored.
///
/// What was read ahead counts only if it was the same file, as it still is, read in the context
/// that the registry then asks for. It is for what is small: reading takes as long as storing then.
final class ReadingAhead: ModelReader {
  private let reader: any ModelReader
  private let whenAllIsRead: @Sendable () -> Void
  private let state: Mutex<State>

  private struct State {
    var paths: ArraySlice<String>
    var next: Attempt?
    /// How often reading ahead was in vain.
    var misses = 0
  }

  /// The largest file that is read ahead.
  private static let largestByteCount: UInt64 = 64 << 20
  private static let mostMisses = 3

  /// - Parameters:
  ///   - paths: the sources, in the order in which they will be read.
  ///   - whenAllIsRead: is called when the last of them has been.
  init(
    _ reader: any ModelReader, of paths: [String], whenAllIsRead: @escaping @Sendable () -> Void
  ) {
    self.reader = reader
    self.whenAllIsRead = whenAllIsRead
    state = Mutex(State(paths: paths.dropFirst()))
  }

  func read(
    _ source: OpenSource, in context: ReadingContext, spool: Int32
  ) throws -> ModelSnapshot {
    let attempt = state.withLock { state in
      defer { state.next = nil }
      return state.next
    }
    let known = attempt?.snapshot(of: source, in: context)
    let snapshot = try known ?? reader.read(source, in: context, spool: spool)
    state.withLock { state in
      if attempt != nil, known == nil { state.misses += 1 }
      guard let path = state.paths.popFirst() else { return whenAllIsRead() }
      guard state.misses < Self.mostMisses else { return }
      // The next one's parent is this one, and most often as this one's parent is.
      state.next = Attempt(path, in: context, by: reader)
    }
    return snapshot
  }

  /// A source that is being read, or was.
  private final class Attempt: Sendable {
    private let context: ReadingContext
    private let result = Mutex<Result?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    private struct Result: Sendable {
      let status: FileStatus
      let name: String
      let snapshot: ModelSnapshot
    }

    init(_ path: String, in context: ReadingContext, by reader: any ModelReader) {
      self.context = context
      DispatchQueue.global().async { [self] in
        // What cannot be read ahead is read when it is its turn, and then it is told why.
        let found = try? Self.read(path, in: context, by: reader)
        result.withLock { $0 = found }
        isDone.signal()
      }
    }

    /// What was read, if it is what is asked for.
    func snapshot(of source: OpenSource, in context: ReadingContext) -> ModelSnapshot? {
      isDone.wait()
      guard let result = result.withLock({ $0 }), context == self.context, source.kind == .file,
        source.files.count == 1, source.files[0].name == result.name,
        result.status.isSame(as: source.files[0].descriptor)
      else { return nil }
      return result.snapshot
    }

    private static func read(
      _ path: String, in context: ReadingContext, by reader: any ModelReader
    ) throws -> Result? {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      // The files beside an index may belong to it.
      guard !name.hasSuffix(".json") else { return nil }
      let file = try OpenFile.reading(path)
      let status = try file.status()
      guard status.byteCount <= ReadingAhead.largestByteCount else { return nil }
      let source = OpenSource(
        path: path, kind: .file,
        files: [
          SourceFile(descriptor: file.descriptor, name: name, byteCount: status.byteCount)
        ])
      // What has to be decoded needs a file of the registry's, and is an error here.
      let nowhere = try OpenFile("/dev/null", flags: O_RDONLY)
      let snapshot = try reader.read(source, in: context, spool: nowhere.descriptor)
      return Result(status: status, name: name, snapshot: snapshot)
    }
  }
}

extension FileStatus {
  /// Whether a descriptor is of the same file, unchanged.
  fileprivate func isSame(as descriptor: Int32) -> Bool {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { return false }
    let modified = Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec)
    return inode == UInt64(raw.st_ino) && byteCount == UInt64(max(0, raw.st_size))
      && self.modified == modified
  }
}
