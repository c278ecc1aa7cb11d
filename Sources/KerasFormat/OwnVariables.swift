import StrictJSON
import Tensors

/// A variable that a layer makes itself.
struct OwnVariable: Hashable {
  /// As Keras names it.
  let name: String
  /// Whether an optimizer may have it, when the layer is not frozen.
  let trainable: Bool
  /// Whether it is another object's variable, written a second time.
  let isCopy: Bool

  init(_ name: String, trainable: Bool = true, isCopy: Bool = false) {
    self.name = name
    self.trainable = trainable
    self.isCopy = isCopy
  }
}

/// The variables that the classes of Keras make themselves, in the order in which they are numbered
/// (`_trainable_variables`, then `_non_trainable_variables`): a column of names for each class.
///
/// Source: `build` of the classes in keras/src/layers (keras-team/keras) and tf_keras/src/layers
/// (keras-team/tf-keras).
enum OwnVariables {
  /// An entry of the table: a name, and the setting without which it is absent.
  private struct Entry: ExpressibleByStringLiteral {
    let variable: OwnVariable
    let setting: String?

    /// `bias?use_bias`: only with that setting; `~count`: not trained.
    init(stringLiteral text: String) {
      let parts = text.split(separator: "?")
      let spelled = parts.first ?? ""
      let isUntrained = spelled.hasPrefix("~")
      variable = OwnVariable(
        String(isUntrained ? spelled.dropFirst() : spelled), trainable: !isUntrained)
      setting = parts.count > 1 ? String(parts[1]) : nil
    }
  }

  private static let kernelAndBias: [Entry] = ["kernel", "bias?use_bias"]
  private static let depthwise: [Entry] = ["depthwise_kernel", "bias?use_bias"]
  private static let separable: [Entry] = ["depthwise_kernel", "pointwise_kernel", "bias?use_bias"]
  private static let recurrent: [Entry] = ["kernel", "recurrent_kernel", "bias?use_bias"]
  private static let scaled: [Entry] = ["gamma?scale", "beta?center"]
  private static let batchNormalization: [Entry] =
    scaled + [
      "~moving_mean", "~moving_variance", "~moving_stddev?renorm", "~renorm_mean?renorm",
      "~renorm_stddev?renorm",
    ]

  private static let table: [String: [Entry]] = [
    "Dense": kernelAndBias, "EinsumDense": ["kernel", "bias?bias_axes"],
    "Conv1D": kernelAndBias, "Conv2D": kernelAndBias, "Conv3D": kernelAndBias,
    "Conv1DTranspose": kernelAndBias, "Conv2DTranspose": kernelAndBias,
    "Conv3DTranspose": kernelAndBias, "LocallyConnected1D": kernelAndBias,
    "LocallyConnected2D": kernelAndBias, "DepthwiseConv1D": depthwise,
    "DepthwiseConv2D": depthwise, "SeparableConv1D": separable, "SeparableConv2D": separable,
    "LSTMCell": recurrent, "GRUCell": recurrent, "SimpleRNNCell": recurrent,
    "BatchNormalization": batchNormalization, "SyncBatchNormalization": batchNormalization,
    "LayerNormalization": scaled, "GroupNormalization": scaled, "RMSNormalization": ["scale"],
    "Normalization": ["~mean", "~variance", "~count"], "Embedding": ["embeddings"],
    "PReLU": ["alpha"], "LayerScale": ["gamma"],
    "Attention": ["scale?use_scale", "concat_score_weight"],
    "AdditiveAttention": ["scale?use_scale"],
  ]

  /// The classes that make variables of their own.
  static func isKnown(_ className: String) -> Bool { table[className] != nil }

  /// What a layer makes, as its settings say; `nil` for a class that the table does not have.
  static func of(_ layer: LayerNode, dialect: Dialect) -> [OwnVariable]? {
    guard let entries = table[layer.className] else { return nil }
    return entries.filter { $0.setting.map { isOn($0, in: layer) } ?? true }
      .map { respelled($0.variable, dialect) }
      .filter { isMade($0, by: layer) }

    func respelled(_ variable: OwnVariable, _ dialect: Dialect) -> OwnVariable {
      // Keras 3's depthwise layers call it as all convolutions do.
      let isDepthwise = layer.className.hasPrefix("DepthwiseConv")
      return isDepthwise && dialect == .keras3 && variable.name == "depthwise_kernel"
        ? OwnVariable("kernel") : variable
    }
  }

  /// A setting that is absent has Keras' default, which is on for all but a few.
  private static func isOn(_ setting: String, in layer: LayerNode) -> Bool {
    let value = layer.config[setting] ?? .null
    if let isOn = value.bool { return isOn }
    if setting == "bias_axes" { return !value.isNull }
    return setting != "renorm" && !(setting == "use_scale" && layer.className == "Attention")
  }

  /// What depends on more than a switch.
  private static func isMade(_ variable: OwnVariable, by layer: LayerNode) -> Bool {
    switch (layer.className, variable.name) {
    case ("Attention", "concat_score_weight"): layer.config["score_mode"] == "concat"
    case ("LayerNormalization", "beta"): layer.config["rms_scaling"]?.bool != true
    default: true
    }
  }
}

/// The variables of a layer after `quantize`, in the order of `variable_serialization_spec` of
/// keras/src/layers/core in https://github.com/keras-team/keras.
enum QuantizedVariables {
  /// The mode of a layer's dtype policy, `int8`; `nil` for a policy that quantizes nothing.
  static func mode(of layer: LayerNode) -> String? {
    let mode = layer.config["dtype"]?["config"]?["mode"]?.string
    return mode?.split(separator: "/").first.map(String.init)
  }

  /// What may be stored for a layer that makes these when nothing is quantized: groups of scales
  /// are there only for some block sizes.
  static func namings(_ mode: String, of plain: [OwnVariable]) -> [[OwnVariable]] {
    let main = plain.first { $0.name != "bias" }?.name ?? ""
    let own = plain.map { OwnVariable($0.name, trainable: $0.name == "bias") }
    let bias = own.filter { $0.name == "bias" }
    let scale = [untrained(main + "_scale")]
    let zero = [untrained(main + "_zero")]
    let groups = [untrained("g_idx")]
    switch mode {
    case "int8": return [own + scale]
    case "int4": return [own + scale, own + scale + zero + groups]
    case "float8":
      let names = ["inputs", main, "outputs_grad"].flatMap {
        [$0 + "_scale", $0 + "_amax_history"]
      }
      return [plain + names.map(untrained)]
    case "gptq": return [bias + [untrained("quantized_" + main)] + scale + zero + groups]
    case "awq":
      let scales = scale + zero + [untrained("awq_scales")]
      return [bias + [untrained("quantized_" + main)] + scales + groups]
    default: return []
    }
  }

  private static func untrained(_ name: String) -> OwnVariable {
    OwnVariable(name, trainable: false)
  }
}
