/// What a worker is started for, as far as it has to know before it gives up its rights.
enum WorkerTask: Hashable {
  /// Reading a source of so many files.
  case reading(fileCount: Int)
  /// Laying out an HDF5 file whose tensors have so many bytes.
  case layout(tensorBytes: UInt64)
  /// Forking workers, as a `WorkerServer` has it do.
  case serving

  private static let layoutWord = "layout"
  private static let servingWord = "serve"

  /// What follows `ReaderWorker.argument` among the program's arguments.
  var arguments: [String] {
    switch self {
    case .reading(let fileCount): [String(fileCount)]
    case .layout(let tensorBytes): [Self.layoutWord, String(tensorBytes)]
    case .serving: [Self.servingWord]
    }
  }

  init(_ arguments: [String]) throws(ReaderError) {
    let last = arguments.last ?? ""
    if arguments.count == 1, let count = Int(last), count >= 0 {
      self = .reading(fileCount: count)
    } else if arguments.count == 2, arguments.first == Self.layoutWord, let bytes = UInt64(last) {
      self = .layout(tensorBytes: bytes)
    } else if arguments == [Self.servingWord] {
      self = .serving
    } else {
      throw .malformedAnswer(.badMember("arguments"))
    }
  }
}
