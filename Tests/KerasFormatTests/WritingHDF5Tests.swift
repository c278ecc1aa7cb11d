import HDF5Format
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// What is written lies where Keras itself put it, and is the same variable there.
@Suite struct WritingHDF5Tests {
  /// Layers' weights of a legacy file: all but the optimizer's.
  private func isWeight(_ path: String) -> Bool { path.hasPrefix("model_weights/") }

  @Test(arguments: ContainerFixture.all)
  func legacyFilesAreAsKerasWroteThem(_ fixture: ContainerFixture) throws {
    let tree = try fixture.tree("h5")
    let model = try fixture.model(fixture.legacy())
    let blueprint = try KerasHDF5.blueprint(of: model, for: fixture.generation).blueprint
    let origins = blueprint.origins(model.variables)
    #expect(Set(origins.keys) == Set(tree.datasetPaths.filter(isWeight)))
    for (written, read) in origins { #expect(written == read) }
    let weights = try #require(tree.groups["model_weights"])
    #expect(
      blueprint.attribute("layer_names", of: "model_weights") == value(weights, "layer_names"))
    for (name, group) in weights.groups where group.attributes["weight_names"] != nil {
      let written = blueprint.attribute("weight_names", of: "model_weights/" + name)
      #expect(written == value(group, "weight_names"), "\(name)")
    }
  }

  private func value(_ group: HDF5Group, _ attribute: String) -> HDF5Blueprint.Value? {
    if case .strings(let names) = group.attributes[attribute] { .strings(names) } else { nil }
  }

  @Test(arguments: ContainerFixture.all)
  func numberedFilesAreAsKerasWroteThem(_ fixture: ContainerFixture) throws {
    let model = try fixture.model(fixture.archive())
    let blueprint = try KerasHDF5.weightsBlueprint(of: model, for: fixture.generation).blueprint
    let origins = blueprint.origins(model.variables)
    let stored = try fixture.tree("weights").datasetPaths.filter {
      !$0.hasPrefix("optimizer/") && !$0.hasPrefix("metrics/") && !$0.contains("generator")
    }
    // A second copy of a weight has the first one's bytes.
    let copies = model.variables.filter { $0.role == .other }.map(\.containerPath)
    #expect(Set(origins.keys) == Set(stored))
    for (written, read) in origins where !copies.contains(written) { #expect(written == read) }
  }

  @Test(arguments: ContainerFixture.all)
  func oneContainerBecomesTheOther(_ fixture: ContainerFixture) throws {
    let same = try fixture.same()
    let legacy = try fixture.legacy()
    let archive = try fixture.archive()
    let numbered = try KerasHDF5.weightsBlueprint(
      of: fixture.model(legacy), for: fixture.generation)
    for (written, read) in numbered.blueprint.origins(legacy.variables.map(RecordedVariable.init)) {
      if let expected = same[written] { #expect(read == expected, "\(written)") }
    }
    let named = try KerasHDF5.blueprint(
      of: fixture.model(archive, config: legacy.architecture?.config), for: fixture.generation)
    for (written, read) in named.blueprint.origins(archive.variables.map(RecordedVariable.init)) {
      // Equal bytes tell nothing: those are not among them.
      if let expected = same[read] { #expect(written == expected, "\(read)") }
    }
  }

  @Test func bfloat16IsWidenedWhereKerasCannotReadIt() throws {
    let fixture = ContainerFixture(name: "k3-model_bf16")
    let model = try fixture.model(fixture.legacy())
    let narrow = model.variables.filter { $0.dtype == .bfloat16 && $0.role == .weight }
    let legacy = try KerasHDF5.blueprint(of: model, for: .keras3)
    #expect(legacy.notes.filter { $0.kind == .translated }.map(\.location) == narrow.map(\.path))
    #expect(legacy.blueprint.datasets.allSatisfy { $0.tensor.dtype != .bfloat16 })
    let numbered = try KerasHDF5.weightsBlueprint(of: model, for: .keras3).blueprint
    let marked = numbered.datasets.filter { $0.attributes == [.init("dtype", .string("bfloat16"))] }
    #expect(marked.count == narrow.count)
  }

  /// NumPy's `array_split` cuts 1,401 names of 60 bytes, 84,060 of 64,512 bytes, into 701 and 700.
  @Test func longListsOfNamesAreCut() throws {
    let names = (0..<1_401).map { number in
      let digits = String(number)
      return "l" + String(repeating: "0", count: 59 - digits.count) + digits
    }
    let layers = names.map {
      JSONValue.object(["class_name": "ReLU", "config": .object(["name": .string($0)])])
    }
    let model = ModelToWrite(
      configuration: [
        "class_name": "Sequential", "config": ["name": "long", "layers": .array(layers)],
      ], dialect: .keras2, training: nil, variables: [], source: .kerasHDF5)
    let written = try KerasHDF5.blueprint(of: model, for: .keras2, isWeightsOnly: true).blueprint
    #expect(written.attribute("layer_names", of: "") == nil)
    #expect(
      written.attribute("layer_names0", of: "") == .fixedStrings(Array(names.prefix(701))))
    #expect(
      written.attribute("layer_names1", of: "") == .fixedStrings(Array(names.suffix(700))))
    #expect(written.attribute("layer_names2", of: "") == nil)
  }

  @Test func aCompiledModelOfKeras2HasTheMeanOfItsLoss() throws {
    let fixture = ContainerFixture(name: "k2-model_nested")
    var model = try fixture.model(fixture.archive())
    func metrics() throws -> [String] {
      try KerasHDF5.weightsBlueprint(of: model, for: .keras2).blueprint.datasets
        .map(\.tensor.name).filter { $0.hasPrefix("metrics/") }
    }
    #expect(try metrics().isEmpty)
    model.training = ["loss": "mse"]
    #expect(try metrics() == ["metrics/mean/vars/0", "metrics/mean/vars/1"])
  }
}
