import Checksums
import Testing

@Suite struct JoiningTests {
  @Test func theCRCsOfPartsGiveThatOfAll() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for cut in 0...bytes.count {
      let (first, second) = (Array(bytes[..<cut]), Array(bytes[cut...]))
      let joined = CRC32.joined(
        CRC32.of(first), CRC32.of(second), byteCount: UInt64(second.count))
      #expect(joined == CRC32.of(bytes))
    }
  }

  /// What `crc32_combine64` of zlib 1.2.13 gives.
  @Test(arguments: [
    (0xCBF4_3926, 0x1234_5678, 4_294_967_296, 0xC0F2_27BC),
    (0xCBF4_3926, 0x1234_5678, 4_611_686_018_427_400_249, 0x4CEF_7487),
    (0xFFFF_FFFF, 0x0000_0000, 5_000_000_000, 0xA3CE_90AF),
    (0xDEAD_BEEF, 0xCAFE_F00D, 1, 0xFA95_A25A),
  ])
  func numbersOf64BitsComeOut(
    _ first: UInt32, _ second: UInt32, _ byteCount: UInt64, _ joined: UInt32
  ) {
    #expect(CRC32.joined(first, second, byteCount: byteCount) == joined)
  }
}
