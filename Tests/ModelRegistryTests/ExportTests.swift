import Catalog
import Checksums
import ContentStore
import Digests
import Files
import Glibc
import ModelRegistry
import Tensors
import Testing

/// Writes a file of all variables with a byte before each, and one that has their CRC-32 in it.
private struct StripingWriter: PlainWriter {
  struct Refusal: Error {}

  var marker: UInt8 = 0xAA

  func expected(of request: ExportRequest, _ model: RecordedModel) throws -> ExpectedExport {
    ExpectedExport(generation: .keras3, notes: [])
  }

  func export(
    _ request: ExportRequest, of model: RecordedModel, checksum: TensorChecksum
  ) throws -> ExportedModel {
    guard request.format != .npz else { throw Refusal() }
    var data = FileLayout()
    var sums = FileLayout()
    for (ordinal, variable) in model.variables.enumerated() {
      let isWide = request.format == .safetensors
      let content: TensorContent = isWide ? .widened(ordinal) : .stored(ordinal)
      let shape = try #require(
        isWide ? Shape([variable.shape.dimensions[0] / 2]) : variable.shape)
      data.append([marker])
      data.append(
        try #require(
          TensorToWrite(
            name: variable.path, dtype: isWide ? .float32 : variable.dtype, shape: shape,
            content: content)))
      sums.append(withUnsafeBytes(of: try checksum(content, .crc32)) { Array($0) })
    }
    return ExportedModel(
      files: [
        .init(place: .suffix(""), layout: data), .init(place: .beside("sums"), layout: sums),
      ], generation: .keras3, notes: [])
  }
}

@Suite struct ExportTests {
  private let bench: Workbench
  private let registry: Registry
  private let lengths = [10, 300_000, 0, 500]
  private let tensors: [[UInt8]]

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
    tensors = lengths.enumerated().map { noise($1, seed: UInt64($0)) }
    try registry.commit(try bench.write("a.h5", tensors: tensors), lengths: lengths)
  }

  private func order(_ format: ExportFormat = .keras, to name: String = "out") throws -> ExportOrder
  {
    var order = ExportOrder(try Reference(parsing: "v1"), ExportRequest(format: format))
    order.target = .path(bench.folder + "/" + name)
    return order
  }

  @Test func theFilesAreWhatTheWriterLaysOut() throws {
    let report = try registry.export(order(), with: StripingWriter())
    let bytes = try bench.bytes(report.path)
    #expect(bytes == tensors.flatMap { [0xAA] + $0 })
    #expect(report.files.map(\.digest)[0] == Digest(of: bytes))
    let sums = try bench.bytes(bench.folder + "/sums")
    #expect(
      sums == tensors.flatMap { tensor in withUnsafeBytes(of: CRC32.of(tensor)) { Array($0) } })
    #expect(report.files.allSatisfy { $0.before == nil })
    #expect(report.isRecorded)
  }

  @Test func bfloat16BecomesFloat32() throws {
    let report = try registry.export(order(.safetensors), with: StripingWriter())
    var expected: [UInt8] = []
    for tensor in tensors {
      expected.append(0xAA)
      for place in stride(from: 0, to: tensor.count, by: 2) {
        expected += [0, 0, tensor[place], tensor[place + 1]]
      }
    }
    #expect(try bench.bytes(report.path) == expected)
  }

  @Test func theDigestIsRecordedAndComparedWithTheNext() throws {
    let first = try registry.export(order(), with: StripingWriter())
    let again = try registry.export(order(to: "again"), with: StripingWriter())
    #expect(again.files[0].digest == first.files[0].digest)
    #expect(again.files[0].before == nil)
    let other = try registry.export(order(to: "other"), with: StripingWriter(marker: 1))
    #expect(other.files[0].before?.digest == first.files[0].digest)
    let exports = try registry.show(Reference(parsing: "v1")).exports
    #expect(exports.map(\.name) == ["keras keras3"])
    #expect(exports[0].digest == other.files[0].digest)
  }

  @Test func whatIsThereStaysUnlessItMayBeReplaced() throws {
    _ = try registry.export(order(), with: StripingWriter())
    #expect(throws: RegistryError.targetExists(path: bench.folder + "/out")) {
      try registry.export(order(), with: StripingWriter(marker: 1))
    }
    var replacing = try order()
    replacing.replacing = true
    let sums = try bench.bytes(bench.folder + "/sums")
    let report = try registry.export(replacing, with: StripingWriter(marker: 1))
    #expect(try bench.bytes(report.path).first == 1)
    // What is only put beside is never replaced.
    #expect(report.files.count == 1)
    #expect(try bench.bytes(bench.folder + "/sums") == sums)
  }

  @Test func aRefusalWritesNothing() throws {
    #expect(throws: StripingWriter.Refusal.self) {
      try registry.export(order(.npz), with: StripingWriter())
    }
    #expect(try Set(Folder.names(in: bench.folder)) == [".registry", "a.h5"])
  }

  @Test func aDamagedBlobLeavesNoFile() throws {
    let blob = try registry.show(Reference(parsing: "v1")).variables[1].blob
    let path = "\(registry.path)/blobs/sha256/\(blob.digest.hex.prefix(2))/\(blob.digest.hex)"
    #expect(chmod(path, 0o644) == 0)
    let file = try OpenFile(path, flags: O_WRONLY)
    try file.write([1, 2, 3])
    #expect(throws: StoreError.self) { try registry.export(order(), with: StripingWriter()) }
    #expect(try Folder.status(of: bench.folder + "/out") == nil)
  }

  @Test func recoveryKeepsWhatWasExported() throws {
    let bench = try Workbench()
    func exported() throws -> Digest {
      // Recovery needs the registry for itself: this one is gone then.
      let registry = try bench.makeRegistry()
      try registry.commit(try bench.write("a.h5", tensors: tensors), lengths: lengths)
      var order = try order()
      order.target = .path(bench.folder + "/out")
      return try registry.export(order, with: StripingWriter()).files[0].digest
    }
    let digest = try exported()
    try Folder.remove(bench.folder + "/.registry/catalog.sqlite3")
    _ = try Registry.recover(at: bench.folder, now: bench.time)
    let exports = try bench.open().show(Reference(parsing: "v1")).exports
    #expect(exports.first?.digest == digest)
  }

  @Test func aVariableIsLentByItsPath() throws {
    try registry.withTensor("layer3/kernel", of: Reference(parsing: "v1")) { slot, bytes in
      #expect(Array(bytes) == tensors[3])
      #expect(slot.shape == Shape([500]))
    }
    #expect(
      throws: RegistryError.noSuchVariable(
        "kernel", version: "m@v1",
        near: ["layer0/kernel", "layer1/kernel", "layer2/kernel", "layer3/kernel"])
    ) {
      try registry.withTensor("kernel", of: Reference(parsing: "v1")) { _, _ in }
    }
  }
}
