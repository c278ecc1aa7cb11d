import IsolatedReaders
import Testing

@Suite struct OtherSources {
  struct Look: CustomTestStringConvertible, Sendable {
    let bytes: [UInt8]
    let found: String
    var testDescription: String { found }

    init(_ bytes: [UInt8], _ found: String) {
      self.bytes = bytes
      self.found = found
    }

    init(_ text: String, _ found: String) { self.init(Array(text.utf8), found) }
  }

  static let looks = [
    Look("", "an empty file"),
    Look([0x1F, 0x8B, 8, 0], "gzip data"),
    Look([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], "a PNG image"),
    Look([0x80, 4, 0x95, 0, 0], "a Python pickle"),
    Look([0x93] + Array("NUMPY\u{1}".utf8), "a single NumPy array, which has no name"),
    Look(
      [0x08, 0x01, 0x12, 0xFF], "the graph of a SavedModel: commit the folder that it is in"),
    Look([0x1C, 0, 0, 0] + Array("TFL3 and more".utf8), "a TensorFlow Lite model"),
    Look("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the file itself"),
    Look("<!DOCTYPE html><p>404", "a web page"),
    Look("größer\n", "text"),
    Look([0xAB, 0, 0, 1], "bytes that begin ab 00 00 01"),
  ]

  @Test(arguments: looks, Way.allCases)
  func whatIsNotAModelIsToldFromItsFirstBytes(_ look: Look, _ way: Way) throws {
    let error = try Workshop.error(reading: look.bytes, by: Workshop.reader(way))
    #expect(error == .notAModel(found: look.found))
  }

  @Test func anHDF5FileOfSomethingElseIsNotAModel() throws {
    let error = try Workshop.error(
      reading: Workshop.bytes(of: "others.h5"), by: Workshop.reader(.started))
    guard case .notAModel(let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found.hasPrefix("HDF5 with datasets "))
  }
}
