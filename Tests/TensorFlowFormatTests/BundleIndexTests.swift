import Files
import Testing

@testable import TensorFlowFormat

/// An index with other checksums is the one that TensorFlow writes with other numbers.
@Suite struct BundleIndexTests {
  private func checksums(_ name: String) throws -> [String: UInt32] {
    let file = try Fixture.file(name)
    let listing = try BundleListing(file.slice, limits: TensorFlowLimits())
    return try Dictionary(
      uniqueKeysWithValues: listing.tensors.map { ($0.key, try #require($0.whole).crc32c) })
  }

  @Test func otherChecksumsGiveTheOtherIndex() throws {
    let (one, other) = try (Fixture.bytes("filled-1.index"), Fixture.bytes("filled-2.index"))
    #expect(one != other)
    #expect(try BundleIndex.bytes(of: one, with: checksums("filled-2.index")) == other)
    #expect(try BundleIndex.bytes(of: other, with: checksums("filled-1.index")) == one)
  }

  @Test(arguments: ["filled-1", "boxes", "named", "objects", "shards", "written-types"])
  func withoutOthersItStaysAsItIs(name: String) throws {
    let index = try Fixture.bytes(name + ".index")
    #expect(try BundleIndex.bytes(of: index, with: [:]) == index)
  }

  @Test func aKeyThatItDoesNotHaveIsAnError() throws {
    let index = try Fixture.bytes("filled-1.index")
    #expect(
      throws: TensorFlowFormatError.malformed(
        location: "variables.index nobody", expected: "an entry", found: "none")
    ) { try BundleIndex.bytes(of: index, with: ["nobody": 1]) }
  }

  @Test func aTensorInSlicesIsAnError() throws {
    let index = try Fixture.bytes("boxes.index")
    let file = try Fixture.file("boxes.index")
    let listing = try BundleListing(file.slice, limits: TensorFlowLimits())
    let key = try #require(listing.tensors.first { !$0.slices.isEmpty }?.key)
    #expect(throws: TensorFlowFormatError.self) {
      try BundleIndex.bytes(of: index, with: [key: 1])
    }
  }

  @Test func whatIsNoIndexIsAnError() throws {
    let index = try Fixture.bytes("filled-1.index")
    let checksums = try checksums("filled-2.index")
    for count in index.indices {
      #expect(throws: TensorFlowFormatError.self) {
        try BundleIndex.bytes(of: Array(index[..<count]), with: checksums)
      }
    }
    let other = try Fixture.bytes("filled-2.index")
    for place in index.indices {
      var damaged = index
      damaged[place] ^= 0x10
      do throws(any Error) {
        // Of the metaindex, and of what fills the footer up, nothing is read.
        #expect(try BundleIndex.bytes(of: damaged, with: checksums) == other)
      } catch {
        #expect(error is TensorFlowFormatError)
      }
    }
  }
}
