import Files
import Testing
import ZipFormat

/// Archives that Python's zipfile wrote, and reads.
@Suite struct SoundArchiveTests {
  static let contents: [String: [UInt8]] = [
    "metadata.json": Array(#"{"keras_version": "3.15.0"}"#.utf8),
    "weights/ä.bin": (0..<4).flatMap { _ in [UInt8](0..<64) },
    "empty": [],
  ]

  @Test(arguments: Fixture.all(in: "sound"))
  func allMembersAreRead(_ fixture: Fixture) throws {
    let file = try Scratch(fixture.bytes())
    #expect(ZipArchive.isZip(file.slice))
    let archive = try ZipArchive(file.slice)
    var found: [String: [UInt8]] = [:]
    for member in archive.members where !member.isFolder {
      found[member.name] = try archive.contents(of: member, limit: 256)
    }
    #expect(found == Self.contents)
  }

  @Test func membersHaveTheOrderOfTheDirectory() throws {
    let file = try Scratch(Fixture("sound/appended.zip").bytes())
    let archive = try ZipArchive(file.slice)
    #expect(archive.members.map(\.name) == ["empty", "metadata.json", "weights/ä.bin"])
    #expect(archive.members.map(\.isStored) == [true, false, false])
  }

  @Test func whatIsStoredLiesInTheFileAsItIs() throws {
    let padded = try Scratch([1, 2, 3] + Fixture("sound/stored.zip").bytes() + [4, 5])
    let all = padded.slice
    let slice = try #require(all.slice(at: 3, byteCount: all.byteCount - 5))
    let archive = try ZipArchive(slice)
    let member = try #require(archive.member(named: "weights/ä.bin"))
    #expect(member.isStored)
    let start = member.data.offset
    #expect(try all.bytes(at: start, count: 256) == Self.contents["weights/ä.bin"])
  }

  @Test func theFirstBytesAreReadAlone() throws {
    for name in ["stored", "deflated"] {
      let file = try Scratch(Fixture("sound/\(name).zip").bytes())
      let archive = try ZipArchive(file.slice)
      let member = try #require(archive.member(named: "weights/ä.bin"))
      #expect(try archive.leadingBytes(of: member, count: 10) == [UInt8](0..<10))
      #expect(
        try archive.leadingBytes(of: member, count: 9999) == Self.contents["weights/ä.bin"])
      #expect(try archive.leadingBytes(of: member, count: 0) == [])
    }
  }

  @Test func aMemberOfMoreBytesThanAllowedIsAnError() throws {
    let file = try Scratch(Fixture("sound/deflated.zip").bytes())
    let archive = try ZipArchive(file.slice)
    let member = try #require(archive.member(named: "weights/ä.bin"))
    #expect(
      throws: ZipError.limitExceeded(
        location: "weights/ä.bin", .contents, allowed: 255, found: 256)
    ) { try archive.contents(of: member, limit: 255) }
  }

  /// The 22 bytes that zipfile writes for an archive without members.
  @Test func anArchiveMayBeEmpty() throws {
    let file = try Scratch([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18))
    #expect(ZipArchive.isZip(file.slice))
    #expect(try ZipArchive(file.slice).members.isEmpty)
  }
}
