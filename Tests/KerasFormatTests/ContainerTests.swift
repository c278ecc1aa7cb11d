import HDF5Format
import KerasFormat
import Tensors
import Testing

/// One variable has one path, one role and one slot, whatever container of Keras it lies in.
@Suite struct ContainerTests {
  /// Compares by the values that Keras wrote, as the fixture has them.
  private func expectAgreement(
    _ snapshot: ModelSnapshot, with legacy: ModelSnapshot, _ fixture: ContainerFixture
  ) throws {
    let same = try fixture.same()
    var compared = 0
    for variable in snapshot.variables where variable.role != .other {
      guard let there = same[variable.containerPath].flatMap({ legacy.variable(at: $0) }) else {
        #expect(variable.shape == .scalar, "\(variable.path) is not in the .h5")
        continue
      }
      #expect(variable.path == there.path)
      #expect(variable.role == there.role)
      #expect(variable.slot == there.slot)
      compared += 1
    }
    #expect(compared > 0)
    for role in [Role.weight, .optimizer] {
      #expect(Set(snapshot.paths(of: role)) == Set(legacy.paths(of: role)))
    }
    #expect(snapshot.findings.isEmpty)
    #expect(Set(snapshot.variables.map(\.path)).count == snapshot.variables.count)
  }

  @Test(arguments: ContainerFixture.all)
  func anArchiveHasThePathsOfTheLegacyFile(_ fixture: ContainerFixture) throws {
    let archive = try fixture.archive()
    try expectAgreement(archive, with: fixture.legacy(), fixture)
    #expect(archive.format == .kerasArchive)
    #expect(archive.producers["keras"] == (fixture.name.hasPrefix("k2") ? "2.21.0" : "3.15.1"))
    #expect(archive.producers["tensorflow"] == (fixture.name.hasPrefix("k2") ? "2.21" : nil))
    let config = String(decoding: try fixture.text("config"), as: UTF8.self)
    #expect(archive.architecture?.config == config)
  }

  @Test(arguments: ContainerFixture.all)
  func bareWeightsHaveThePathsOfTheirParent(_ fixture: ContainerFixture) throws {
    let legacy = try fixture.legacy()
    let snapshot = try KerasHDF5.reading(
      of: fixture.tree("weights"), parent: KnownModel(legacy)
    ).snapshot
    try expectAgreement(snapshot, with: legacy, fixture)
    #expect(snapshot.format == .kerasWeights)
    #expect(snapshot.architecture?.origin == .parent)
    #expect(snapshot.training?.optimizer == legacy.training?.optimizer)
  }

  /// Which optimizer is in a wrapper, and how it is set, its class alone does not tell.
  @Test func anOptimizerInAWrapperIsNotGuessed() throws {
    let fixture = ContainerFixture(name: "k3-optimizer_loss_scale")
    let legacy = try KnownModel(fixture.legacy())
    let parent = KnownModel(
      format: legacy.format, architecture: legacy.architecture,
      training: TrainingConfiguration(config: nil, optimizer: legacy.optimizer),
      variables: legacy.variables)
    let snapshot = try KerasHDF5.reading(of: fixture.tree("weights"), parent: parent).snapshot
    #expect(snapshot.architecture != nil)
    #expect(snapshot.findings.map(\.kind) == [.untiedOptimizer])
  }

  @Test func shardsShareOneTree() throws {
    let fixture = ContainerFixture(name: "k3-model_nested")
    let index = try fixture.text("index")
    let shards = try fixture.shards()
    #expect(try KerasShardedWeights.shardNames(in: index) == shards.map(\.name))
    let legacy = try fixture.legacy()
    let reading = try KerasShardedWeights.reading(
      index: index, shards: shards, parent: KnownModel(legacy))
    try expectAgreement(reading.snapshot, with: legacy, fixture)
    #expect(reading.snapshot.format == .kerasShardedWeights)
    let files = Set(
      reading.snapshot.variables.compactMap { variable -> Int? in
        if case .source(let file, _) = variable.bytes { file } else { nil }
      })
    #expect(files == Set(shards.indices))
    let archive = try KerasArchive.reading(
      config: fixture.text("config"), metadata: nil, weights: shards.map(\.root))
    try expectAgreement(archive.snapshot, with: legacy, fixture)
  }

  @Test func aSecondCopyOfAWeightIsNone() throws {
    let archive = try ContainerFixture(name: "k3-layer_spectral").archive()
    let copy = archive.variable(at: "layers/spectral_normalization/vars/0")
    #expect(copy?.role == .other)
    #expect(copy?.path == "layers/spectral_normalization/vars/0")
    let state = try ContainerFixture(name: "k3-optimizer_loss_scale").archive()
    let inner = state.variables.filter { $0.containerPath.contains("inner_optimizer") }
    #expect(!inner.isEmpty)
    #expect(inner.allSatisfy { $0.role == .other })
  }

  @Test func theTrainingIsThatOfTheArchive() throws {
    let archive = try ContainerFixture(name: "k3-optimizer_rmsprop_all").archive()
    #expect(archive.training?.optimizer == "RMSprop")
    #expect(archive.training?.config?.hasPrefix(#"{"jit_compile":"#) == true)
  }
}
