import HDF5Format
import Tensors

/// Reads `.weights.h5`, where each object's variables are numbered in its own group `vars`.
///
/// Which number is which weight, and which weight an optimizer's number belongs to, the
/// architecture tells, and that lies elsewhere: so paths are the container's here.
struct WeightsLayout {
  let inventory: Inventory

  /// Whether a file has a group `vars` of numbered datasets anywhere.
  static func isUsed(by group: HDF5Group) -> Bool {
    let isHere = group.groups["vars"].map { vars in
      vars.groups.isEmpty && vars.datasets.keys.allSatisfy { $0.allSatisfy(\.isASCIIDigit) }
    }
    return isHere == true || group.groups.values.contains(where: isUsed)
  }

  /// All that the file tells: no version, no class of the optimizer.
  func reading() throws(KerasFormatError) -> KerasHDF5Reading {
    let drafts = inventory.paths.compactMap { path in
      inventory.tensors[path].map {
        VariableDraft(containerPath: path, tensor: $0, role: Self.role(of: path))
      }
    }
    let assembly = try Assembly(drafts, paths: drafts.map(\.containerPath))
    let optimizerCount = drafts.count { $0.role == .optimizer }
    var snapshot = ModelSnapshot(format: .kerasWeights)
    snapshot.variables = assembly.variables
    snapshot.findings = inventory.findings
    if optimizerCount > 0 {
      snapshot.training = TrainingConfiguration(config: nil, optimizer: nil)
      snapshot.findings.append(
        Finding(
          kind: .untiedOptimizer, location: "optimizer",
          detail: "\(optimizerCount) arrays are only numbered; the architecture orders them"))
    }
    return KerasHDF5Reading(snapshot: snapshot, datasetsToDecode: assembly.datasetsToDecode)
  }

  /// What a variable is for, by the objects on its path.
  private static func role(of path: String) -> Role {
    let components = path.split(separator: "/")
    guard components.dropLast().last == "vars" else { return .other }
    // Early Keras 3 has `seed_generator`, tf.keras `_random_generator`.
    if components.contains(where: { $0.contains("seed_generator") || $0 == "_random_generator" }) {
      return .seed
    }
    switch components.first {
    case "optimizer": return .optimizer
    case "metrics": return .metric
    default: return .weight
    }
  }
}
