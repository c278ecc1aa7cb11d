public import HDF5Format
import StrictJSON
public import Tensors

// Writer: ShardedH5IOStore of keras/src/saving/saving_lib.py in
// https://github.com/keras-team/keras. A group `vars` may go on in the next shard.
//
//   x.weights.json   {"metadata": {"total_size": …},
//                     "weight_map": {"/layers/dense/vars": ["x_00000.weights.h5", …], …}}

/// Keras 3's weights in several files: `save_weights("x.weights.json", max_shard_size=…)`.
public enum KerasShardedWeights {
  /// The names of the files that an index wants, sorted.
  ///
  /// - Throws: `KerasFormatError.malformed` when it is no such index, or a name is not that of a
  ///   file beside it.
  public static func shardNames(in index: [UInt8]) throws(KerasFormatError) -> [String] {
    Set(try groups(in: index).values.joined()).sorted()
  }

  /// Finds every tensor, as ``KerasHDF5/reading(of:parent:)`` does in one file.
  ///
  /// - Parameters:
  ///   - index: the bytes of `x.weights.json`.
  ///   - shards: the files with their names, in the order in which the reading counts them.
  ///   - parent: the model that these may be the weights of.
  /// - Throws: `KerasFormatError.malformed` when a shard or a group in it is missing, or two shards
  ///   have the same tensor.
  public static func reading(
    index: [UInt8], shards: [(name: String, root: HDF5Group)], parent: KnownModel?
  ) throws(KerasFormatError) -> KerasHDF5Reading {
    let roots = Dictionary(shards.map { ($0.name, $0.root) }) { first, _ in first }
    for (group, names) in try groups(in: index).sorted(by: { $0.key < $1.key }) {
      for name in names {
        guard let root = roots[name] else {
          throw .malformed(location: group, expected: "the shard \(name)", found: "no such file")
        }
        guard root.group(at: group) != nil else {
          throw .malformed(
            location: group, expected: "this group in \(name)", found: "nothing there")
        }
      }
    }
    let inventory = try Inventory(of: shards.map(\.root))
    return try WeightsLayout(
      inventory: inventory, format: .kerasShardedWeights,
      names: StoredNames(of: shards.map(\.root))
    ).reading(parent: parent)
  }

  /// Each group of variables, and the shards that have it.
  private static func groups(in index: [UInt8]) throws(KerasFormatError) -> [String: [String]] {
    let location = "weight_map"
    let json = try ConfigText.parse(index, at: "the index of shards", intact: 0)
    guard let map = json[location]?.object else {
      throw .malformed(
        location: location, expected: "an object of groups and shards", found: "something else")
    }
    var groups: [String: [String]] = [:]
    for (group, value) in map {
      let names = value.array ?? [value]
      groups[group] = try names.map { name throws(KerasFormatError) in
        guard let name = name.string, isPlain(name) else {
          throw .unsafePath(location: "\(location) \(group)", name: name.shortText)
        }
        return name
      }
    }
    return groups
  }

  /// Whether a name leads to no other folder.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
      && !name.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0x2F || $0 == 0x5C }
  }
}
