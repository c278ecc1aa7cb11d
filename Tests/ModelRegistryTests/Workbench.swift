import Files
import Foundation
import Glibc
import ModelRegistry
import Synchronization
import Tensors
import Testing

/// A registry in a folder that goes with it, a clock that moves when told, and files to commit.
final class Workbench: Sendable {
  let folder: String
  let clock = Mutex<Int64>(1_700_000_000_000_000_000)

  init() throws {
    var template = Array(
      (FileManager.default.temporaryDirectory.path + "/registry-bench-XXXXXX").utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
  }

  deinit { _ = try? Folder.removeTree(folder) }

  func advance(days: Int64) { clock.withLock { $0 += days * GarbagePolicy.day } }

  var time: @Sendable () -> Int64 {
    { [self] in
      clock.withLock { time in
        time += 1
        return time
      }
    }
  }

  func makeRegistry() throws -> Registry { try Registry.create(in: folder, now: time) }

  func open() throws -> Registry { try Registry(opening: folder, now: time) }

  /// Writes a file of tensors with bytes between them, as `StripedReader` reads it.
  func write(_ name: String, tensors: [[UInt8]], filler: UInt8 = 0xEE) throws -> String {
    let path = folder + "/" + name
    try Folder.remove(path)
    let file = try OpenFile.creating(path, mode: 0o644)
    for tensor in tensors {
      try file.write([filler, filler, filler])
      try file.write(tensor)
    }
    try file.write([filler])
    return path
  }

  func bytes(_ path: String) throws -> [UInt8] {
    let file = try OpenFile.reading(path)
    return try file.bytes(at: 0, count: Int(try file.status().byteCount))
  }
}

/// Reads a file of tensors of these lengths, three bytes before each: `layer0/kernel` and so on.
struct StripedReader: ModelReader {
  var lengths: [Int]
  var dtype = DType.uint8
  var during: (@Sendable (String) throws -> Void)?

  func read(
    _ source: OpenSource, in context: ReadingContext, spool: Int32
  ) throws -> ModelSnapshot {
    try during?(source.path)
    var offset: UInt64 = 0
    var snapshot = ModelSnapshot(format: .kerasHDF5, producers: ["keras": "2.15.0"])
    snapshot.architecture = Architecture(dialect: .keras2, config: #"{"class_name":"Sequential"}"#)
    for (index, length) in lengths.enumerated() {
      let extent = try #require(ByteExtent(offset: offset + 3, length: UInt64(length)))
      snapshot.variables.append(
        Variable(
          path: "layer\(index)/kernel", containerPath: "/layer\(index)", role: .weight,
          dtype: dtype, shape: try #require(Shape([length / dtype.byteWidth])),
          bytes: .source(file: 0, extent)))
      offset = extent.end
    }
    return snapshot
  }
}

extension Registry {
  /// Commits a striped file under a model's name.
  @discardableResult
  func commit(
    _ path: String, lengths: [Int], model: String = "m",
    configure: (inout CommitRequest) -> Void = { _ in }
  ) throws -> CommitReport {
    var request = CommitRequest(path: path)
    request.model = model
    configure(&request)
    return try commit(request, reading: StripedReader(lengths: lengths))
  }
}

/// Bytes that differ from one seed to the next.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 32)
  }
}
