import CLinux

/// Refuses file systems on which a lock may outlive its process or not be seen by another.
enum LocalFileSystem {
  // Magic numbers of statfs(2).
  private static let remote: [Int: String] = [
    0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x0102_1997: "9P",
  ]

  static func require(_ path: String) throws {
    if let kind = remote[file_system_magic(path)] {
      throw StoreError.unsafeFileSystem(path: path, kind: kind)
    }
  }
}
