import HDF5Format
import StrictJSON
import Tensors

/// Reads `.weights.h5`, where each object's variables are numbered in its own group `vars`.
///
/// Which number is which weight, and which weight an optimizer's number belongs to, the
/// architecture tells, and that lies elsewhere: in the archive, or with the parent.
struct WeightsLayout {
  let inventory: Inventory
  let format: ModelFormat
  /// What the file calls its objects; nothing to be held against its own architecture.
  var names = StoredNames(of: [])

  /// Whether a file has a group `vars` of numbered datasets anywhere.
  static func isUsed(by group: HDF5Group) -> Bool {
    let isHere = group.groups["vars"].map { vars in
      vars.groups.isEmpty && vars.datasets.keys.allSatisfy { $0.allSatisfy(\.isASCIIDigit) }
    }
    return isHere == true || group.groups.values.contains(where: isUsed)
  }

  /// A file that has no architecture with it: the parent's, when all weights are the parent's, else
  /// none.
  func reading(parent: KnownModel?) throws(KerasFormatError) -> KerasHDF5Reading {
    guard let parent else { return try bare(findings: []) }
    guard let model = Self.model(of: parent.architecture) else {
      return try bare(findings: [.bareWeights("the parent's architecture is no model's")])
    }
    let isSameOptimizer = names.optimizer.map {
      SlotVocabulary.key($0) == SlotVocabulary.key(parent.optimizer ?? "")
    }
    let numbered = NumberedModel(
      inventory: inventory, model: model, dialect: parent.architecture.dialect,
      optimizer: isSameOptimizer == false ? nil : NumberedOptimizer(of: parent), parent: parent)
    let obstacle =
      ParentFit(numbered.identities, to: parent).obstacle
      ?? names.obstacle(to: numbered.layerNames)
    if let obstacle { return try bare(findings: [.bareWeights(obstacle)]) }
    var reading = try reading(of: numbered)
    reading.snapshot.architecture = parent.inheritedArchitecture
    if numbered.hasOptimizer {
      reading.snapshot.training = TrainingConfiguration(
        config: nil, optimizer: isSameOptimizer == false ? nil : parent.optimizer)
    }
    return reading
  }

  private static func model(of architecture: Architecture) -> LayerNode? {
    // What the parent has was read once already: it is no news that it cannot be.
    guard let json = try? JSONValue(parsing: architecture.config) else { return nil }
    return LayerNode(json)
  }

  /// A file whose architecture is known.
  func reading(of numbered: NumberedModel) throws(KerasFormatError) -> KerasHDF5Reading {
    let assembly = try Assembly(numbered.drafts, paths: numbered.paths)
    var snapshot = ModelSnapshot(format: format)
    snapshot.variables = assembly.variables
    snapshot.findings = inventory.findings + numbered.findings
    return KerasHDF5Reading(snapshot: snapshot, datasetsToDecode: assembly.datasetsToDecode)
  }

  /// All that the file itself tells: no version, no class of the optimizer.
  private func bare(findings: [Finding]) throws(KerasFormatError) -> KerasHDF5Reading {
    let drafts = inventory.paths.compactMap { path in
      inventory.tensors[path].map {
        VariableDraft(
          containerPath: path, tensor: $0, role: NumberedModel.role(ofContainerPath: path))
      }
    }
    let assembly = try Assembly(drafts, paths: drafts.map(\.containerPath))
    let optimizerCount = drafts.count { $0.role == .optimizer }
    var snapshot = ModelSnapshot(format: format)
    snapshot.variables = assembly.variables
    snapshot.findings = inventory.findings + findings
    if optimizerCount > 0 {
      snapshot.training = TrainingConfiguration(config: nil, optimizer: nil)
      snapshot.findings.append(
        Finding(
          kind: .untiedOptimizer, location: "optimizer",
          detail: "\(optimizerCount) arrays are only numbered; the architecture orders them"))
    }
    return KerasHDF5Reading(snapshot: snapshot, datasetsToDecode: assembly.datasetsToDecode)
  }
}
