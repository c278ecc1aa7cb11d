import StrictJSON
import Tensors

/// Layers of Keras 1 in the words of Keras 2, by
/// https://github.com/keras-team/keras/blob/2.2.4/keras/legacy/interfaces.py
extension ObjectTranslator {
  mutating func upgradeLayer(_ object: inout SerializedObject, at place: FieldPlace) {
    if object.className == "Merge" { return upgradeMerge(&object, at: place) }
    upgradeSpecially(&object, at: place)
    if let words = Keras1Words.renamed[object.className] {
      object.className = words
    }
    for (old, new) in Keras1Words.fields(of: object.className) { object.rename(old, to: new) }
    upgradeSizes(&object)
    if object.className != "Embedding" { object.drop("input_dim") }
    object.drop("input_length")
    upgradeOrdering(&object)
    for (name, value) in object.config {
      if name.hasSuffix("regularizer") { object.config[name] = Self.regularizer(value) }
      if name.hasSuffix("constraint") { object.config[name] = Self.constraint(value) }
    }
  }

  private mutating func upgradeSpecially(_ object: inout SerializedObject, at place: FieldPlace) {
    switch object.className {
    case "BatchNormalization":
      if let mode = object.config.removeValue(forKey: "mode")?.integer, mode != 0 {
        note(
          .impossible, at: place.field("mode"),
          "\(mode): only Keras 1 normalises so; later ones have mode 0")
      }
    case "Embedding":
      if let rate = object.config.removeValue(forKey: "dropout")?.double, rate != 0 {
        note(
          .lost, at: place.field("dropout"),
          "\(rate): only in training; put a SpatialDropout1D behind the embedding")
      }
    case "SeparableConvolution2D":
      object.config["depthwise_initializer"] = object.config["init"]
      object.rename("init", to: "pointwise_initializer")
    case "Deconvolution2D": object.drop("output_shape")
    case "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D":
      if object.className == "SpatialDropout1D" { object.drop("dim_ordering") }
    case "InputLayer":
      object.rename("input_dtype", to: "dtype")
    case "ZeroPadding2D":
      if let sides = object.config["padding"]?.object {
        let side = { (name: String) in sides[name] ?? 0 }
        object.config["padding"] = [
          [side("top_pad"), side("bottom_pad")], [side("left_pad"), side("right_pad")],
        ]
      }
    default: break
    }
    // Only how the bias starts.
    object.drop("forget_bias_init", "consume_less")
  }

  /// Sizes that Keras 1 gives a number each.
  private func upgradeSizes(_ object: inout SerializedObject) {
    for names in [["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]] {
      let sizes = names.compactMap { object.config[$0] }
      guard sizes.count == names.count else { continue }
      object.config["kernel_size"] = .array(sizes)
      for name in names { object.config[name] = nil }
    }
  }

  private func upgradeOrdering(_ object: inout SerializedObject) {
    guard let ordering = object.config.removeValue(forKey: "dim_ordering")?.string else { return }
    switch ordering {
    case "tf": object.config["data_format"] = "channels_last"
    case "th": object.config["data_format"] = "channels_first"
    default: break
    }
  }

  private mutating func upgradeMerge(_ object: inout SerializedObject, at place: FieldPlace) {
    let config = object.config
    let mode = config["mode"]?.string ?? ""
    guard let className = Keras1Words.merges[mode] else {
      note(
        .impossible, at: place.field("mode"),
        "'\(mode)': later Keras merge by sum, product, average, maximum, concatenation and dot")
      return
    }
    var merged: [String: JSONValue] = [:]
    for name in ["name", "trainable"] { merged[name] = config[name] }
    if mode == "concat" { merged["axis"] = config["concat_axis"] ?? -1 }
    if mode == "dot" {
      merged["axes"] = config["dot_axes"] ?? -1
      merged["normalize"] = false
    }
    object = SerializedObject(className: className, config: merged)
    note(.translated, at: place.field("mode"), "'\(mode)' is the layer \(className)")
  }

  /// `{"name": "WeightRegularizer", "l1": 0, "l2": 0.01}`.
  private static func regularizer(_ value: JSONValue) -> JSONValue {
    guard let members = value.object, members["class_name"] == nil, members["name"] != nil else {
      return value
    }
    return [
      "class_name": "L1L2",
      "config": ["l1": members["l1"] ?? .number("0.0"), "l2": members["l2"] ?? .number("0.0")],
    ]
  }

  /// `{"name": "MaxNorm", "m": 2, "axis": 0}`.
  private static func constraint(_ value: JSONValue) -> JSONValue {
    guard var members = value.object, members["class_name"] == nil,
      let name = members.removeValue(forKey: "name")
    else { return value }
    if let limit = members.removeValue(forKey: "m") { members["max_value"] = limit }
    return ["class_name": name, "config": .object(members)]
  }
}
