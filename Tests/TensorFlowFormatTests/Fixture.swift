import Files
import Foundation
import StrictJSON
import Testing

@testable import TensorFlowFormat

/// The files that `Fixtures/make_fixtures.py` wrote, and what TensorFlow says is in them.
enum Fixture {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  static let expected: [String: JSONValue] = {
    guard let text = try? Data(contentsOf: folder.appending(path: "expected.json")) else {
      return [:]
    }
    return (try? JSONValue(parsing: text))?.object ?? [:]
  }()

  static let bundles = (expected["bundles"]?.object ?? [:]).keys.sorted()
  static let models = (expected["models"]?.object ?? [:]).keys.sorted()

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  static func file(_ name: String) throws -> ScratchFile {
    try ScratchFile(try bytes(name), name: name)
  }

  /// The shards of a checkpoint by their numbers, and the index of it.
  static func bundle(_ name: String) throws -> (index: ScratchFile, shards: [Int: ScratchFile]) {
    var shards: [Int: ScratchFile] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let prefix = "\(name).data-"
      guard file.hasPrefix(prefix), let shard = Int(file.dropFirst(prefix.count).prefix(5)) else {
        continue
      }
      shards[shard] = try self.file(file)
    }
    return (try file("\(name).index"), shards)
  }
}

/// A file that goes when nobody has it any more.
final class ScratchFile: Sendable {
  let slice: FileSlice

  init(_ bytes: [UInt8], name: String = "scratch", padding: Int = 0) throws {
    var path = Array((NSTemporaryDirectory() + "/registry-XXXXXX").utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw SystemCallError("mkstemp", "scratch") }
    unlink(path)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw SystemCallError("write", "scratch") }
      done += count
    }
    // A hole, which takes nothing of the disk.
    guard ftruncate(descriptor, off_t(bytes.count + padding)) == 0 else {
      throw SystemCallError("ftruncate", "scratch")
    }
    slice = FileSlice(
      descriptor: descriptor, name: name, byteCount: UInt64(bytes.count + padding))
  }

  deinit { close(slice.descriptor) }
}

extension TensorBundle {
  init(_ index: ScratchFile, _ shards: [Int: ScratchFile]) throws {
    try self.init(index: index.slice, shards: shards.mapValues(\.slice))
  }

  /// Reads all that it has; hostile bytes may make that an error, and nothing else.
  func readAll() throws {
    let scratch = try ScratchFile([])
    let spool = Spool(descriptor: scratch.slice.descriptor) { count in
      guard count < 1 << 24 else { throw TooMuch() }
    }
    for entry in entries {
      switch entry.elements {
      case .numbers: _ = try assemble(entry, into: spool)
      case .strings: _ = try strings(of: entry)
      case .other: continue
      }
    }
    _ = try objectGraph()
  }

  struct TooMuch: Error {}
}
