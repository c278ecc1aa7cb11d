import Files
import Foundation
import IsolatedReaders
import StrictJSON
import Tensors
import Testing

@Suite struct SoundSources {
  /// Files that `make.py` wrote in the layout of Keras 3's weights.
  static let names = ["latest.h5", "userblock-512.h5", "userblock-4096.h5"]

  private func expected(_ name: String) throws -> [String: JSONValue] {
    let text = try Workshop.bytes(of: "expected.json")
    return try #require(JSONValue(parsing: text)["files"]?[name]?["datasets"]?.object)
  }

  @Test(arguments: names, Way.allCases)
  func everyVariableHasTheBytesThatH5pyReads(_ name: String, _ way: Way) throws {
    let file = try Workshop.bytes(of: name)
    let (snapshot, decoded) = try Workshop.read(file, by: Workshop.reader(way))
    let expected = try expected(name)
    #expect(Set(snapshot.variables.map(\.containerPath)) == Set(expected.keys))
    for variable in snapshot.variables {
      let bytes =
        switch variable.bytes {
        case .source(_, let extent): file[Int(extent.offset)..<Int(extent.end)]
        case .decoded(let extent): decoded[Int(extent.offset)..<Int(extent.end)]
        }
      let dataset = expected[variable.containerPath]
      #expect(variable.dtype.rawValue == dataset?["elements"]?.string)
      #expect(sha256(bytes) == dataset?["sha256"]?.string, "\(variable.containerPath)")
    }
  }

  @Test func onlyWhatIsEncodedIsDecoded() throws {
    let (snapshot, decoded) = try Workshop.read(
      Workshop.bytes(of: "latest.h5"), by: Workshop.reader(.started))
    let lengths = snapshot.variables.map { variable in
      if case .decoded(let extent) = variable.bytes { extent.length } else { UInt64(0) }
    }
    #expect(decoded.count == lengths.reduce(0, +))
    #expect(decoded.count == (5 * 7 + 7) * 4)
  }

  /// The decoder's chunks are small here; its memory is limited by the sandbox.
  @Test(arguments: Way.allCases)
  func manyTimesTheSourceIsDecodedPieceByPiece(_ way: Way) throws {
    let (snapshot, decoded) = try Workshop.read(
      Workshop.bytes(of: "hostile/zeros-in-100-chunks.h5"), by: Workshop.reader(way))
    #expect(snapshot.variables.map(\.shape) == [Shape([100, 1 << 18])])
    #expect(decoded == [UInt8](repeating: 0, count: 100 << 18))
  }

  @Test(arguments: Way.allCases)
  func theSourceStaysOpenAndWhereItWas(_ way: Way) throws {
    let bytes = try Workshop.bytes(of: "latest.h5")
    let source = try Workshop.scratch(bytes)
    let decoded = try Workshop.scratch()
    let position = lseek(source.descriptor, 17, SEEK_SET)
    for _ in 0..<2 {
      _ = try Workshop.reader(way).read(
        Workshop.source(source.descriptor, byteCount: UInt64(bytes.count)), in: ReadingContext(),
        spool: decoded.descriptor)
    }
    #expect(lseek(source.descriptor, 0, SEEK_CUR) == position)
  }

  /// By the system's own program, so that no code of ours vouches for another.
  private func sha256(_ bytes: ArraySlice<UInt8>) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/sha256sum")
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    do { try process.run() } catch { return nil }
    input.fileHandleForWriting.write(Data(bytes))
    input.fileHandleForWriting.closeFile()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return String(text.prefix(64))
  }
}
