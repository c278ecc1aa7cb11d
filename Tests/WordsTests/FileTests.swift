import Files
import Glibc
import Tensors
import Testing

/// A folder that goes with the test.
func withFolder(_ body: (String) throws -> Void) throws {
  var template = Array("\(temporaryRoot)/registry-XXXXXX".utf8CString)
  let made = try #require(mkdtemp(&template))
  let folder = String(cString: made)
  defer { removeTree(folder) }
  try body(folder)
}

private let temporaryRoot = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"

private func removeTree(_ path: String) {
  if (try? Folder.status(of: path))?.isDirectory == true {
    for name in (try? Folder.names(in: path)) ?? [] { removeTree(path + "/" + name) }
    rmdir(path)
  } else {
    unlink(path)
  }
}

@Suite struct FileTests {
  @Test func aFIFOIsRefusedAndNotWaitedFor() throws {
    try withFolder { folder in
      let path = folder + "/fifo"
      #expect(mkfifo(path, 0o600) == 0)
      #expect(throws: SystemCallError.self) { _ = try OpenFile.reading(path).descriptor }
    }
  }

  @Test func aFileThatIsCutWhileMappedReadsAsZerosAndSaysSo() throws {
    try withFolder { folder in
      let file = try OpenFile.creating(folder + "/file", mode: 0o600)
      try file.write([UInt8](repeating: 7, count: 5 * 4096))
      let mapped = try MappedFile(file, byteCount: 5 * 4096)
      #expect(mapped.bytes[4 * 4096] == 7)
      #expect(!mapped.wasCut)
      try file.truncate(to: 4096)
      #expect(mapped.bytes[0] == 7)
      #expect(mapped.bytes[2 * 4096] == 0)
      #expect(mapped.wasCut)
    }
  }

  @Test func renamingWithoutReplacingLeavesWhatIsThere() throws {
    try withFolder { folder in
      try OpenFile.creating(folder + "/new").write([1])
      try OpenFile.creating(folder + "/old").write([2])
      #expect(try !Folder.renameWithoutReplacing(folder + "/new", to: folder + "/old"))
      #expect(try OpenFile.reading(folder + "/old").bytes(at: 0, count: 1) == [2])
    }
  }

  @Test func readingPastTheEndIsAnError() throws {
    try withFolder { folder in
      let file = try OpenFile.creating(folder + "/file", mode: 0o600)
      try file.write([1, 2, 3])
      #expect(throws: SystemCallError.self) { try file.bytes(at: 1, count: 3) }
    }
  }

  @Test func aLockIsSeenByAnotherOpening() throws {
    try withFolder { folder in
      let first = try OpenFile(folder + "/lock", flags: O_RDWR | O_CREAT, mode: 0o600)
      let second = try OpenFile(folder + "/lock", flags: O_RDWR)
      #expect(try first.lock(waiting: false))
      #expect(try !second.lock(waiting: false))
    }
  }
}

@Suite struct ShapeTests {
  @Test func aProductThatDoesNotFitIsNoCount() throws {
    #expect(try #require(Shape([1 << 32, 1 << 31])).elementCount == nil)
    #expect(try #require(Shape([1 << 62])).byteCount(of: .float32) == nil)
    #expect(try #require(Shape([1 << 62, 0, 1 << 62])).elementCount == 0)
    #expect(Shape.scalar.byteCount(of: .complex128) == 16)
    #expect(Shape([3, -1]) == nil)
  }

  @Test func aShapeIsSpelledAsPythonSpellsIt() throws {
    #expect(Shape.scalar.description == "()")
    #expect(try #require(Shape([10])).description == "(10,)")
    #expect(try #require(Shape([784, 10])).description == "(784, 10)")
  }

  @Test func anExtentEndsWithinSixtyFourBits() {
    #expect(ByteExtent(offset: .max, length: 1) == nil)
    #expect(ByteExtent(offset: .max, length: 0)?.end == .max)
  }
}
