import Catalog
import Digests
import Files
import Glibc
import ModelRegistry
import StrictJSON
import Synchronization
import Tensors
import Testing

/// Writes a folder as a SavedModel's writer does: the file that it is known by last.
private struct FolderWriter: PlainWriter {
  var marker: UInt8 = 0x5A

  func expected(of request: ExportRequest, _ model: RecordedModel) throws -> ExpectedExport {
    ExpectedExport(generation: .keras2, notes: [])
  }

  func export(
    _ request: ExportRequest, of model: RecordedModel, checksum: TensorChecksum
  ) throws -> ExportedModel {
    var data = FileLayout()
    for (ordinal, variable) in model.variables.enumerated() {
      data.append(
        try #require(
          TensorToWrite(
            name: variable.path, dtype: variable.dtype, shape: variable.shape,
            content: .stored(ordinal))))
    }
    var program = FileLayout()
    program.append([marker] + Array("\(request.name) \(request.signature)".utf8))
    return ExportedModel(
      files: [
        .init(place: .inside("variables/variables.data-00000-of-00001"), layout: data),
        .init(place: .inside("saved_model.pb"), layout: program),
      ], generation: .keras2, notes: [])
  }
}

@Suite struct FolderExportTests {
  private let bench: Workbench
  private let registry: Registry
  private let lengths = [10, 300_000, 0, 500]
  private let tensors: [[UInt8]]

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
    tensors = lengths.enumerated().map { noise($1, seed: UInt64($0)) }
    try registry.commit(try bench.write("a.h5", tensors: tensors), lengths: lengths)
    try Folder.create(bench.folder + "/out")
  }

  private func order(_ target: CheckoutTarget? = nil) throws -> ExportOrder {
    var order = ExportOrder(
      try Reference(parsing: "v1"), ExportRequest(format: .savedModel))
    order.target = target ?? .path(bench.folder + "/out/")
    return order
  }

  private func names(_ folder: String) throws -> [String] {
    try Folder.names(in: bench.folder + folder)
  }

  private func damage() throws {
    let blob = try registry.show(Reference(parsing: "v1")).variables[1].blob
    let path = "\(registry.path)/blobs/sha256/\(blob.digest.hex.prefix(2))/\(blob.digest.hex)"
    #expect(chmod(path, 0o644) == 0)
    try OpenFile(path, flags: O_WRONLY).write([1, 2, 3])
  }

  @Test func theFolderHasTheFilesAndSaysWhichVersionItIs() throws {
    let report = try registry.export(order(), with: FolderWriter())
    #expect(report.path == bench.folder + "/out/a.savedmodel")
    #expect(!report.wasThere)
    #expect(
      report.files.map(\.name) == [
        "variables/variables.data-00000-of-00001", "saved_model.pb", "assets.extra/registry.json",
      ])
    for file in report.files {
      #expect(try Digest(of: bench.bytes(file.path)) == file.digest)
      #expect(file.path == "\(report.path)/\(file.name)")
    }
    #expect(try bench.bytes(report.files[0].path) == tensors.flatMap { $0 })
    #expect(
      try bench.bytes(report.files[1].path)
        == [0x5A] + Array("a.savedmodel serving_default".utf8))
    #expect(try names("/out") == ["a.savedmodel"])
  }

  @Test func theOriginHasTheLineageAndNoTime() throws {
    try registry.commit(
      bench.write("b.h5", tensors: tensors.reversed()), lengths: lengths.reversed()
    ) { $0.relation = .finetuned }
    var order = try order()
    order.reference = try Reference(parsing: "v2")
    let report = try registry.export(order, with: FolderWriter())
    let text = try bench.bytes(report.path + "/assets.extra/registry.json")
    let json = try JSONValue(parsing: text)
    let parent = try registry.entry(Reference(parsing: "v1")).version
    let version = try registry.entry(Reference(parsing: "v2")).version
    let expected: JSONValue = [
      "model": "m", "version": 2, "id": .string(version.id.hex),
      "weights_id": .string(version.weightsID.hex),
      "parents": [["id": .string(parent.id.hex), "relation": "finetuned"]],
    ]
    #expect(json == expected)
  }

  @Test func foldersAboveAreMade() throws {
    let path = bench.folder + "/out/serving/m/3"
    #expect(try registry.export(order(.path(path)), with: FolderWriter()).path == path)
    #expect(try names("/out/serving/m") == ["3"])
  }

  @Test func aSavedModelThatIsThereIsNoPlaceForAnother() throws {
    let path = bench.folder + "/out/served"
    var order = try order(.path(path))
    let first = try registry.export(order, with: FolderWriter())
    #expect(throws: RegistryError.self) {
      try registry.export(order, with: FolderWriter(marker: 1))
    }
    order.replacing = true
    #expect(try registry.export(order, with: FolderWriter(marker: 1)).path == path)
    #expect(try bench.bytes(first.files[1].path).first == 1)
    #expect(Set(try names("/out/served")) == ["assets.extra", "saved_model.pb", "variables"])
  }

  @Test func everyFileIsRecordedByItsPath() throws {
    var order = try order()
    order.request.signature = "predict"
    order.request.batch = 8
    let report = try registry.export(order, with: FolderWriter())
    let exports = try registry.show(Reference(parsing: "v1")).exports
    let title = "savedmodel keras2 signature=predict batch=8 "
    #expect(Set(exports.map(\.name)) == Set(report.files.map { title + $0.name }))
    order.target = .path(bench.folder + "/other")
    let again = try registry.export(order, with: FolderWriter(marker: 1))
    #expect(again.files.map { $0.before != nil } == [false, true, false])
  }

  @Test func nothingIsUnderItsNameWhileItIsWritten() throws {
    let seen = Mutex<Set<[String]>>([])
    let bench = bench
    _ = try registry.export(order(), with: FolderWriter()) { done, total in
      #expect(done <= total)
      let names = try? Folder.names(in: bench.folder + "/out")
      seen.withLock { _ = $0.insert(names ?? []) }
    }
    let names = seen.withLock { $0 }
    #expect(names.count == 1)
    #expect(names.first?.count == 1)
    #expect(names.first?.first?.hasPrefix(".registry-") == true)
  }

  @Test func aDamagedBlobLeavesNothing() throws {
    try damage()
    #expect(throws: (any Error).self) { try registry.export(order(), with: FolderWriter()) }
    #expect(try names("/out").isEmpty)
  }

  @Test func whatIsThereStaysUnlessItMayBeReplaced() throws {
    let first = try registry.export(order(), with: FolderWriter())
    #expect(throws: RegistryError.targetExists(path: first.path)) {
      try registry.export(order(), with: FolderWriter(marker: 1))
    }
    #expect(try bench.bytes(first.path + "/saved_model.pb").first == 0x5A)
    try Folder.create(first.path + "/old")
    var replacing = try order()
    replacing.replacing = true
    _ = try registry.export(replacing, with: FolderWriter(marker: 1))
    #expect(try bench.bytes(first.path + "/saved_model.pb").first == 1)
    #expect(try names("/out") == ["a.savedmodel"])
    #expect(
      try Folder.names(in: first.path) == ["assets.extra", "saved_model.pb", "variables"])
  }

  @Test func aFailureReplacesNothing() throws {
    let first = try registry.export(order(), with: FolderWriter())
    try damage()
    var replacing = try order()
    replacing.replacing = true
    #expect(throws: (any Error).self) {
      try registry.export(replacing, with: FolderWriter(marker: 1))
    }
    #expect(try bench.bytes(first.path + "/saved_model.pb").first == 0x5A)
    #expect(try names("/out") == ["a.savedmodel"])
  }

  @Test(arguments: ["file", "link", "registry", "inside"]) func whatMayNotBeReplacedStays(
    kind: String
  ) throws {
    let target = bench.folder + "/out/a.savedmodel"
    var order = try order()
    order.replacing = true
    switch kind {
    case "file": try OpenFile.creating(target).write([1])
    case "link": #expect(symlink(bench.folder, target) == 0)
    case "registry": _ = try Registry.create(in: target + "/inner")
    default: order.target = .path(registry.path + "/new")
    }
    #expect(throws: RegistryError.self) { try registry.export(order, with: FolderWriter()) }
    #expect(try names("/out") == (kind == "inside" ? [] : ["a.savedmodel"]))
    #expect(try Folder.status(of: registry.path + "/new") == nil)
  }

  @Test func aNameThatKerasWouldMistakeIsRefused() throws {
    #expect(
      throws: RegistryError.misleadingName(
        path: bench.folder + "/out/x.keras", ending: ".keras", better: "x.savedmodel")
    ) {
      try registry.export(
        order(.path(bench.folder + "/out/x.keras")), with: FolderWriter())
    }
  }
}

extension FolderExportTests {
  private var serving: CheckoutTarget { .serving(bench.folder + "/out") }

  @Test func aServedVersionIsInItsModelsFolder() throws {
    let report = try registry.export(order(serving), with: FolderWriter())
    #expect(report.path == bench.folder + "/out/m/1")
    #expect(try names("/out") == ["m"])
    #expect(try names("/out/m") == ["1"])
  }

  @Test func theSameAgainIsFineAndOthersAreNot() throws {
    let first = try registry.export(order(serving), with: FolderWriter())
    let inode = try Folder.status(of: first.path)?.inode
    let again = try registry.export(order(serving), with: FolderWriter())
    #expect(again.wasThere)
    #expect(again.files.map(\.digest) == first.files.map(\.digest))
    #expect(try Folder.status(of: first.path)?.inode == inode)
    #expect(throws: RegistryError.targetDiffers(path: first.path)) {
      try registry.export(order(serving), with: FolderWriter(marker: 1))
    }
    try Folder.create(first.path + "/assets")
    #expect(throws: RegistryError.targetDiffers(path: first.path)) {
      try registry.export(order(serving), with: FolderWriter())
    }
    #expect(try names("/out/m") == ["1"])
    #expect(try bench.bytes(first.path + "/saved_model.pb").first == 0x5A)
  }

  @Test func aLinkInTheWayIsNoCopy() throws {
    let first = try registry.export(order(serving), with: FolderWriter())
    let program = first.path + "/saved_model.pb"
    try Folder.rename(program, to: bench.folder + "/elsewhere")
    #expect(symlink(bench.folder + "/elsewhere", program) == 0)
    #expect(throws: RegistryError.targetDiffers(path: first.path)) {
      try registry.export(order(serving), with: FolderWriter())
    }
  }

  @Test func theFolderMustBeThereAndNoRegistry() throws {
    let missing = bench.folder + "/nowhere"
    #expect(throws: RegistryError.noSuchFolder(path: missing)) {
      try registry.export(order(.serving(missing)), with: FolderWriter())
    }
    #expect(
      throws: RegistryError.targetHoldsRegistry(path: registry.path + "/packs/m/1")
    ) {
      try registry.export(order(.serving(registry.path + "/packs")), with: FolderWriter())
    }
    #expect(try Folder.status(of: registry.path + "/packs/m") == nil)
  }

  @Test func whatIsNoSavedModelIsNotServedAsItIs() throws {
    #expect(throws: RegistryError.noGraph(version: "m@v1", format: "h5")) {
      try registry.checkout(Reference(parsing: "v1"), to: serving, replacing: false)
    }
    #expect(try names("/out").isEmpty)
  }
}
