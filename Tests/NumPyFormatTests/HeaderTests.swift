import Checksums
import Files
import NumPyFormat
import Tensors
import Testing
import ZipFormat

/// Headers that NumPy may or would not write, put into an archive of its own.
@Suite struct HeaderTests {
  /// The fixture's first array under another header of the same length, with its CRC made right.
  private func archive(header: String) throws -> [UInt8] {
    var bytes = try Fixture("versions.npz").bytes()
    let original = try Scratch(bytes)
    let member = try #require(try ZipArchive(original.slice).members.first)
    let data = Int(member.data.offset)..<Int(member.data.offset + member.byteCount)
    // The dictionary stands behind ten bytes, and ends in a line end before the 24 of the array.
    let room = data.count - 10 - 25
    let text = Array(header.utf8)
    try #require(text.count <= room)
    let padded = text + [UInt8](repeating: UInt8(ascii: " "), count: room - text.count)
    bytes.replaceSubrange(data.lowerBound + 10..<data.lowerBound + 10 + room, with: padded)
    let crc = CRC32.of(Array(bytes[data]))
    for start in 0..<bytes.count - 4
    where bytes[start..<start + 4].elementsEqual(littleEndian(member.crc32)) {
      bytes.replaceSubrange(start..<start + 4, with: littleEndian(crc))
    }
    return bytes
  }

  private func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  @Test(arguments: [
    "{'shape':(2,3),'descr':'<f4','fortran_order':False}",
    "{ 'descr' : \"<f4\", 'fortran_order':False , 'shape': ( 2 , 3 , ) , } ",
    "{'descr': '<i4', 'fortran_order': True, 'shape': (6,), }",
    "{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }",
    "{'descr': '|V2', 'fortran_order': False, 'shape': (12,), }",
  ])
  func itIsRead(_ header: String) throws {
    #expect(try ReadArchive(archive(header: header)).snapshot.variables.count == 4)
  }

  @Test(arguments: [
    "", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3], }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 03), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, '3'), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1, }",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } + x",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)",
    "{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': '<x4', 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': 4, 'fortran_order': False, 'shape': (2, 3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999999, 0), }",
    "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
    "{'descr': '<f4\\",
  ])
  func itIsMalformed(_ header: String) throws {
    let bytes = try archive(header: header)
    let error = #expect(throws: NumPyError.self) { _ = try ReadArchive(bytes).snapshot }
    guard case .malformed(location: "version-1.npy", _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aShapeThatTakesOtherBytesIsAnError() throws {
    for (shape, expected) in [("(2, 2)", 16), ("(7,)", 28), ("()", 4), ("(0,)", 0)] {
      let bytes = try archive(
        header: "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }")
      #expect(
        throws: NumPyError.sizeMismatch(
          location: "version-1.npy", expected: UInt64(expected), found: 24)
      ) { _ = try ReadArchive(bytes).snapshot }
    }
  }

  @Test func headersHaveLimits() throws {
    for (name, limit, allowed, found) in [
      ("many-dimensions", NumPyError.Limit.rank, 64, 65),
      ("long-header", .headerBytes, 10_000, 20_000),
    ] {
      let bytes = try Fixture(name + ".npz").bytes()
      #expect(
        throws: NumPyError.limitExceeded(
          location: name + ".npy", limit, allowed: UInt64(allowed), found: UInt64(found))
      ) { _ = try ReadArchive(bytes).snapshot }
    }
  }

  /// Every byte changed: an error, a finding, or numbers of the same
  /// length. Arrays that stay in the file are checked by whoever reads them.
  @Test(arguments: ["versions.npz", "again.npz", "turned-deflated.npz"])
  func damageDoesNotTrap(_ name: String) throws {
    let bytes = try Fixture(name).bytes()
    for index in bytes.indices {
      for change: UInt8 in [0x01, 0xFF] {
        var damaged = bytes
        damaged[index] ^= change
        do {
          let archive = try ReadArchive(damaged)
          for variable in archive.snapshot.variables {
            let length = variable.shape.byteCount(of: variable.dtype).map(UInt64.init)
            #expect(variable.bytes.length == length)
            #expect(try archive.bytes(of: variable).count == Int(variable.bytes.length))
          }
        } catch is ZipError {} catch is NumPyError {}
      }
    }
  }
}
