import StrictJSON
import Tensors

/// What fields are called, and which values mean the same, where the generations disagree.
extension ObjectTranslator {
  /// Puts a layer in the target's words where a copy of its fields would not do.
  mutating func settleLayer(_ object: inout SerializedObject, at place: FieldPlace) {
    settleOldWords(&object)
    switch target {
    case .keras3: settleForKeras3(&object, at: place)
    case .keras2: settleForKeras2(&object, at: place)
    }
  }

  /// Words of the generation's own past: no release of today reads them.
  private func settleOldWords(_ object: inout SerializedObject) {
    switch object.className {
    case "GRU", "GRUCell":
      // Before 2.1.3 there was no such choice, and the reset gate came before.
      addOldDefault("reset_after", false, to: &object)
      addOldDefault("recurrent_activation", "hard_sigmoid", to: &object)
    case "LSTM", "LSTMCell":
      addOldDefault("recurrent_activation", "hard_sigmoid", to: &object)
    case "Attention", "AdditiveAttention":
      if object.config["causal"] == false { object.drop("causal") }
    case "CategoryEncoding":
      object.rename("max_tokens", to: "num_tokens")
      renameOutputMode(&object)
    case "StringLookup", "IntegerLookup", "TextVectorization", "Discretization":
      renameOutputMode(&object)
      if object.className == "Discretization" { object.rename("bins", to: "bin_boundaries") }
    default: break
    }
  }

  /// A field that the libraries of today write always, and have another default for.
  ///
  /// https://github.com/keras-team/keras/blob/2.2.4/keras/layers/recurrent.py
  private func addOldDefault(
    _ name: String, _ value: JSONValue, to object: inout SerializedObject
  ) {
    guard sourceGeneration == .keras2, object.config[name] == nil else { return }
    object.config[name] = value
  }

  private func renameOutputMode(_ object: inout SerializedObject) {
    switch object.config["output_mode"]?.string {
    case "binary": object.config["output_mode"] = "multi_hot"
    case "tf-idf": object.config["output_mode"] = "tf_idf"
    default: break
    }
  }

  private mutating func settleForKeras3(_ object: inout SerializedObject, at place: FieldPlace) {
    switch object.className {
    case "InputLayer":
      object.rename("batch_input_shape", to: "batch_shape")
    case "LeakyReLU":
      rename("alpha", to: "negative_slope", in: &object, at: place)
    case "ThresholdedReLU":
      object.className = "ReLU"
      object.config["threshold"] = object.config.removeValue(forKey: "theta") ?? .number("1.0")
      note(.translated, at: place, "ThresholdedReLU is a ReLU with a threshold")
    case "SyncBatchNormalization":
      object.className = "BatchNormalization"
      object.config["synchronized"] = true
      settleAxis(&object)
    case "BatchNormalization":
      settleAxis(&object)
    case "Lambda":
      settleLambdaForKeras3(&object)
    case "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D":
      // Never used: such layers have a depthwise and a pointwise kernel.
      object.drop("kernel_initializer", "kernel_regularizer", "kernel_constraint")
    case "RandomHeight", "RandomWidth":
      settleLegacyLayer(&object, at: place)
    case "Attention" where container == .hdf5:
      // The reader of HDF5 files takes the word for the function `keras.layers.dot`.
      if object.config["score_mode"] == "dot" { object.drop("score_mode") }
    default: break
    }
  }

  private mutating func settleForKeras2(_ object: inout SerializedObject, at place: FieldPlace) {
    switch object.className {
    case "InputLayer":
      object.rename("batch_shape", to: "batch_input_shape")
      if object.config["optional"] == false { object.drop("optional") }
    case "LeakyReLU":
      rename("negative_slope", to: "alpha", in: &object, at: place)
    case "MultiHeadAttention" where sourceGeneration == .keras3:
      for name in ["query_shape", "key_shape", "value_shape"] { object.config[name] = .null }
    case "Bidirectional" where sourceGeneration == .keras3:
      settleBidirectionalForKeras2(&object)
    case "Lambda" where sourceGeneration == .keras3:
      settleLambdaForKeras2(&object)
    case "StringLookup", "IntegerLookup", "TextVectorization":
      // Keras 3 writes the policy, which these do not follow; Keras 2 the type of what comes out.
      if sourceGeneration == .keras3 { object.drop("dtype") }
    default: break
    }
  }

  /// Keras 3 has some layers of Keras 2 in a module of their own, which archives may name.
  private mutating func settleLegacyLayer(
    _ object: inout SerializedObject, at place: FieldPlace
  ) {
    object.module = "keras._legacy.layers"
    object.drop("rng_type", "batch_input_shape")
    if let dtype = object.config["dtype"] {
      object.config["dtype"] = dtypePolicy(dtype, plain: false, at: place.field("dtype"))
    }
  }

  private mutating func rename(
    _ old: String, to new: String, in object: inout SerializedObject, at place: FieldPlace
  ) {
    guard object.config[old] != nil else { return }
    object.rename(old, to: new)
    note(.translated, at: place.field(old), "is called \(new)")
  }

  /// Keras 2 writes the axes of normalisation as a list after building, Keras 3 takes one.
  private func settleAxis(_ object: inout SerializedObject) {
    guard let axes = object.config["axis"]?.array, axes.count == 1 else { return }
    object.config["axis"] = axes[0]
  }

  /// Keras 2 names both layers itself, `forward_` and `backward_` before what it finds, and makes
  /// the backward layer when none is given.
  private func settleBidirectionalForKeras2(_ object: inout SerializedObject) {
    let forward = object.config["layer"].flatMap { Self.renamed($0, without: "forward_") }
    let backward = object.config["backward_layer"].flatMap {
      Self.renamed($0, without: "backward_")
    }
    if let forward { object.config["layer"] = forward }
    guard let backward else { return }
    object.config["backward_layer"] = backward
    guard let first = forward?["config"]?.object, var second = backward["config"]?.object else {
      return
    }
    second["go_backwards"] = first["go_backwards"]
    if first == second, backward["config"]?["go_backwards"] != first["go_backwards"] {
      object.drop("backward_layer")
    }
  }

  /// The layer without a prefix of its name; without `zero_output_for_mask`, which Bidirectional
  /// sets itself in both generations.
  private static func renamed(_ layer: JSONValue, without prefix: String) -> JSONValue? {
    guard var members = layer.object, var config = members["config"]?.object else { return nil }
    config["zero_output_for_mask"] = nil
    if let name = config["name"]?.string, name.hasPrefix(prefix) {
      config["name"] = .string(String(name.dropFirst(prefix.count)))
    }
    members["config"] = .object(config)
    return .object(members)
  }
}
