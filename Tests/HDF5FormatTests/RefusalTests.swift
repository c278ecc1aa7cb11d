import Files
import Foundation
import HDF5Format
import Testing

extension ReadingHere {
  /// What is refused before libhdf5 sees the file, and by our own checks. Hostile files that libhdf5
  /// may die of are read by IsolatedReadersTests, in a process of their own.
  @Suite struct Refusals {
    private func withFile<Result>(
      of bytes: Data, _ body: (borrowing OpenFile) throws -> Result
    ) throws -> Result {
      let file = try OpenFile.nameless(
        in: FileManager.default.temporaryDirectory.path, else: "registry-nameless",
        title: "a file")
      try file.write(Array(bytes))
      return try body(file)
    }

    private func error(reading bytes: Data) throws -> HDF5Error? {
      try withFile(of: bytes) { file in
        #expect(throws: HDF5Error.self) {
          _ = try HDF5File(file.slice()).tree()
        }
      }
    }

    private func bytes(of name: String) throws -> Data {
      try Data(contentsOf: Fixture.folder.appending(path: name))
    }

    @Test(arguments: [Data(), Data("text".utf8), Data(count: 5000), Data([0x89, 0x48, 0x44])])
    func aFileWithoutASignatureIsNotHDF5(_ bytes: Data) throws {
      #expect(try error(reading: bytes) == .notHDF5)
    }

    @Test func aSignatureOffThePowersOfTwoIsNotOne() throws {
      #expect(try error(reading: Data(count: 600) + bytes(of: "numbers.h5")) == .notHDF5)
    }

    @Test(arguments: ["numbers.h5", "latest.h5", "userblock-512.h5", "userblock-4096.h5"])
    func aFileThatLostItsLastByteIsTruncated(_ name: String) throws {
      let whole = try bytes(of: name)
      let size = UInt64(whole.count)
      #expect(
        try error(reading: whole.dropLast())
          == .truncated(location: "/", needed: size, available: size - 1))
    }

    @Test func aDatasetOfStringsIsNotDecoded() throws {
      let file = try OpenFile.reading(Fixture.folder.appending(path: "others.h5").path)
      let hdf5 = try HDF5File(file.slice())
      let expected = HDF5Error.notDecodable(dataset: "/text", elements: "variable-length string")
      #expect(throws: expected) { try hdf5.decode("text") { _ in } }
    }

    @Test func anErrorOfTheReceiverEndsDecoding() throws {
      struct Enough: Error {}
      let file = try OpenFile.reading(Fixture.folder.appending(path: "layouts.h5").path)
      let hdf5 = try HDF5File(file.slice())
      var pieces = 0
      #expect(throws: Enough.self) {
        try hdf5.decode("long-rows") { _ in
          pieces += 1
          throw Enough()
        }
      }
      #expect(pieces == 1)
    }

    @Test func theSameFileCanBeReadTwice() throws {
      let file = try OpenFile.reading(Fixture.folder.appending(path: "layouts.h5").path)
      let first = try HDF5File(file.slice())
      let second = try HDF5File(file.slice())
      #expect(try first.tree() == second.tree())
    }
  }
}
