import Catalog
import ContentStore
import Digests
import Files
import Glibc
import ModelRegistry
import Tensors
import Testing

/// Series of versions whose tensors are near each other, and how they are kept.
@Suite struct PackingTests {
  private let bench: Workbench
  private let registry: Registry
  private let atOnce = GarbagePolicy(grace: 0, retention: 0)
  /// One tensor in a file of its own or coded in chunks, one that is small.
  private let counts = [34_000, 500]

  init() throws {
    bench = try Workbench()
    registry = try bench.makeRegistry()
  }

  /// Floats as after so many steps of training: each step moves them by little.
  private func floats(_ count: Int, step: Int) -> [UInt8] {
    let start = noise(4 * count, seed: 1)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * count)
    for index in 0..<count {
      let word = start[(4 * index)..<(4 * index + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      let weight = Float(Int32(bitPattern: word)) / 0x1p33
      let drift = Float((index &* 7919 &+ step) % 23 - 11) * 0x1p-16 * Float(step)
      withUnsafeBytes(of: (weight + drift).bitPattern.littleEndian) { bytes += $0 }
    }
    return bytes
  }

  private func file(_ step: Int) throws -> String {
    try bench.write("epoch-\(step).h5", tensors: counts.map { floats($0, step: step) })
  }

  @discardableResult
  private func commit(_ step: Int, codec: Codec? = nil) throws -> CommitReport {
    var request = CommitRequest(path: try file(step))
    request.model = "m"
    request.codec = codec
    return try registry.commit(
      request, reading: StripedReader(lengths: counts.map { 4 * $0 }, dtype: .float32))
  }

  private func requireAll(_ steps: some Sequence<Int>, in registry: Registry) throws {
    for step in steps {
      let back = bench.folder + "/back-\(step)"
      _ = try registry.checkout(Reference(parsing: "m@v\(step)"), to: back, replacing: true)
      #expect(try bench.bytes(back) == bench.bytes(bench.folder + "/epoch-\(step).h5"))
    }
    #expect(try registry.verify(.full).isClean)
  }

  private func usage(of kind: CodingKind) throws -> CodingUsage? {
    try registry.usage(model: nil, limit: nil).codings.first { $0.kind == kind }
  }

  @Test func aSeriesIsCodedAgainstWhatCameBefore() throws {
    for step in 1...12 { try commit(step) }
    let deltas = try #require(try usage(of: .delta))
    #expect(deltas.blobCount >= 22)
    #expect(deltas.storedBytes * 10 < deltas.rawBytes * 7)
    try requireAll(1...12, in: registry)
  }

  @Test func noChainIsLong() throws {
    for step in 1...34 { try commit(step) }
    let catalog = try Catalog(path: registry.path + "/catalog.sqlite3", creating: false)
    let depths = try catalog.read { try $0.storedBlobs() }.map(\.record.chain.count)
    // 26 is 222 to the base 3: six bases.
    #expect(depths.max() == 7)
  }

  @Test func rawKeepsFilesThatShowTheirName() throws {
    try commit(1, codec: .raw)
    let tensor = Digest(of: floats(counts[0], step: 1))
    let path = "\(registry.path)/blobs/sha256/\(tensor.hex.prefix(2))/\(tensor.hex)"
    #expect(try Digest(of: bench.bytes(path)) == tensor)
    #expect(try usage(of: .alone) == nil)
  }

  @Test func theRegistryRemembersHowItIsSet() throws {
    #expect(try registry.settings().codec == .auto)
    var settings = Settings()
    settings.codec = .raw
    try registry.set(settings)
    #expect(try bench.open().settings().codec == .raw)
    try commit(1)
    #expect(try usage(of: .alone) == nil)
    let path = registry.path + "/settings"
    try Folder.remove(path)
    try OpenFile.creating(path, mode: 0o644).write(Array(#"{"codec":"raw","new":"1"}"#.utf8))
    #expect(throws: RegistryError.settingsUnreadable(path: path)) { try registry.settings() }
  }

  @Test func packingMakesRawVersionsSmallAndLeavesTheLatest() throws {
    for step in 1...9 { try commit(step, codec: .raw) }
    let latest = Digest(of: floats(counts[0], step: 9))
    let plan = try registry.planPacking()
    let report = try #require(try registry.pack())
    #expect(report.codedCount == plan.blobCount)
    #expect(report.newByteCount * 10 < report.oldByteCount * 8)
    #expect(report.diskBytesAfter < report.diskBytesBefore)
    #expect(report.damaged.isEmpty)
    let store = try BlobStore(opening: StorePaths(root: registry.path))
    #expect(try store.contents().loose == [latest])
    try requireAll(1...9, in: registry)
    let again = try #require(try registry.pack())
    #expect(again.codedCount == 0)
    #expect(try #require(try registry.pack(includingHot: true)).codedCount > 0)
    try requireAll(1...9, in: registry)
  }

  @Test func smallPacksAreGathered() throws {
    for step in 1...20 { try commit(step) }
    let store = try BlobStore(opening: StorePaths(root: registry.path))
    #expect(try store.contents().packs.count >= 20)
    let report = try #require(try registry.pack())
    #expect(report.gatheredPackCount >= 20)
    // A pack for small blobs, and one for each thread that writes large ones.
    #expect(try store.contents().packs.count < 20)
    try requireAll(1...20, in: registry)
  }

  @Test func collectingFreesBasesThatOnlyHoldOthersUp() throws {
    for step in 1...4 { try commit(step) }
    for number in 1...3 { _ = try registry.remove(Reference(parsing: "m@v\(number)")) }
    let plan = try registry.planGarbage(atOnce)
    let report = try #require(try registry.collectGarbage(atOnce))
    #expect(report.rebasedCount > 0)
    #expect(report.plan.blobs.count == plan.blobs.count)
    #expect(try usage(of: .delta) == nil)
    try requireAll([4], in: registry)
  }

  @Test func aBaseThatManyNeedStays() throws {
    for step in 1...8 { try commit(step) }
    _ = try registry.remove(Reference(parsing: "m@v1"))
    let report = try #require(try registry.collectGarbage(atOnce))
    #expect(report.rebasedCount == 0)
    try requireAll(2...8, in: registry)
  }

  @Test func theCatalogIsMadeAnewFromFooters() throws {
    for step in 1...6 { try commit(step) }
    _ = try #require(try registry.pack(includingHot: true))
    let copy = try Workbench()
    let path = copy.folder + "/.registry"
    #expect(system("cp -r \(registry.path) \(path)") == 0)
    try Folder.remove(path + "/catalog.sqlite3")
    let report = try Registry.recover(at: copy.folder)
    #expect(report.versions.count == 6)
    #expect(report.incomplete.isEmpty)
    try requireAll(1...6, in: try copy.open())
  }

  @Test func damageHitsTheVersionsThatNeedItAndNoOthers() throws {
    for step in 1...4 { try commit(step) }
    // v3's tensor is coded against v2's or v1's; nothing is coded against v4's.
    try damage(floats(counts[0], step: 4))
    let report = try registry.verify(.full)
    #expect(Set(report.damage.flatMap(\.versions).map(\.number)) == [4])
    try damage(floats(counts[0], step: 1))
    let more = try registry.verify(.full)
    #expect(Set(more.damage.flatMap(\.versions).map(\.number)) == [1, 2, 3, 4])
    #expect(more.damage.allSatisfy { $0.versions.count == 1 })
    // What is damaged is put again by a commit of the same file, and mends what needs it.
    for step in [1, 2, 3, 4] { try commit(step) }
    #expect(try registry.verify(.full).isClean)
    try requireAll(1...4, in: registry)
  }

  @Test func aRecoveryTakesTheFormThatIsWhole() throws {
    // Damaged in a file of its own, which an inventory finds first, and put again in a pack.
    try commit(1, codec: .raw)
    let tensor = Digest(of: floats(counts[0], step: 1))
    try flip(
      "\(registry.path)/blobs/sha256/\(tensor.hex.prefix(2))/\(tensor.hex)", at: 1000)
    #expect(try !registry.verify(.full).isClean)
    #expect(try commit(1).mendedCount == 1)
    let copy = try Workbench()
    #expect(system("cp -r \(registry.path) \(copy.folder)/.registry") == 0)
    #expect(try Registry.recover(at: copy.folder).incomplete.isEmpty)
    let recovered = try copy.open()
    _ = try recovered.collectGarbage(atOnce)
    try requireAll([1], in: recovered)
  }

  @Test func packingTwiceDoesNothingMore() throws {
    // Biases that are hardly smaller when they are coded.
    for step in 1...12 {
      let path = try bench.write("small-\(step).h5", tensors: [floats(175, step: step)])
      var request = CommitRequest(path: path)
      request.model = "small"
      _ = try registry.commit(request, reading: StripedReader(lengths: [700], dtype: .float32))
    }
    _ = try registry.pack(includingHot: true)
    let packs = try BlobStore(opening: StorePaths(root: registry.path)).contents().packs
    let report = try #require(try registry.pack(includingHot: true))
    #expect(report.codedCount == 0)
    #expect(report.gatheredPackCount == 0)
    #expect(try BlobStore(opening: StorePaths(root: registry.path)).contents().packs == packs)
  }

  @Test func packingLeavesWhatTheLatestIsCodedAgainst() throws {
    try commit(1)
    try commit(2, codec: .raw)
    try commit(3)
    let catalog = try Catalog(path: registry.path + "/catalog.sqlite3", creating: false)
    func chain() throws -> [Digest] {
      let latest = Digest(of: floats(counts[0], step: 3))
      return try #require(try catalog.read { try $0.blob(latest) }).chain.map(\.digest)
    }
    let before = try chain()
    _ = try registry.pack()
    #expect(try chain() == before)
  }

  /// Changes a byte of a tensor in its pack.
  private func damage(_ tensor: [UInt8]) throws {
    let catalog = try Catalog(path: registry.path + "/catalog.sqlite3", creating: false)
    let record = try #require(try catalog.read { try $0.blob(Digest(of: tensor)) })
    let place = try #require(record.pack)
    try flip(
      "\(registry.path)/packs/\(place.name).pack", at: place.offset + record.storedByteCount / 2)
  }

  private func flip(_ path: String, at offset: UInt64) throws {
    #expect(chmod(path, 0o644) == 0)
    let file = try OpenFile(path, flags: O_RDWR)
    let old = try file.bytes(at: offset, count: 1)
    let target = FileTarget(file)
    try [old[0] ^ 0x55].withUnsafeBytes { try target.write($0, at: offset) }
  }
}
