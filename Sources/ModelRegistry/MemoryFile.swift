import Files
import Tensors

/// A file of a version in memory, for those who read files. Holes in it take no room.
final class MemoryFile: Sendable {
  let name: String
  private let file: OpenFile

  init(_ name: String, _ body: (borrowing OpenFile) throws -> Void) throws {
    let file = try OpenFile.inMemory(name)
    try body(file)
    self.name = name
    self.file = file
  }

  /// As a reader wants it.
  func open() throws -> SourceFile {
    SourceFile(descriptor: file.descriptor, name: name, byteCount: try file.status().byteCount)
  }

  func bytes() throws -> [UInt8] {
    try file.bytes(at: 0, count: Int(try file.status().byteCount))
  }
}
