import Files
import Foundation
import HDF5Format
import IsolatedReaders
import Tensors
import Testing

/// HDF5 files that a worker lays out, and workers that say what is not so.
@Suite struct Layouts {
  private static func blueprint(layers: Int) throws -> HDF5Blueprint {
    var blueprint = HDF5Blueprint()
    let config = String(repeating: "x", count: 200)
    blueprint.groups = [.init("", attributes: [.init("model_config", .string(config))])]
    let shape = try #require(Shape([10, 10]))
    for layer in 0..<layers {
      let tensor = TensorToWrite(
        name: "model_weights/layer_\(layer)/kernel:0", dtype: .float32, shape: shape,
        content: .stored(layer))
      blueprint.datasets.append(.init(try #require(tensor)))
    }
    return blueprint
  }

  private func layout(
    _ blueprint: HDF5Blueprint, by executable: String = Workshop.executable
  ) throws -> FileLayout {
    try IsolatedHDF5Writer(executable: executable, patience: .seconds(20)).layout(of: blueprint)
  }

  /// The file with zeros for tensors.
  private func bytes(_ layout: FileLayout) -> [UInt8] {
    layout.pieces.flatMap { piece in
      if case .bytes(let bytes) = piece.content { return bytes }
      return [UInt8](repeating: 0, count: Int(piece.byteCount))
    }
  }

  @Test func aLayoutIsTheFileThatH5pyWrites() throws {
    let layout = try layout(Self.blueprint(layers: 3))
    #expect(try bytes(layout) == Workshop.bytes(of: "written/plain.h5"))
    let tensors = layout.pieces.compactMap { piece -> TensorContent? in
      if case .tensor(let content) = piece.content { return content }
      return nil
    }
    #expect(tensors == [.stored(0), .stored(1), .stored(2)])
  }

  @Test func twoWorkersLayOutTheSame() throws {
    let blueprint = try Self.blueprint(layers: 1000)
    #expect(try layout(blueprint) == layout(blueprint))
  }

  @Test func aBlueprintWithoutAnythingIsAFile() throws {
    let bytes = bytes(try layout(HDF5Blueprint()))
    #expect(bytes.starts(with: [0x89, 0x48, 0x44, 0x46]))
  }

  @Test func tensorsWithoutBytesHaveNoPlace() throws {
    var blueprint = HDF5Blueprint()
    let empty = TensorToWrite(
      name: "empty", dtype: .float64, shape: try #require(Shape([3, 0])), content: .stored(0))
    let scalar = TensorToWrite(name: "one", dtype: .int64, shape: .scalar, content: .literal([]))
    blueprint.datasets = [.init(try #require(empty)), .init(try #require(scalar))]
    let tensors = try layout(blueprint).pieces.filter { $0.content == .tensor(.literal([])) }
    #expect(tensors.map(\.byteCount) == [8])
    #expect(try !layout(blueprint).pieces.contains { $0.content == .tensor(.stored(0)) })
  }

  /// It is not a worker that finds out.
  @Test func whatCannotBeAFileIsRefused() throws {
    var blueprint = HDF5Blueprint()
    blueprint.groups = [.init("a//b")]
    #expect(throws: HDF5WriterError.badPath("/a//b")) {
      try layout(blueprint, by: "/nowhere/registry")
    }
  }

  /// Three tensors of 400 bytes, laid out by a shell script.
  private func error(fromWorker script: String) throws -> (any Error)? {
    let path = FileManager.default.temporaryDirectory.appending(path: "layout-\(UUID().uuidString)")
    try "#!/bin/sh\n\(script)\n".write(to: path, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: path) }
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path.path)
    while true {
      do {
        _ = try layout(Self.blueprint(layers: 3), by: path.path)
        return nil
      } catch let error as SystemCallError where error.code == ETXTBSY {
        // Another test's child has the script's descriptor until it starts its program.
        continue
      } catch {
        return error
      }
    }
  }

  /// A frame in the words of printf(1).
  private func frame(_ kind: Int, _ payload: String) -> String {
    let length = String(payload.utf8.count, radix: 8)
    let escaped = payload.replacing("\"", with: "\\042")
    return "printf '\\00\(kind)\\\(length)\\0\\0\\0\\0\\0\\0\\0\(escaped)' >&4\n"
  }

  private func answer(_ byteCount: Int, _ offsets: String) -> String {
    frame(5, "{\"byteCount\":\(byteCount),\"offsets\":[\(offsets)]}") + frame(4, "")
  }

  @Test func anHonestWorkerIsBelieved() throws {
    #expect(try error(fromWorker: answer(2000, "800,100,1500")) == nil)
  }

  @Test(arguments: [
    ("0,400", AnswerDefect.badMember("offsets")),
    ("0,400,800,1200", .badMember("offsets")),
    ("0,400,-1", .badMember("offsets")),
    ("0,400,null", .badExtent(path: "model_weights/layer_2/kernel:0")),
    ("0,400,1601", .badExtent(path: "model_weights/layer_2/kernel:0")),
    ("0,400,9223372036854775807", .badExtent(path: "model_weights/layer_2/kernel:0")),
    (
      "0,400,799",
      .overlap(path: "model_weights/layer_1/kernel:0", other: "model_weights/layer_2/kernel:0")
    ),
  ])
  func placesThatTensorsCannotHaveAreRefused(_ offsets: String, _ defect: AnswerDefect) throws {
    let error = try error(fromWorker: answer(2000, offsets)) as? ReaderError
    #expect(error == .malformedAnswer(defect))
  }

  @Test func aSkeletonThatNoFileHasIsRefused() throws {
    let error = try error(fromWorker: answer(1200 + 256 << 20 + 1, "0,400,800"))
    #expect(error as? HDF5WriterError == .skeletonTooLarge(allowed: 256 << 20))
    let short = try self.error(fromWorker: answer(1199, "0,400,799"))
    #expect(short as? ReaderError != nil)
  }

  @Test func anAnswerThatBreaksTheRulesIsAnError() throws {
    let layout = frame(5, "{\"byteCount\":2000,\"offsets\":[0,400,800]}")
    let cases: [(String, ReaderError)] = [
      ("exit 7", .malformedAnswer(.endedEarly(exitStatus: 7))),
      (layout, .malformedAnswer(.endedEarly(exitStatus: 0))),
      (frame(4, ""), .malformedAnswer(.misplacedFrame(kind: 4))),
      (frame(1, "{}"), .malformedAnswer(.misplacedFrame(kind: 1))),
      (layout + layout, .malformedAnswer(.misplacedFrame(kind: 5))),
      (layout + frame(4, "") + layout, .malformedAnswer(.misplacedFrame(kind: 5))),
      (layout + frame(4, "") + "exit 3", .malformedAnswer(.endedEarly(exitStatus: 3))),
      (frame(5, "{}"), .malformedAnswer(.badMember("byteCount"))),
      ("kill -SEGV $$", .crashed(signal: 11)),
    ]
    for (script, expected) in cases {
      #expect(try error(fromWorker: script) as? ReaderError == expected)
    }
  }

  @Test func aWorkerHasOnlyWhatItNeeds() throws {
    let script = """
      test "$(ls /proc/self/fd | tr '\\n' ' ')" = "0 1 2 3 4 5 6 " || exit 11
      test -z "$HOME$USER$LD_PRELOAD" || exit 13
      exit 99
      """
    let error = try error(fromWorker: script) as? ReaderError
    #expect(error == .malformedAnswer(.endedEarly(exitStatus: 99)))
  }
}
