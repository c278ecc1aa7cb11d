import Catalog
import Digests
import Files
import Glibc
import ModelRegistry
import Tensors
import Testing

@Suite struct CommitTests {
  private let bench: Workbench
  private let registry: Registry
  private let lengths = [10, 200_000, 0, 500]

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
  }

  private func tensors(_ seed: UInt64) -> [[UInt8]] {
    lengths.enumerated().map { noise($1, seed: seed + UInt64($0)) }
  }

  @Test func aCheckoutIsTheFileThatWasCommitted() throws {
    let path = try bench.write("a.h5", tensors: tensors(1))
    try registry.commit(path, lengths: lengths)
    let report = try registry.checkout(
      Reference(parsing: "v1"), to: bench.folder + "/back.h5", replacing: false)
    #expect(try bench.bytes(report.path) == bench.bytes(path))
  }

  @Test func onlyWhatChangedIsNew() throws {
    try registry.commit(try bench.write("a.h5", tensors: tensors(1)), lengths: lengths)
    var changed = tensors(1)
    changed[3] = noise(500, seed: 99)
    let second = try registry.commit(
      try bench.write("a.h5", tensors: changed), lengths: lengths)
    #expect(second.version.number == 2)
    #expect(second.version.newTensorCount == 1)
    #expect(second.version.changedCount == 1)
    #expect(second.version.newBytes < 5000)
  }

  @Test func whatTheParentIsAlreadyIsNotAddedAgainUnlessAsked() throws {
    let path = try bench.write("a.h5", tensors: tensors(1))
    try registry.commit(path, lengths: lengths)
    #expect(try registry.commit(path, lengths: lengths).isUnchanged)
    #expect(try registry.log(model: nil, limit: nil).count == 1)
    let again = try registry.commit(path, lengths: lengths) { $0.allowUnchanged = true }
    #expect(!again.isUnchanged)
    #expect(again.version.number == 2)
    #expect(again.version.newTensorCount == 0)
  }

  @Test func whatAnOlderVersionHadIsNotStoredAgain() throws {
    for seed: UInt64 in [1, 20] {
      try registry.commit(
        try bench.write("a.h5", tensors: tensors(seed)), lengths: lengths)
    }
    let path = try bench.write("a.h5", tensors: tensors(1))
    let third = try registry.commit(path, lengths: lengths)
    #expect(third.version.newTensorCount == 0)
    #expect(third.version.newBytes < 5000)
    #expect(third.sameWeights?.label == "m@v1")
    #expect(try registry.verify(.full).isClean)
    let report = try registry.checkout(
      Reference(parsing: "v3"), to: bench.folder + "/back.h5", replacing: false)
    #expect(try bench.bytes(report.path) == bench.bytes(path))
  }

  @Test func theSameWeightsInAnotherFileAreRecognised() throws {
    try registry.commit(try bench.write("a.h5", tensors: tensors(1)), lengths: lengths)
    let other = try registry.commit(
      try bench.write("b.h5", tensors: tensors(1), filler: 0x11), lengths: lengths, model: "other")
    #expect(other.version.newTensorCount == 0)
    #expect(other.sameWeights?.label == "m@v1")
  }

  @Test func aFileThatChangesWhileItIsReadIsNotCommitted() throws {
    let path = try bench.write("a.h5", tensors: tensors(1))
    let reader = StripedReader(lengths: lengths) { path in
      let file = try OpenFile(path, flags: O_WRONLY)
      try file.write([1, 2, 3])
    }
    #expect(throws: RegistryError.sourceChanged(path: path)) {
      try registry.commit(CommitRequest(path: path), reading: reader)
    }
    #expect(try registry.log(model: nil, limit: nil).count == 0)
    #expect(try registry.verify(.full).isClean)
  }

  @Test func aFileThatIsCutWhileItIsReadIsNotCommitted() throws {
    let path = try bench.write("a.h5", tensors: tensors(1))
    let reader = StripedReader(lengths: lengths) { path in
      try OpenFile(path, flags: O_WRONLY).truncate(to: 100)
    }
    #expect(throws: RegistryError.sourceChanged(path: path)) {
      try registry.commit(CommitRequest(path: path), reading: reader)
    }
  }

  @Test func parentsAreTheLatestUnlessNamed() throws {
    try registry.commit(try bench.write("a.h5", tensors: tensors(1)), lengths: lengths)
    try registry.commit(try bench.write("a.h5", tensors: tensors(10)), lengths: lengths)
    let first = try Reference(parsing: "v1")
    try registry.commit(try bench.write("a.h5", tensors: tensors(20)), lengths: lengths) {
      $0.parents = [first]
      $0.relation = .finetuned
    }
    let log = try registry.log(model: "m", limit: nil)
    #expect(log.map { $0.parents.first?.version?.number } == [1, 1, nil])
    #expect(log[0].parents[0].edge.relation == .finetuned)
  }

  @Test func metricsMustBeNumbersAndNamesMustBeNames() throws {
    let path = try bench.write("a.h5", tensors: tensors(1))
    #expect(throws: RegistryError.metricNotANumber(name: "loss", value: "low")) {
      try registry.commit(path, lengths: lengths) { $0.metrics = ["loss": "low"] }
    }
    for name in [
      "v3", "latest", "../x", "a b", "", "-rf", "a\u{1B}[0m", String(repeating: "a", count: 256),
    ] {
      #expect(throws: RegistryError.invalidName(name, kind: .model)) {
        try registry.commit(path, lengths: lengths, model: name)
      }
    }
  }

  @Test func theTargetOfACheckoutIsNotOverwrittenUnlessAsked() throws {
    let path = try bench.write("a.h5", tensors: tensors(1))
    try registry.commit(path, lengths: lengths)
    let other = try bench.write("other.h5", tensors: [[1]])
    let reference = try Reference(parsing: "latest")
    #expect(throws: RegistryError.targetExists(path: other)) {
      try registry.checkout(reference, to: other, replacing: false)
    }
    _ = try registry.checkout(reference, to: other, replacing: true)
    #expect(try bench.bytes(other) == bench.bytes(path))
    #expect(try Folder.names(in: bench.folder).filter { $0.contains("registry-") }.isEmpty)
  }
}

@Suite struct ReferenceTests {
  @Test func everySpellingMeansItsVersion() throws {
    let bench = try Workbench()
    let registry = try bench.makeRegistry()
    for seed in 1...3 {
      try registry.commit(
        try bench.write("a.h5", tensors: [noise(9, seed: UInt64(seed))]), lengths: [9], model: "a")
    }
    try registry.commit(
      try bench.write("b.h5", tensors: [noise(9, seed: 50)]), lengths: [9], model: "b")
    let first = try registry.entry(Reference(parsing: "a@v1")).version
    _ = try registry.setAlias("best", to: Reference(parsing: "a@v2"))
    let spellings = [
      "a@v1": "a@v1", "a@latest": "a@v3", "a": "a@v3", "latest": "b@v1", "v1": "b@v1",
      "a@best": "a@v2", "a@best~1": "a@v1", "a@v3~2": "a@v1", "a@v3~": "a@v2", "a@v3~~": "a@v1",
      String(first.id.hex.prefix(8)): "a@v1", "a@" + first.id.hex: "a@v1",
    ]
    for (text, label) in spellings {
      #expect(try registry.entry(Reference(parsing: text)).version.label == label, "\(text)")
    }
    for text in ["a@v9", "c", "a@v1~1", "c@v1", "0000000000"] {
      #expect(throws: RegistryError.self, "\(text)") {
        try registry.entry(Reference(parsing: text))
      }
    }
    for text in ["", "@", "a@", "@v1", "a@b@c", "v1~x"] {
      #expect(throws: RegistryError.malformedReference(text)) { try Reference(parsing: text) }
    }
  }
}
