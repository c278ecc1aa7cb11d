import Files
import Foundation
import Testing

/// A file without a name that holds some bytes, as long as it is used.
struct Scratch: ~Copyable {
  private let file: OpenFile
  private let byteCount: Int

  init(_ bytes: [UInt8]) throws {
    let folder = FileManager.default.temporaryDirectory.path
    let file = try OpenFile.nameless(
      in: folder, else: folder + "/" + UUID().uuidString, title: "scratch")
    try file.write(bytes)
    self.file = file
    byteCount = bytes.count
  }

  /// All of its bytes.
  var slice: FileSlice {
    FileSlice(descriptor: file.descriptor, name: "scratch", byteCount: UInt64(byteCount))
  }
}

/// A file that a script in `Fixtures` wrote.
struct Fixture: CustomTestStringConvertible, Sendable {
  let path: String

  init(_ path: String) { self.path = path }

  var testDescription: String { path }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  /// All of a folder, by name.
  static func all(in folder: String) -> [Fixture] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: Self.folder.appending(path: folder).path)
    return (names ?? []).sorted().map { Fixture(folder + "/" + $0) }
  }

  func bytes() throws -> [UInt8] {
    Array(try Data(contentsOf: Self.folder.appending(path: path)))
  }
}
