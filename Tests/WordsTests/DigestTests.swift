import Digests
import Testing

/// Expected values: FIPS 180-4's examples, as NIST publishes them.
@Suite struct DigestTests {
  @Test(arguments: [
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func theExamplesOfTheStandardHold(_ text: String, _ hex: String) {
    #expect(Digest(of: Array(text.utf8)).hex == hex)
  }

  @Test func hashingInPiecesIsHashingAtOnce() {
    let bytes = Array(repeating: UInt8(ascii: "a"), count: 1_000_000)
    var hasher = SHA256()
    for start in stride(from: 0, to: bytes.count, by: 777) {
      bytes[start..<min(start + 777, bytes.count)].withUnsafeBytes { hasher.update($0) }
    }
    #expect(
      hasher.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func aDigestSurvivesItsSpelling() throws {
    let digest = Digest(of: [1, 2, 3])
    #expect(Digest(parsing: digest.hex) == digest)
    #expect(Digest(parsing: "sha256:" + digest.hex) == digest)
    #expect(Digest(bytes: digest.bytes) == digest)
  }

  /// FIPS 180-4's digest of "abc".
  @Test func aPrefixIsTheFirstHalf() throws {
    let prefix = DigestPrefix(of: Digest(of: Array("abc".utf8)))
    let bytes: [UInt8] = [
      0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
      0x23,
    ]
    #expect(prefix.bytes == bytes)
    #expect(DigestPrefix(bytes: bytes) == prefix)
    for count in [0, 15, 17, 32] {
      #expect(DigestPrefix(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }
  }

  @Test(arguments: [
    "", "abc", "sha256:", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
    String(repeating: "0", count: 63), String(repeating: "0", count: 65),
    "sha512:" + String(repeating: "0", count: 64), "../" + String(repeating: "0", count: 61),
  ])
  func noOtherSpellingIsADigest(_ text: String) {
    #expect(Digest(parsing: text) == nil)
  }

  @Test func digestsAreOrderedByTheirBytes() throws {
    let low = try #require(Digest(parsing: String(repeating: "0", count: 63) + "1"))
    let high = try #require(Digest(parsing: "1" + String(repeating: "0", count: 63)))
    #expect(low < high)
  }
}
