public import HDF5Format
public import Tensors

// The three layouts that Keras has written to HDF5. Writers: keras/src/legacy/saving/
// legacy_h5_format.py and keras/src/saving/saving_lib.py in https://github.com/keras-team/keras,
// hdf5_format.py in tf_keras, topology.py in Keras 1 and 2.
//
//   whole model     / @model_config @training_config @keras_version @backend
//                   /model_weights @layer_names  /<layer> @weight_names  /<weight name>
//                   /optimizer_weights @weight_names  /<weight name>
//   weights only    / @layer_names  /<layer> @weight_names  /<weight name>
//   .weights.h5     /layers/<class>[_k]/…/vars/<n>  /vars/<n>  /optimizer/vars/<n>

/// A dataset whose elements libhdf5 has to decode.
public struct DatasetToDecode: Hashable, Sendable {
  /// Which of the HDF5 files has it, by its place among those that were given.
  public var file: Int
  /// Its path from the file's root, without a slash before.
  public var path: String

  /// The dataset at a path of a file.
  public init(file: Int, path: String) {
    self.file = file
    self.path = path
  }
}

/// What Keras' HDF5 files of one model hold.
public struct KerasHDF5Reading: Hashable, Sendable {
  /// All of it, but the bytes. Its source files are the HDF5 files that were given, in their order,
  /// and its offsets are within those.
  public var snapshot: ModelSnapshot
  /// What has to be decoded. The snapshot's `.decoded` extents follow each other in this order,
  /// the first from 0 on.
  public var datasetsToDecode: [DatasetToDecode]

  /// Pairs a snapshot with what has to be decoded for it.
  public init(snapshot: ModelSnapshot, datasetsToDecode: [DatasetToDecode]) {
    self.snapshot = snapshot
    self.datasetsToDecode = datasetsToDecode
  }
}

/// Keras' HDF5 files: whole models and weights, of Keras 1, 2 and 3.
public enum KerasHDF5 {
  /// Finds every tensor in a file's tree and what it is for.
  ///
  /// Each dataset of numbers becomes a variable, also one that no list of the file names; each
  /// other dataset becomes a finding.
  ///
  /// # Paths
  ///
  /// A weight's path is `layer/…/name`, the same for all writers of one model as far as they tell:
  /// 1. A layer is named with the nested models round it, outermost first, as the configuration
  ///    nests them: `encoder/inner_dense`.
  /// 2. The container's name of the weight loses its `:0`, and all up to the layer's own name or
  ///    the form `<layer>_1` that TensorFlow 1 made unique: `mlp/hidden/kernel` and
  ///    `hidden_1/kernel:0` in `hidden` become `hidden/kernel`.
  /// 3. What the writers spell differently is spelled as Keras 2 does: no number in `lstm_cell_3`,
  ///    `depthwise_kernel`, `kernel` for Keras 1's `W`, and so on.
  /// 4. Should two weights get one path, all that share it keep more of the container's name: first
  ///    without step 3, then the whole name after the layer's group, then the container's path. One
  ///    that step 3 did not change keeps the path, when it is the only such.
  ///
  /// In `.weights.h5` variables are numbered. There the architecture tells which object made them:
  /// that of the archive, or the parent's, when the file has exactly the parent's weights. The
  /// names are those that the same Keras lists in legacy files, put through the steps above.
  /// Weights of classes that Keras does not ship keep their numbers: `layer/vars/0`. Without an
  /// architecture all paths are the container's.
  ///
  /// Optimizer state is `optimizer/<slot>/<weight's path>`, `optimizer/iteration`,
  /// `optimizer/learning_rate`; ``SlotVocabulary`` has the slots' names. What cannot be tied to a
  /// weight, and what no list names, has the container's path.
  ///
  /// - Parameters:
  ///   - root: the file's tree.
  ///   - parent: the model that a file without an architecture may hold the weights of.
  /// - Throws: `KerasFormatError.malformed`, also when `model_config` is no JSON that all parsers
  ///   understand alike.
  public static func reading(
    of root: HDF5Group, parent: KnownModel? = nil
  ) throws(KerasFormatError) -> KerasHDF5Reading {
    let inventory = try Inventory(of: root)
    if root.attributes["model_config"] != nil || root.groups["model_weights"] != nil {
      return try LegacyLayout(
        root: root, inventory: inventory, format: .kerasHDF5, parent: parent
      ).reading()
    }
    if try root.names(in: "layer_names", at: "/") != nil {
      return try LegacyLayout(
        root: root, inventory: inventory, format: .kerasHDF5Weights, parent: parent
      ).reading()
    }
    if WeightsLayout.isUsed(by: root) {
      return try WeightsLayout(
        inventory: inventory, format: .kerasWeights, names: StoredNames(of: [root])
      ).reading(parent: parent)
    }
    throw .notKeras(found: description(of: root))
  }

  private static func description(of root: HDF5Group) -> String {
    func list(_ kind: String, _ names: some Sequence<String>) -> String? {
      let names = names.sorted()
      guard !names.isEmpty else { return nil }
      let shown = names.prefix(5).joined(separator: ", ")
      return "\(kind) \(shown)" + (names.count > 5 ? ", …" : "")
    }
    let parts = [
      list("groups", root.groups.keys), list("datasets", root.datasets.keys),
      list("attributes", root.attributes.keys),
    ].compactMap { $0 }
    return parts.isEmpty ? "an empty file" : parts.joined(separator: "; ")
  }
}
