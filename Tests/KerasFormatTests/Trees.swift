import HDF5Format
import Tensors

/// Trees as versions of Keras wrote them that no longer run here.
enum Trees {
  /// A tensor of zeros somewhere in the file.
  static func tensor(_ dimensions: Int..., storage: HDF5Storage = .encoded) -> HDF5Dataset {
    HDF5Dataset(
      elements: .numbers(.float32), shape: Shape(dimensions) ?? .scalar, storage: storage)
  }

  /// A group that lists weights, at the paths of their names.
  static func listing(_ weights: KeyValuePairs<String, HDF5Dataset>) -> HDF5Group {
    var group = HDF5Group(attributes: ["weight_names": .strings(weights.map(\.key))])
    for (name, dataset) in weights {
      group.add(dataset, at: name.split(separator: "/").map(String.init))
    }
    return group
  }

  /// A group that lists layers' groups.
  static func layers(_ layers: KeyValuePairs<String, HDF5Group>) -> HDF5Group {
    HDF5Group(
      attributes: ["layer_names": .strings(layers.map(\.key))],
      groups: Dictionary(layers.map { ($0, $1) }) { first, _ in first })
  }

  /// A file of a whole model.
  static func model(
    version: String?, config: String? = nil, training: String? = nil, weights: HDF5Group,
    optimizer: HDF5Group? = nil
  ) -> HDF5Group {
    var root = HDF5Group(groups: ["model_weights": weights])
    root.attributes["keras_version"] = version.map { .string($0) }
    root.attributes["model_config"] = config.map { .string($0) }
    root.attributes["training_config"] = training.map { .string($0) }
    root.groups["optimizer_weights"] = optimizer
    return root
  }
}

extension HDF5Group {
  fileprivate mutating func add(_ dataset: HDF5Dataset, at path: [String]) {
    guard let first = path.first else { return }
    if path.count == 1 {
      datasets[first] = dataset
    } else {
      groups[first, default: HDF5Group()].add(dataset, at: Array(path.dropFirst()))
    }
  }
}

extension HDF5Group {
  /// Puts a group at a path.
  mutating func add(_ group: HDF5Group, at path: [String]) {
    guard let first = path.first else { return }
    if path.count == 1 {
      groups[first] = group
    } else {
      groups[first, default: HDF5Group()].add(group, at: Array(path.dropFirst()))
    }
  }

  /// Adds what another group has; what is in both stays.
  mutating func merge(_ other: HDF5Group) {
    datasets.merge(other.datasets) { mine, _ in mine }
    for (name, group) in other.groups { groups[name, default: HDF5Group()].merge(group) }
  }
}
