import Files
import Foundation
import IsolatedReaders
import StrictJSON
import Tensors
import Testing

/// How the process comes about that reads a source.
enum Way: String, CaseIterable, Sendable {
  /// The program is started for it.
  case started
  /// A server forks it.
  case forked
}

/// What the tests of readers share: the program under test, its sources, and a place for what it
/// decodes.
enum Workshop {
  /// The `registry` that was built with these tests.
  static var executable: String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "registry").path
  }

  /// The server for all tests that do not want one of their own.
  private static let server = Result { try WorkerServer(executable: executable) }

  static func reader(_ way: Way, patience: Duration = .seconds(10)) throws -> IsolatedReader {
    switch way {
    case .started: IsolatedReader(executable: executable, patience: patience)
    case .forked: IsolatedReader(server: try server.get(), patience: patience)
    }
  }

  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "HDF5FormatTests/Fixtures")

  static func files(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: fixtures.appending(path: folder).path)
    return (names ?? []).filter { $0.hasSuffix(".h5") }.sorted()
  }

  static func bytes(of name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: fixtures.appending(path: name)))
  }

  /// A file without a name.
  static func scratch(_ bytes: [UInt8] = []) throws -> OpenFile {
    let file = try OpenFile.nameless(
      in: FileManager.default.temporaryDirectory.path, else: "registry-nameless",
      title: "a file")
    try file.write(bytes)
    return file
  }

  /// A single open file as a source.
  static func source(_ descriptor: Int32, byteCount: UInt64) -> OpenSource {
    OpenSource(
      path: "the source", kind: .file,
      files: [SourceFile(descriptor: descriptor, name: "source", byteCount: byteCount)])
  }

  /// Reads bytes as a source.
  @discardableResult
  static func read(
    _ bytes: [UInt8], by reader: IsolatedReader
  ) throws -> (snapshot: ModelSnapshot, decoded: [UInt8]) {
    let source = try scratch(bytes)
    let decoded = try scratch()
    let snapshot = try reader.read(
      self.source(source.descriptor, byteCount: UInt64(bytes.count)), in: ReadingContext(),
      spool: decoded.descriptor)
    let count = Int(try decoded.status().byteCount)
    return (snapshot, try decoded.bytes(at: 0, count: count))
  }

  /// Why bytes cannot be read; `nil` when they can.
  static func error(reading bytes: [UInt8], by reader: IsolatedReader) throws -> ReaderError? {
    do {
      try read(bytes, by: reader)
      return nil
    } catch let error as ReaderError {
      return error
    }
  }
}

/// Numbers that look random and are the same for a seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
