import Files
import SafetensorsFormat
import StrictJSON
import Tensors
import Testing

/// Files made by hand, and the verdict of the real library on them.
@Suite struct HostileTests {
  /// What the real library takes and we do not: types that we have not got, and headers that the
  /// format's description forbids.
  static let stricter: Set<String> = [
    "dtype-e8m0", "dtype-f4", "newline-after", "repeated-tensor", "space-before",
  ]

  private func snapshot(of fixture: Fixture) throws -> ModelSnapshot {
    let file = try Scratch(fixture.bytes())
    return try SafetensorsFile.snapshot(of: file.slice, place: 0)
  }

  @Test func theLibraryHasGivenItsVerdicts() {
    #expect(Expected.accepted.isSuperset(of: Self.stricter.union(["control"])))
  }

  @Test(arguments: Fixture.all(in: "cases"))
  func itIsTakenAsByTheLibraryOrRefused(_ fixture: Fixture) throws {
    let name = String(fixture.path.dropFirst("cases/".count).dropLast(".safetensors".count))
    if Expected.accepted.subtracting(Self.stricter).contains(name) {
      #expect(throws: Never.self) { try snapshot(of: fixture) }
    } else {
      #expect(throws: SafetensorsError.self) { try snapshot(of: fixture) }
    }
  }

  @Test(arguments: [
    (
      "length-2^64-1",
      SafetensorsError.headerTooLong(
        file: "scratch", allowed: 16 << 20, found: .max)
    ),
    (
      "length-100000001",
      .headerTooLong(
        file: "scratch", allowed: 16 << 20, found: 100_000_001)
    ),
    ("length-beyond-file", .truncated(file: "scratch", needed: 4104, available: 62)),
    ("seven-bytes", .truncated(file: "scratch", needed: 8, available: 7)),
    ("end-beyond-file", .truncated(file: "scratch", needed: 70, available: 69)),
    ("trailing", .trailingBytes(file: "scratch", count: 1)),
    ("repeated-tensor", .badJSON(file: "scratch", .duplicateKey("a"))),
    ("repeated-metadata", .badJSON(file: "scratch", .duplicateKey("__metadata__"))),
    ("overlap", .notContiguous(file: "scratch", tensor: "b", expected: 8, found: 4)),
    ("hole", .notContiguous(file: "scratch", tensor: "b", expected: 8, found: 12)),
    ("hole-before", .notContiguous(file: "scratch", tensor: "a", expected: 0, found: 4)),
    ("other-span", .sizeMismatch(file: "scratch", tensor: "a", expected: 12, found: 8)),
    ("dtype-f4", .unsupportedType(file: "scratch", tensor: "a", type: "F4")),
    (
      "dtype-unknown",
      .malformed(
        file: "scratch", location: "a", expected: "a dtype", found: "F99")
    ),
    ("deep", .badJSON(file: "scratch", .tooDeep(limit: JSONValue.depthLimit))),
  ])
  func theErrorSaysWhatIsWrong(_ name: String, _ expected: SafetensorsError) throws {
    #expect(throws: expected) { try snapshot(of: Fixture("cases/\(name).safetensors")) }
  }

  @Test func aZipArchiveAtTheEndIsFound() throws {
    let findings = try snapshot(of: Fixture("cases/zip-in-tensor.safetensors")).findings
    #expect(findings.map(\.kind) == [.polyglot])
    #expect(try snapshot(of: Fixture("cases/control.safetensors")).findings.isEmpty)
  }

  @Test func whatBeginsAsAPickleIsFound() throws {
    // A header of 0x280280 bytes; of 0x280 bytes, which no pickle begins with.
    for (length, count) in [(0x28_0280, 1), (0x280, 0)] {
      let header = Array("{}".utf8) + [UInt8](repeating: 0x20, count: length - 2)
      let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
      let file = try Scratch(prefix + header)
      let findings = try SafetensorsFile.snapshot(of: file.slice, place: 0).findings
      #expect(findings.count { $0.kind == .polyglot } == count)
    }
  }

  @Test func everyCutIsAnError() throws {
    let bytes = try Fixture("model.safetensors").bytes()
    for count in 0..<bytes.count {
      let file = try Scratch(Array(bytes[..<count]))
      #expect(throws: SafetensorsError.self) {
        try SafetensorsFile.snapshot(of: file.slice, place: 0)
      }
    }
  }

  @Test func aChangedByteIsAnErrorOrAnotherSoundFile() throws {
    let bytes = try Fixture("model.safetensors").bytes()
    for index in bytes.indices {
      for change: UInt8 in [0x01, 0x08, 0x80] {
        var damaged = bytes
        damaged[index] ^= change
        let file = try Scratch(damaged)
        // An error is what is expected of most.
        let snapshot = try? SafetensorsFile.snapshot(of: file.slice, place: 0)
        for variable in snapshot?.variables ?? [] {
          let length = variable.shape.byteCount(of: variable.dtype).map(UInt64.init)
          #expect(variable.bytes.length == length)
        }
      }
    }
  }
}
