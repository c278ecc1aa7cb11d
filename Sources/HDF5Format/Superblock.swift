import Files

/// Where the file proper begins, and how many bytes it says it has.
///
/// The signature stands at byte 0, 512, 1024, 2048 and so on, after a block of the user's. Version
/// 0 (1 has 4 more bytes before the base address), offsets being `O` bytes wide:
///
///     0 signature  8 version  13 O  24 base address  +O free space  +2O end of file  +3O driver
///
/// Versions 2 and 3:
///
///     0 signature  8 version  9 O  12 base address  +O extension  +2O end of file
///
/// https://docs.hdfgroup.org/hdf5/v1_14/_f_m_t3.html
struct Superblock {
  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The signature's offset in the file.
  let offset: UInt64
  /// The offset of the first byte after all that the file has; `nil` for a version we do not know.
  let end: UInt64?
  /// Whether it asks for the driver that wrote it, as files in several pieces do. Later versions
  /// ask elsewhere.
  let namesDriver: Bool

  /// `nil` when the signature is nowhere.
  init?(_ file: FileSlice) {
    var offset: UInt64 = 0
    while offset < file.byteCount {
      let block = Self.block(file, at: offset)
      if block.starts(with: Self.signature) {
        self.offset = offset
        let addresses = Self.addresses(in: block)
        end = addresses.flatMap { Self.end($0, at: offset) }
        namesDriver = addresses?.hasDriver == true
        return
      }
      let (next, overflow) = offset.multipliedReportingOverflow(by: 2)
      if overflow { return nil }
      offset = max(512, next)
    }
    return nil
  }

  /// As much of a superblock as the file has there; 60 bytes reach the end address.
  private static func block(_ file: FileSlice, at offset: UInt64) -> [UInt8] {
    let count = Int(min(60, file.byteCount - offset))
    // What cannot be read has no signature; libhdf5 is not even asked.
    return (try? file.bytes(at: offset, count: count)) ?? []
  }

  private struct Addresses {
    let base: UInt64
    let end: UInt64
    let hasDriver: Bool
  }

  private static func addresses(in block: [UInt8]) -> Addresses? {
    guard block.count == 60 else { return nil }
    let (width, start): (Int, Int)
    switch block[8] {
    case 0: (width, start) = (Int(block[13]), 24)
    case 1: (width, start) = (Int(block[13]), 28)
    case 2, 3: (width, start) = (Int(block[9]), 12)
    default: return nil
    }
    guard width == 4 || width == 8 else { return nil }
    let addresses = (0..<4).map { index in
      integer(block[(start + index * width)..<(start + (index + 1) * width)])
    }
    let undefined = width == 8 ? UInt64.max : UInt64(UInt32.max)
    return Addresses(
      base: addresses[0], end: addresses[2],
      hasDriver: block[8] < 2 && addresses[3] != undefined)
  }

  /// The addresses count from the base, which is the signature's place whatever the file says.
  private static func end(_ addresses: Addresses, at offset: UInt64) -> UInt64? {
    let (size, underflow) = addresses.end.subtractingReportingOverflow(addresses.base)
    let (end, overflow) = offset.addingReportingOverflow(size)
    return underflow || overflow ? nil : end
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
