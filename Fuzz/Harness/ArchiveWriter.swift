import Checksums

/// A zip archive that is sound whatever its members are.
public enum ArchiveWriter {
  /// Of members by name. A deflated one is in blocks that are only stored, of at most 65,535 bytes.
  public static func archive(
    _ members: [(name: String, bytes: [UInt8], isDeflated: Bool)]
  ) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let data = member.isDeflated ? deflated(member.bytes) : member.bytes
      var header: [UInt8] = []
      // Version, flags (names are UTF-8), method, time, date, CRC, lengths, no extra field.
      for number: UInt16 in [20, 0x800, member.isDeflated ? 8 : 0, 0, 0x21] {
        header.append(littleEndian: number)
      }
      header.append(littleEndian: CRC32.of(member.bytes))
      header.append(littleEndian: UInt32(data.count))
      header.append(littleEndian: UInt32(member.bytes.count))
      header.append(littleEndian: UInt16(clamping: member.name.utf8.count))
      header.append(littleEndian: UInt16(0))
      directory += [0x50, 0x4B, 1, 2, 20, 3] + header
      // No comment, disk 0, no attributes, and where the local header is.
      directory += [UInt8](repeating: 0, count: 10)
      directory.append(littleEndian: UInt32(archive.count))
      directory += Array(member.name.utf8)
      archive += [0x50, 0x4B, 3, 4] + header + Array(member.name.utf8) + data
    }
    var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    end.append(littleEndian: UInt16(members.count))
    end.append(littleEndian: UInt16(members.count))
    end.append(littleEndian: UInt32(directory.count))
    end.append(littleEndian: UInt32(archive.count))
    return archive + directory + end + [0, 0]
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = []
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(Int(UInt16.max))
      rest = rest.dropFirst(block.count)
      stream.append(rest.isEmpty ? 1 : 0)
      stream.append(littleEndian: UInt16(block.count))
      stream.append(littleEndian: ~UInt16(block.count))
      stream += block
    } while !rest.isEmpty
    return stream
  }
}
