import Files
import Foundation
import NumPyFormat
import StrictJSON
import Tensors
import Testing
import ZipFormat

/// An archive in a scratch file, read into a snapshot and a spool.
struct ReadArchive: ~Copyable {
  let file: Scratch
  let spooled: Scratch
  let snapshot: ModelSnapshot

  init(_ bytes: [UInt8]) throws {
    let file = try Scratch(bytes)
    let spooled = try Scratch([])
    let spool = Spool(descriptor: spooled.slice.descriptor)
    snapshot = try NpzFormat.snapshot(of: try ZipArchive(file.slice), file: 3, spool: spool)
    self.file = file
    self.spooled = spooled
  }

  /// The bytes of a variable, from wherever they lie.
  func bytes(of variable: Variable) throws -> [UInt8] {
    let (descriptor, extent) =
      switch variable.bytes {
      case .source(_, let extent): (file.slice.descriptor, extent)
      case .decoded(let extent): (spooled.slice.descriptor, extent)
      }
    let all = FileSlice(descriptor: descriptor, name: "", byteCount: extent.end)
    return try all.bytes(at: extent.offset, count: Int(extent.length))
  }
}

/// Arrays that NumPy wrote, held against what NumPy says of them.
@Suite struct NpzTests {
  static let expected: JSONValue = {
    let path = Fixture.folder.appending(path: "expected.json")
    return (try? JSONValue(parsing: Data(contentsOf: path))) ?? .null
  }()

  static let names = expected.object?.keys.sorted() ?? []

  @Test(arguments: names)
  func everyArrayIsThatOfNumPy(_ name: String) throws {
    let archive = try ReadArchive(Fixture(name).bytes())
    let arrays = try #require(Self.expected[name]?.object)
    #expect(archive.snapshot.format == .npz)
    #expect(archive.snapshot.findings.isEmpty)
    #expect(Set(archive.snapshot.variables.map(\.path)) == Set(arrays.keys))
    for variable in archive.snapshot.variables {
      let array = try #require(arrays[variable.path])
      #expect(variable.containerPath == variable.path)
      #expect(variable.role == .weight)
      #expect(variable.dtype.rawValue == array["dtype"]?.string)
      #expect(variable.shape.dimensions == array["shape"]?.array?.compactMap(\.integer))
      let hex = try archive.bytes(of: variable)
        .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(hex == array["bytes"]?.string, "\(variable.path)")
    }
  }

  @Test func arraysKeepTheOrderOfTheArchive() throws {
    let archive = try ReadArchive(Fixture("turned.npz").bytes())
    #expect(
      archive.snapshot.variables.map(\.path) == [
        "big", "big-double", "big-short", "big-complex", "fortran", "fortran-cube", "fortran-big",
        "fortran-column",
      ])
  }

  @Test func onlyWhatLiesThereAsATensorDoesStaysInTheFile() throws {
    for (name, inPlace) in [
      ("plain.npz", 13), ("plain-deflated.npz", 0), ("turned.npz", 1), ("turned-deflated.npz", 0),
    ] {
      let archive = try ReadArchive(Fixture(name).bytes())
      let extents = archive.snapshot.variables.compactMap { variable in
        if case .source(3, let extent) = variable.bytes { extent } else { nil }
      }
      #expect(extents.count == inPlace)
      #expect(archive.snapshot.checksums.count == inPlace)
      for (extent, checksum) in zip(extents, archive.snapshot.checksums) {
        #expect(checksum.algorithm == .crc32 && checksum.file == 3)
        #expect(checksum.extent.offset < extent.offset && checksum.extent.end == extent.end)
      }
    }
  }

  @Test func whatIsNoTensorIsFound() throws {
    let archive = try ReadArchive(Fixture("unread.npz").bytes())
    #expect(archive.snapshot.variables.isEmpty)
    let found = archive.snapshot.findings.map { "\($0.kind.rawValue) \($0.location)" }
    #expect(
      found == [
        "unread-dataset text.npy", "unread-dataset bytestring.npy", "unread-dataset date.npy",
        "unread-dataset record.npy", "unread-dataset long-double.npy", "unread-dataset void.npy",
        "unread-dataset eight-bits.npy", "pickle objects.npy", "pickle record_of_objects.npy",
        "unread-dataset readme.txt", "pickle data.pkl", "pickle state", "pickle disguised.npy",
        "unread-dataset short.npy",
      ])
  }

  @Test func anArchiveWithoutArraysIsNone() throws {
    let empty = try Scratch([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18))
    let archive = try ZipArchive(empty.slice)
    #expect(!NpzFormat.isNpz(archive))
    #expect(throws: NumPyError.notNpz) {
      try NpzFormat.snapshot(
        of: archive, file: 0, spool: Spool(descriptor: empty.slice.descriptor))
    }
  }

  @Test func theSpoolIsAskedForNoMoreThanIsThere() throws {
    let file = try Scratch(Fixture("plain-deflated.npz").bytes())
    let spooled = try Scratch([])
    var granted: [UInt64] = []
    let spool = Spool(descriptor: spooled.slice.descriptor) { granted.append($0) }
    let snapshot = try NpzFormat.snapshot(of: ZipArchive(file.slice), file: 0, spool: spool)
    #expect(granted == snapshot.variables.map(\.bytes.length))
  }
}
