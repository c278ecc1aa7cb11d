import Catalog
import Files
import Foundation
import Glibc
import ModelRegistry
import Tensors
import Testing

/// Folders, checkpoints and files with shards: what comes in comes back, and what cannot come back
/// anywhere does not come in.
@Suite struct SourceKinds {
  /// Takes the first bytes of every file that has enough for a tensor.
  struct FirstBytesReader: ModelReader {
    var files: Set<Int>?
    var checksums: [Checksum] = []

    func read(
      _ source: OpenSource, in context: ReadingContext, spool: Int32
    ) throws -> ModelSnapshot {
      var snapshot = ModelSnapshot(format: .savedModel, files: files, checksums: checksums)
      for (place, file) in source.files.enumerated()
      where file.byteCount >= 8 && files?.contains(place) != false {
        let extent = try #require(ByteExtent(offset: 4, length: file.byteCount - 4))
        snapshot.variables.append(
          Variable(
            path: "\(file.name)/tensor", containerPath: file.name, role: .weight, dtype: .uint8,
            shape: try #require(Shape([Int(extent.length)])), bytes: .source(file: place, extent)))
      }
      return snapshot
    }
  }

  private let bench: Workbench
  private let registry: Registry

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
  }

  private func fill(_ files: [String: [UInt8]], folders: [String] = [], in root: String) throws {
    for folder in folders { try Folder.createWithParents("\(root)/\(folder)") }
    for (name, bytes) in files {
      let path = "\(root)/\(name)"
      let folder = try #require(path.lastIndex(of: "/").map { String(path[..<$0]) })
      try Folder.createWithParents(folder)
      try OpenFile.creating(path, mode: 0o644).write(bytes)
    }
  }

  private func commit(_ path: String, _ reader: FirstBytesReader = .init()) throws -> CommitReport {
    var request = CommitRequest(path: path)
    request.model = "m"
    return try registry.commit(request, reading: reader)
  }

  private func tree(_ root: String) throws -> [String: [UInt8]?] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: root)
    return Dictionary(
      uniqueKeysWithValues: try names.map { name in
        let path = "\(root)/\(name)"
        let isFolder = try Folder.status(of: path)?.isDirectory == true
        return (name, isFolder ? nil : try bench.bytes(path))
      })
  }

  private static let savedModel: [String: [UInt8]] = [
    "saved_model.pb": noise(100, seed: 1), "variables/variables.index": noise(60, seed: 2),
    "variables/variables.data-00000-of-00001": noise(200_000, seed: 3), "empty": [],
    "notes of mine, [1].txt": Array("x".utf8),
  ]

  @Test func aFolderComesBackWithAllThatIsInIt() throws {
    let source = bench.folder + "/r [0.1, 2],"
    try fill(Self.savedModel, folders: ["assets", "assets.extra/deep"], in: source)
    let report = try commit(source + "/")
    #expect(report.version.sourceName == "r [0.1, 2],")
    #expect(report.byteCount == Self.savedModel.values.reduce(0) { $0 + UInt64($1.count) })
    let back = bench.folder + "/back"
    let written = try registry.checkout(Reference(parsing: "v1"), to: back, replacing: false)
    #expect(written.path == back && written.files.count == 5)
    #expect(try tree(back) == tree(source))
    #expect(try commit(source).isUnchanged)
    #expect(try registry.verify(.full).isClean)
  }

  @Test func aFolderInTheWayIsReplacedOnlyWhenThatIsAskedFor() throws {
    let source = bench.folder + "/model"
    try fill(Self.savedModel, in: source)
    _ = try commit(source)
    let version = try Reference(parsing: "v1")
    let target = bench.folder + "/elsewhere"
    try fill(["model/old": [1]], in: target)
    let taken = RegistryError.targetExists(path: target + "/model")
    #expect(throws: taken) { try registry.checkout(version, to: target, replacing: false) }
    #expect(try tree(target + "/model") == ["old": [1]])
    _ = try registry.checkout(version, to: target, replacing: true)
    #expect(try tree(target + "/model") == tree(source))
    #expect(try Folder.names(in: target) == ["model"])
  }

  @Test func aRegistryIsNeverReplacedNorWrittenInto() throws {
    let source = bench.folder + "/m"
    try fill(Self.savedModel, in: source)
    _ = try commit(source)
    let version = try Reference(parsing: "v1")
    let outer = bench.folder + "/outer"
    try fill(["m/notes": [1]], in: outer)
    _ = try Registry.create(in: outer + "/m/deep")
    for (target, made) in [
      (outer, outer + "/m"), (registry.path + "/blobs", registry.path + "/blobs/m"),
    ] {
      #expect(throws: RegistryError.targetHoldsRegistry(path: made)) {
        try registry.checkout(version, to: target, replacing: true)
      }
    }
    #expect(try bench.bytes(outer + "/m/notes") == [1])
    #expect(try registry.verify(.full).isClean)
  }

  @Test func aFolderThatChangesMeanwhileIsRefused() throws {
    struct MeddlingReader: ModelReader {
      let meddle: @Sendable () throws -> Void
      func read(
        _ source: OpenSource, in context: ReadingContext, spool: Int32
      ) throws -> ModelSnapshot {
        try meddle()
        return ModelSnapshot(format: .savedModel)
      }
    }
    let source = bench.folder + "/m"
    try fill(Self.savedModel, in: source)
    var request = CommitRequest(path: source)
    request.model = "m"
    let graph = source + "/saved_model.pb"
    let changes: [@Sendable () throws -> Void] = [
      { try OpenFile.creating(source + "/new", mode: 0o644).write([1]) },
      { try Folder.remove(source + "/new") },
      {
        try OpenFile.creating(source + ".other", mode: 0o644).write(noise(100, seed: 1))
        try Folder.rename(source + ".other", to: graph)
      },
    ]
    for change in changes {
      #expect {
        try registry.commit(request, reading: MeddlingReader(meddle: change))
      } throws: { error in
        if case RegistryError.sourceChanged = error { true } else { false }
      }
    }
    #expect(try registry.models().isEmpty)
  }

  @Test func whatAKilledCheckoutLeftIsRemovedLater() throws {
    let source = bench.folder + "/m"
    try fill(Self.savedModel, in: source)
    _ = try commit(source)
    let out = bench.folder + "/out"
    let left = out + "/.registry-0123456789abcdef0123456789abcdef"
    try fill(
      [".registry-0123456789abcdef0123456789abcdef/half": [1], ".registry-mine": [2]], in: out)
    var times = [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)]
    #expect(utimes(left, &times) == 0)
    _ = try registry.checkout(Reference(parsing: "v1"), to: out, replacing: false)
    #expect(try Folder.names(in: out) == [".registry-mine", "m"])
  }

  @Test func aCheckpointIsTheFilesOfItsPrefixAndTakesTheNameItIsGiven() throws {
    let files = [
      "ck-1.index": noise(50, seed: 1), "ck-1.data-00000-of-00002": noise(90, seed: 2),
      "ck-1.data-00001-of-00002": noise(91, seed: 3), "ck-1.meta": noise(9, seed: 4),
    ]
    let others = ["ck-10.index": noise(50, seed: 5), "checkpoint": noise(9, seed: 6)]
    try fill(files.merging(others) { first, _ in first }, in: bench.folder + "/training")
    let report = try commit(bench.folder + "/training/ck-1")
    #expect(report.version.tensorCount == 4)
    let target = bench.folder + "/out/best"
    try Folder.create(bench.folder + "/out")
    _ = try registry.checkout(Reference(parsing: "v1"), to: target, replacing: false)
    let expected = files.map { ($0.key.replacing("ck-1", with: "best"), Optional($0.value)) }
    #expect(try tree(bench.folder + "/out") == Dictionary(uniqueKeysWithValues: expected))
    let folder = bench.folder + "/named"
    try Folder.create(folder)
    _ = try registry.checkout(Reference(parsing: "v1"), to: folder, replacing: false)
    #expect(try tree(folder) == files.mapValues { $0 })
  }

  @Test func aPrefixThatIsAlsoAFileIsTheCheckpointWhenItIsCalledSo() throws {
    let folder = bench.folder + "/epoch_0"
    try fill(
      [
        "checkpoint": noise(9, seed: 1), "checkpoint.index": noise(40, seed: 2),
        "checkpoint.data-00000-of-00001": noise(80, seed: 3),
      ], in: folder)
    _ = try commit(folder + "/checkpoint")
    let manifest = try registry.show(Reference(parsing: "v1")).manifest
    #expect(manifest.kind == .checkpoint)
    #expect(
      manifest.files.map(\.name) == ["checkpoint.data-00000-of-00001", "checkpoint.index"])
  }

  @Test func onlyTheShardsThatTheReaderNamesBelongToAnIndex() throws {
    let files = [
      "a.weights.json": noise(30, seed: 1), "a_00000.weights.h5": noise(40, seed: 2),
      "b.h5": noise(50, seed: 3),
    ]
    try fill(files, in: bench.folder + "/shards")
    let report = try commit(
      bench.folder + "/shards/a.weights.json", FirstBytesReader(files: [0, 1]))
    #expect(report.byteCount == 70)
    let back = bench.folder + "/back"
    try Folder.create(back)
    _ = try registry.checkout(
      Reference(parsing: "v1"), to: back + "/new.weights.json", replacing: false)
    #expect(
      try tree(back) == [
        "new.weights.json": files["a.weights.json"],
        "a_00000.weights.h5": files["a_00000.weights.h5"],
      ])
  }

  @Test func bytesThatDoNotFitTheirChecksumAreRefused() throws {
    let bytes = Array("....123456789".utf8)
    try fill(["model/data": bytes], in: bench.folder)
    // The check values that the two algorithms are published with.
    let extent = try #require(ByteExtent(offset: 4, length: 9))
    func checksum(_ algorithm: Checksum.Algorithm, _ value: UInt32) -> FirstBytesReader {
      FirstBytesReader(checksums: [
        Checksum(algorithm: algorithm, value: value, file: 0, extent: extent, name: "kernel")
      ])
    }
    let path = bench.folder + "/model"
    for (algorithm, value) in [(Checksum.Algorithm.crc32, 0xCBF4_3926), (.crc32c, 0xE306_9283)] {
      let damaged = RegistryError.sourceDamaged(
        path: path, file: "data", part: "kernel", algorithm)
      #expect(throws: damaged) { try commit(path, checksum(algorithm, UInt32(value) ^ 1)) }
      _ = try commit(path, checksum(algorithm, UInt32(value)))
    }
    #expect(try registry.log(model: "m", limit: nil).count == 1)
  }

  @Test func whatCouldNotComeBackEverywhereIsRefused() throws {
    let folder = bench.folder + "/model"
    func refused(_ path: String, _ defect: SourceDefect) {
      #expect(throws: RegistryError.sourceUnsafe(path: path, defect)) { try commit(folder) }
    }
    try fill(["saved_model.pb": noise(20, seed: 1)], in: folder)
    #expect(symlink("/etc/hostname", folder + "/link") == 0)
    refused(folder + "/link", .notAFile)
    try Folder.remove(folder + "/link")
    #expect(mkfifo(folder + "/pipe", 0o644) == 0)
    refused(folder + "/pipe", .notAFile)
    try Folder.remove(folder + "/pipe")
    try fill(["Notes": [1], "notes": [2]], in: folder)
    refused(folder + "/notes", .badName(.twin))
    try Folder.remove(folder + "/Notes")
    try fill(["bell\u{7}": [1]], in: folder)
    refused(folder + "/bell\u{7}", .badName(.control))
    try Folder.remove(folder + "/bell\u{7}")
    try fill(["back\\slash": [1]], in: folder)
    refused(folder + "/back\\slash", .badName(.separator))
    try Folder.remove(folder + "/back\\slash")
    _ = try Registry.create(in: folder + "/inner")
    refused(folder + "/inner/.registry", .registry)
    try Folder.removeTree(folder + "/inner")
    let holes = try OpenFile.creating(folder + "/holes", mode: 0o644)
    try holes.truncate(to: 5 << 30)
    refused(folder + "/holes", .holes)
    try Folder.remove(folder + "/holes")
    _ = try commit(folder)
  }

  @Test func anyBytesAreStoredWhenNothingIsToBeReadInThem() throws {
    try fill(["thing.bin": noise(300, seed: 9)], in: bench.folder)
    var request = CommitRequest(path: bench.folder + "/thing.bin")
    request.isOpaque = true
    request.model = "m"
    let report = try registry.commit(request, reading: FirstBytesReader())
    #expect(report.version.format == "opaque" && report.version.tensorCount == 0)
    let back = bench.folder + "/back"
    _ = try registry.checkout(Reference(parsing: "v1"), to: back, replacing: false)
    #expect(try bench.bytes(back) == noise(300, seed: 9))
    try fill(["other.bin": noise(300, seed: 10)], in: bench.folder)
    request.path = bench.folder + "/other.bin"
    #expect(try registry.commit(request, reading: FirstBytesReader()).sameWeights == nil)
  }

  @Test func findingsThatCarryCodeAreRefusedWhenTheyAreDenied() throws {
    struct FindingReader: ModelReader {
      let kind: Finding.Kind
      func read(
        _ source: OpenSource, in context: ReadingContext, spool: Int32
      ) throws -> ModelSnapshot {
        ModelSnapshot(
          format: .kerasHDF5, findings: [Finding(kind: kind, location: "l", detail: "d")])
      }
    }
    try fill(["a.h5": noise(30, seed: 1)], in: bench.folder)
    var request = CommitRequest(path: bench.folder + "/a.h5")
    request.denyFindings = true
    let denied = RegistryError.findingsDenied(
      path: request.path, [Finding(kind: .pickle, location: "l", detail: "d")])
    #expect(throws: denied) { try registry.commit(request, reading: FindingReader(kind: .pickle)) }
    #expect(try registry.models().isEmpty)
    _ = try registry.commit(request, reading: FindingReader(kind: .untiedOptimizer))
  }
}
