import Checksums
import Testing

@Suite struct ChecksumsTests {
  /// The check values of https://reveng.sourceforge.io/crc-catalogue/17plus.htm.
  @Test func theCheckValuesComeOut() {
    let digits = Array("123456789".utf8)
    #expect(CRC32.of(digits) == 0xCBF4_3926)
    #expect(CRC32C.of(digits) == 0xE306_9283)
    #expect(CRC32.of([]) == 0)
    #expect(CRC32C.of([]) == 0)
  }

  /// The test vectors of RFC 3720, appendix B.4, whose CRCs are printed there byte by byte.
  @Test func theVectorsOfISCSIComeOut() {
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.of([UInt8](0..<32)) == 0x46DD_794E)
    #expect(CRC32C.of((0..<32).reversed()) == 0x113F_DB5C)
  }

  @Test func itDoesNotMatterWhereTheBytesAreCut() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for cut in 0...bytes.count {
      var crc32 = CRC32()
      var crc32c = CRC32C()
      for part in [bytes[..<cut], bytes[cut...]] {
        part.withUnsafeBytes {
          crc32.update($0)
          crc32c.update($0)
        }
      }
      #expect(crc32.value == CRC32.of(bytes))
      #expect(crc32c.value == CRC32C.of(bytes))
    }
  }

  /// Values that TensorFlow's own code gives: `tf.io.TFRecordWriter` puts the masked CRC of the
  /// eight bytes 09 00 … before, and that of "123456789" after such a record.
  @Test func theMaskIsThatOfTensorFlow() {
    let length: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0]
    #expect(CRC32C.masked(CRC32C.of(length)) == 0x3971_F937)
    #expect(CRC32C.masked(CRC32C.of(Array("123456789".utf8))) == 0xC78A_B0E5)
  }

  @Test(arguments: [0, 1, 0xE306_9283, 0xA282_EAD8, UInt32.max])
  func theMaskComesOff(_ value: UInt32) {
    #expect(CRC32C.unmasked(CRC32C.masked(value)) == value)
    #expect(CRC32C.masked(CRC32C.unmasked(value)) == value)
  }
}
