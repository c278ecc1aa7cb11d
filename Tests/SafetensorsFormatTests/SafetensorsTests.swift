import Files
import Foundation
import SafetensorsFormat
import StrictJSON
import Tensors
import Testing

/// What the real library says of the fixtures.
enum Expected {
  static let json: JSONValue = {
    let path = Fixture.folder.appending(path: "expected.json")
    return (try? JSONValue(parsing: Data(contentsOf: path))) ?? .null
  }()

  static let arrays = json["arrays"]?.object ?? [:]
  static let accepted = Set(json["accepted"]?.array?.compactMap(\.string) ?? [])
}

/// Files that the real library wrote.
@Suite struct SafetensorsTests {
  @Test func everyTensorIsThatOfTheLibrary() throws {
    let file = try Scratch(Fixture("model.safetensors").bytes())
    #expect(SafetensorsFile.isSafetensors(file.slice))
    let snapshot = try SafetensorsFile.snapshot(of: file.slice, place: 5)
    #expect(snapshot.format == .safetensors)
    #expect(snapshot.producers == ["format": "np"])
    #expect(snapshot.findings.isEmpty && snapshot.checksums.isEmpty && snapshot.files == nil)
    #expect(Set(snapshot.variables.map(\.path)) == Set(Expected.arrays.keys))
    for variable in snapshot.variables {
      try check(variable, in: file.slice, place: 5)
    }
  }

  private func check(_ variable: Variable, in file: FileSlice, place: Int) throws {
    let array = try #require(Expected.arrays[variable.path])
    #expect(variable.containerPath == variable.path && variable.role == .weight)
    #expect(variable.dtype.rawValue == array["dtype"]?.string)
    #expect(variable.shape.dimensions == array["shape"]?.array?.compactMap(\.integer))
    guard case .source(place, let extent) = variable.bytes else {
      Issue.record("\(variable.path) lies elsewhere")
      return
    }
    let hex = try file.bytes(at: extent.offset, count: Int(extent.length))
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == array["bytes"]?.string)
  }

  @Test func tensorsHaveTheOrderOfTheirBytes() throws {
    let file = try Scratch(Fixture("model.safetensors").bytes())
    let snapshot = try SafetensorsFile.snapshot(of: file.slice, place: 0)
    var end: UInt64?
    for variable in snapshot.variables {
      guard case .source(_, let extent) = variable.bytes else { continue }
      #expect(end == nil || extent.offset == end)
      end = extent.end
    }
    #expect(end == file.slice.byteCount)
  }

  @Test func aModelMayLieInSeveralFiles() throws {
    let names = (1...2).map { "model-0000\($0)-of-00002.safetensors" }
    let first = try Scratch(Fixture(names[0]).bytes())
    let second = try Scratch(Fixture(names[1]).bytes())
    let snapshot = try SafetensorsFile.snapshot(
      index: Fixture("model.safetensors.index.json").bytes(),
      shards: [
        names[0]: (2, first.slice), names[1]: (4, second.slice), "other": (3, first.slice),
      ])
    #expect(snapshot.files == [0, 2, 4])
    #expect(snapshot.producers == ["format": "np"])
    #expect(snapshot.variables.count == Expected.arrays.count)
    for variable in snapshot.variables {
      guard case .source(let place, _) = variable.bytes else { continue }
      try check(variable, in: place == 2 ? first.slice : second.slice, place: place)
    }
  }

  @Test func aPlaceInAnotherFileCounts() throws {
    let bytes = try Fixture("model.safetensors").bytes()
    let file = try Scratch([1, 2, 3] + bytes)
    let slice = try #require(file.slice.slice(at: 3, byteCount: UInt64(bytes.count)))
    for variable in try SafetensorsFile.snapshot(of: slice, place: 0).variables {
      try check(variable, in: file.slice, place: 0)
    }
  }

  @Test func otherFilesAreToldApart() throws {
    // As `pickle.dumps` begins with protocols 2 and 4, and zip, HDF5 and NumPy files do.
    for start: [UInt8] in [
      [], [0x80, 2, 0x7D, 0x71, 0, 0x58, 1, 0, 0, 0], [0x80, 4, 0x95, 0x7B, 0, 0, 0, 0, 0, 0, 0],
      Array("PK\u{3}\u{4}\u{14}\0\0\0\0\0".utf8), [0x89] + Array("HDF\r\n\u{1A}\n\0".utf8),
      [0x93] + Array("NUMPY\u{1}\0v\0{".utf8),
    ] {
      #expect(!SafetensorsFile.isSafetensors(try Scratch(start).slice))
    }
  }
}
