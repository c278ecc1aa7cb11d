import Files
import Testing
import ZipFormat

/// What `Fixtures/make_archives.py` makes by hand, and why each is refused.
@Suite struct HostileArchiveTests {
  static let refusals: [String: String] = [
    "parent": "unsafe: dots", "parent-inside": "unsafe: dots", "absolute": "unsafe: absolute",
    "drive": "unsafe: absolute", "backslash": "unsafe: backslash", "nul": "unsafe: control",
    "escape": "unsafe: control", "bidirectional": "unsafe: bidirectional",
    "not-utf8": "unsafe: notUTF8", "code-page-437": "unsafe: notUTF8",
    "long-part": "unsafe: tooLong", "long-name": "unsafe: tooLong",
    "empty-name": "unsafe: empty", "empty-part": "unsafe: empty",
    "symbolic-link": "unsafe: notAFile", "fifo": "unsafe: notAFile",
    "repeated": "ambiguous: repeatedName", "case-twins": "ambiguous: repeatedName",
    "unicode-twins": "ambiguous: repeatedName", "file-and-folder": "ambiguous: repeatedName",
    "folder-with-bytes": "malformed: a/",
    "local-name": "ambiguous: local name", "local-method": "ambiguous: local method",
    "local-size": "ambiguous: local length", "local-stored": "ambiguous: local stored length",
    "local-crc": "ambiguous: local CRC", "local-flags": "ambiguous: local flags",
    "no-local-header": "ambiguous: strayBytes", "overlap": "ambiguous: overlap",
    "size-into-next": "ambiguous: overlap", "prefix": "ambiguous: strayBytes",
    "gap": "ambiguous: strayBytes", "gap-before-directory": "ambiguous: strayBytes",
    "gap-before-end": "ambiguous: strayBytes", "trailing": "ambiguous: bytesAfterEnd",
    "two-ends": "ambiguous: severalEndRecords", "end-in-comment": "ambiguous: severalEndRecords",
    "encrypted": "unsupported: encryption", "patched": "unsupported: flags 32",
    "lzma": "unsupported: method 14", "version": "unsupported: version 99",
    "several-disks": "unsupported: severalDisks", "member-on-disk-2": "unsupported: severalDisks",
    "zip64-count": "ambiguous: zip64 number of members", "zip64-length": "ambiguous: zip64 length",
    "zip64-offset": "ambiguous: zip64 offset",
    "zip64-directory": "limit: bytes of the central directory",
    "zip64-members": "limit: members", "zip64-unasked": "ambiguous: zip64 a number too many",
    "zip64-unasked-local": "ambiguous: zip64 a number too many",
    "zip64-too-many": "ambiguous: zip64 a number too many",
    "zip64-twice": "ambiguous: zip64 second", "zip64-short": "malformed: hello",
    "extra-length": "malformed: hello", "unicode-name": "ambiguous: unicodeName",
    "too-few-entries": "malformed: central directory",
    "too-many-entries": "malformed: central directory",
    "descriptor": "ambiguous: dataDescriptor", "no-descriptor": "ambiguous: dataDescriptor",
    "bomb": "limit: bytes of a member that stores few",
    "read-crc": "checksum", "read-too-much": "limit: bytes, as it declares",
    "read-too-little": "malformed: hello", "read-no-deflate": "malformed: hello",
    "read-cut-deflate": "malformed: hello", "read-after-deflate": "ambiguous: bytesAfterStream",
  ]

  @Test func everyFixtureHasItsRefusal() {
    let names = Fixture.all(in: "hostile").map { $0.path.dropFirst(8).dropLast(4) }
    #expect(Set(names.map(String.init)) == Set(Self.refusals.keys))
  }

  @Test(arguments: Self.refusals.keys.sorted())
  func itIsRefused(_ name: String) throws {
    let file = try Scratch(Fixture("hostile/\(name).zip").bytes())
    let isReadable = name.hasPrefix("read-")
    let archive: ZipArchive
    do {
      archive = try ZipArchive(file.slice)
    } catch {
      #expect(!isReadable && error.word == Self.refusals[name])
      return
    }
    #expect(isReadable)
    let member = try #require(archive.members.first)
    let error = #expect(throws: ZipError.self) { try archive.contents(of: member, limit: 1 << 20) }
    #expect(error?.word == Self.refusals[name])
  }

  @Test func noMoreIsLentThanAMemberDeclares() throws {
    let file = try Scratch(Fixture("hostile/read-too-much.zip").bytes())
    let archive = try ZipArchive(file.slice)
    let member = try #require(archive.members.first)
    var lent = 0
    #expect(throws: ZipError.self) { try archive.inflate(member) { lent += $0.count } }
    #expect(lent <= 5)
  }

  @Test func whatIsNoArchiveIsToldApart() throws {
    for bytes in [[], Array("PK".utf8), [UInt8](repeating: 0x50, count: 500)] {
      let file = try Scratch(bytes)
      #expect(!ZipArchive.isZip(file.slice))
      #expect(throws: ZipError.notZip) { try ZipArchive(file.slice) }
    }
  }
}

/// Damage of every kind to small sound archives: each is an error, or the members are those that
/// were put in. Nothing may trap.
@Suite struct DamagedArchiveTests {
  static let fixtures = Fixture.all(in: "sound")

  /// The contents of all members, or `nil` after an error.
  private func contents(of bytes: [UInt8]) throws -> [String: [UInt8]]? {
    let file = try Scratch(bytes)
    do {
      let archive = try ZipArchive(file.slice)
      var found: [String: [UInt8]] = [:]
      for member in archive.members where !member.isFolder {
        found[member.name] = try archive.contents(of: member, limit: 1 << 20)
      }
      return found
    } catch is ZipError { return nil }
  }

  @Test(arguments: fixtures)
  func everyCutIsAnErrorThatSaysWhatIsWhole(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    for count in 0..<bytes.count {
      let file = try Scratch(Array(bytes[..<count]))
      let error = #expect(throws: ZipError.self) { try ZipArchive(file.slice) }
      guard count >= 4, case .truncated(let names)? = error else { continue }
      let known = SoundArchiveTests.contents.keys
      #expect(names.allSatisfy { known.contains($0) || $0 == "weights/" })
    }
  }

  @Test func wholeMembersOfACutArchiveAreNamed() throws {
    let bytes = try Fixture("sound/stored.zip").bytes()
    let whole = ["metadata.json", "weights/ä.bin", "empty"]
    let cuts = [(bytes.count - 1, 3), (424, 3), (390, 2), (200, 1), (60, 0)]
    for (count, expected) in cuts {
      let file = try Scratch(Array(bytes[..<count]))
      #expect(throws: ZipError.truncated(salvageable: Array(whole.prefix(expected)))) {
        try ZipArchive(file.slice)
      }
    }
  }

  @Test(arguments: fixtures)
  func everyChangedByteIsAnErrorOrChangesNoContent(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    for index in bytes.indices {
      for change: UInt8 in [0x01, 0xFF] {
        var damaged = bytes
        damaged[index] ^= change
        guard let found = try contents(of: damaged) else { continue }
        #expect(found == SoundArchiveTests.contents, "byte \(index) by \(change)")
      }
    }
  }

  @Test(arguments: fixtures)
  func everyFourBytesMayBeExtreme(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    for index in 0..<(bytes.count - 4) {
      for word: [UInt8] in [[0, 0, 0, 0], [255, 255, 255, 255], [255, 255, 255, 127]] {
        var damaged = bytes
        damaged.replaceSubrange(index..<index + 4, with: word)
        guard let found = try contents(of: damaged) else { continue }
        #expect(found == SoundArchiveTests.contents, "bytes from \(index)")
      }
    }
  }
}

extension ZipError {
  /// The kind of error in a word or two.
  var word: String {
    switch self {
    case .unsafePath(_, let fault): "unsafe: \(fault)"
    case .ambiguous(_, .localHeader(let field, _, _)): "ambiguous: local \(field)"
    case .ambiguous(_, .zip64(let field)): "ambiguous: zip64 \(field)"
    case .ambiguous(_, .strayBytes): "ambiguous: strayBytes"
    case .ambiguous(_, .overlap): "ambiguous: overlap"
    case .ambiguous(_, .bytesAfterStream): "ambiguous: bytesAfterStream"
    case .ambiguous(_, let ambiguity): "ambiguous: \(ambiguity)"
    case .unsupported(_, .method(let number)): "unsupported: method \(number)"
    case .unsupported(_, .flags(let flags)): "unsupported: flags \(flags)"
    case .unsupported(_, .version(let version)): "unsupported: version \(version)"
    case .unsupported(_, let feature): "unsupported: \(feature)"
    case .limitExceeded(_, let limit, _, _): "limit: \(limit.rawValue)"
    case .malformed(let location, _, _): "malformed: \(location)"
    case .checksumMismatch: "checksum"
    case .truncated: "truncated"
    case .notZip: "not a zip"
    case .unreadable: "unreadable"
    }
  }
}
