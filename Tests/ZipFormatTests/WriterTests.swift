import Checksums
import Foundation
import Tensors
import Testing
import ZipFormat

/// Archives are those that Python's zipfile writes, byte for byte.
@Suite struct WriterTests {
  private static let contents: [(name: String, bytes: [UInt8])] = [
    ("metadata.json", Array("{\"keras_version\": \"3.15.0\"}".utf8)),
    ("assets/ä.txt", (0..<256).map { UInt8($0 % 64) }),
    ("empty", []),
  ]

  private static func layout(_ bytes: [UInt8]) -> FileLayout {
    var layout = FileLayout()
    layout.append(bytes)
    return layout
  }

  /// Asked for no tensor's checksum.
  private static func noTensor(
    _ content: TensorContent, _ algorithm: Checksum.Algorithm
  ) throws -> UInt32 {
    Issue.record("asked for \(content)")
    return 0
  }

  /// The bytes that are no tensor's.
  private static func literals(of layout: FileLayout) -> [UInt8] {
    layout.pieces.flatMap { piece -> [UInt8] in
      if case .bytes(let bytes) = piece.content { bytes } else { [] }
    }
  }

  @Test(arguments: [("plain.zip", false), ("long.zip", true)])
  func smallArchivesAreThoseOfPython(_ name: String, _ isLong: Bool) throws {
    let members = Self.contents.map { name, bytes in
      ZipMemberToWrite(name: name, content: Self.layout(bytes), hasLongHeader: isLong)
    }
    let archive = try ZipWriter.layout(of: members, checksum: Self.noTensor)
    #expect(Self.literals(of: archive) == (try Fixture("written/" + name).bytes()))
    let file = try Scratch(Self.literals(of: archive))
    let read = try ZipArchive(file.slice)
    #expect(read.members.map(\.name) == Self.contents.map(\.name))
  }

  @Test func anArchiveOfNothingIsThatOfPython() throws {
    let archive = try ZipWriter.layout(of: [], checksum: Self.noTensor)
    #expect(Self.literals(of: archive) == (try Fixture("written/nothing.zip").bytes()))
  }

  private struct Expected: Decodable {
    struct Large: Decodable {
      let sizes: [UInt64]
      let crc32: [UInt32]
      let byte_count: UInt64
    }
    struct Many: Decodable {
      let members: Int
      let crc32: UInt32
      let byte_count: UInt64
    }
    let large: Large
    let many: Many

    static func read() throws -> Expected {
      try JSONDecoder().decode(
        Expected.self, from: Data(try Fixture("written/expected.json").bytes()))
    }
  }

  /// Lengths and offsets of more than 31 and 32 bits. The bytes are zeros, and nobody writes them.
  @Test func largeArchivesAreThoseOfPython() throws {
    let expected = try Expected.read().large
    let members = try expected.sizes.enumerated().map { number, size in
      var content = FileLayout()
      // A tensor's bytes may lie between others: these are zeros, too.
      content.append([0, 0, 0])
      let shape = try #require(Shape([Int(size) - 3 - 4]))
      let tensor = TensorToWrite(
        name: "", dtype: .uint8, shape: shape, content: .stored(number))
      content.append(try #require(tensor))
      content.append([0, 0, 0, 0])
      return ZipMemberToWrite(name: "member\(number)", content: content)
    }
    let archive = try ZipWriter.layout(of: members) { content, algorithm in
      guard case .stored(let number) = content, algorithm == .crc32 else { return 0 }
      return zeros(Int(expected.sizes[number]) - 7)
    }
    #expect(archive.byteCount == expected.byte_count)
    // The zeros around tensors are no records.
    let records = archive.pieces.flatMap { piece -> [UInt8] in
      guard case .bytes(let bytes) = piece.content, bytes.contains(where: { $0 != 0 }) else {
        return []
      }
      return bytes
    }
    #expect(records == (try Fixture("written/large.records").bytes()))
  }

  /// The CRC of zeros, taken over all of them.
  private func zeros(_ count: Int) -> UInt32 {
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    var crc = CRC32()
    var rest = count
    while rest > 0 {
      zeros.withUnsafeBytes {
        crc.update(UnsafeRawBufferPointer(rebasing: $0[..<min(rest, $0.count)]))
      }
      rest -= min(rest, zeros.count)
    }
    return crc.value
  }

  @Test func moreMembersThan16BitsCountAreThoseOfPython() throws {
    let expected = try Expected.read().many
    let members = (0..<expected.members).map {
      ZipMemberToWrite(name: "\($0)", content: FileLayout())
    }
    let archive = try ZipWriter.layout(of: members, checksum: Self.noTensor)
    #expect(archive.byteCount == expected.byte_count)
    #expect(CRC32.of(Self.literals(of: archive)) == expected.crc32)
    let more = members + [ZipMemberToWrite(name: "x", content: FileLayout())]
    #expect(
      throws: ZipError.limitExceeded(
        location: "central directory", .members, allowed: 65_536, found: 65_537)
    ) { try ZipWriter.layout(of: more, checksum: Self.noTensor) }
  }

  /// What would not be read back is not written.
  @Test(
    arguments: [
      ("", ZipError.UnsafePath.empty), ("a//b", .empty), ("folder/", .empty), ("../a", .dots),
      ("/a", .absolute), ("C:a", .absolute), ("a\\b", .backslash), ("a\nb", .control),
      ("a\u{202E}b", .bidirectional), (String(repeating: "a", count: 256), .tooLong),
    ])
  func unsafeNamesAreRefused(_ name: String, _ fault: ZipError.UnsafePath) {
    #expect(throws: ZipError.unsafePath(name: name, fault)) {
      try ZipWriter.layout(
        of: [ZipMemberToWrite(name: name, content: FileLayout())], checksum: Self.noTensor)
    }
  }

  @Test(arguments: [["a", "a"], ["a", "A"], ["a/b", "a"]])
  func namesThatAreOneAreRefused(_ names: [String]) {
    let members = names.map { ZipMemberToWrite(name: $0, content: FileLayout()) }
    #expect { try ZipWriter.layout(of: members, checksum: Self.noTensor) } throws: { error in
      guard case ZipError.ambiguous(_, .repeatedName)? = error as? ZipError else { return false }
      return true
    }
  }
}
