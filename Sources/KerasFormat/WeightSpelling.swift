import StrictJSON

/// Spells the names below a layer as Keras 2 does, whoever wrote them.
struct WeightSpelling {
  /// The layer, when there is a configuration.
  let layer: LayerNode?
  /// Its name.
  let name: String
  let isKeras1: Bool

  /// Keras 1's suffixes and what Keras 2 calls them (`preprocess_weights_for_loading` there).
  private static let keras1Names = [
    "W": "kernel", "b": "bias", "U": "recurrent_kernel", "running_mean": "moving_mean",
    "running_std": "moving_variance", "alphas": "alpha",
  ]

  /// Names that TensorFlow 1 numbered when a graph had two of them: `kernel_1`.
  private static let standardNames: Set = [
    "kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel", "bias", "gamma", "beta",
    "moving_mean", "moving_variance", "embeddings", "alpha",
  ]

  /// Cells that a layer makes itself. Their names carry a number that counts the process' cells.
  private static let cells = [
    "LSTM": "lstm_cell", "GRU": "gru_cell", "SimpleRNN": "simple_rnn_cell",
  ]

  private static let numberedScopes = Set(cells.values).union(["stacked_rnn_cells"])

  private static let untrained: Set = [
    "moving_mean", "moving_variance", "running_mean", "running_std", "seed_generator_state", "sn_u",
    "vector_u",
  ]

  /// Whether an optimizer has state for weights of this name.
  static func isTrainable(_ name: String, in className: String?) -> Bool {
    className != "Normalization" && !untrained.contains(name)
  }

  /// The components of a name below its layer, in canonical spelling.
  func canonical(_ components: [String]) -> [String] {
    guard let last = components.last else { return components }
    var scopes = components.dropLast().compactMap(scope)
    var name = last
    if isKeras1, scopes.isEmpty { (scopes, name) = keras1(last) }
    if let base = withoutCounter(name), Self.standardNames.contains(base) { name = base }
    if name == "kernel", layer?.className.hasPrefix("DepthwiseConv") == true {
      name = "depthwise_kernel"
    }
    if name == "vector_u", layer?.className == "SpectralNormalization" { name = "sn_u" }
    return withOwnCell(withDirection(withoutWrappedName(scopes)), name) + [name]
  }

  /// One scope, without a counter; `nil` for the cell that only Keras 3's ConvLSTM has.
  private func scope(_ name: String) -> String? {
    if name == "conv_lstm_cell" || withoutCounter(name) == "conv_lstm_cell" { return nil }
    return withoutCounter(name).flatMap { Self.numberedScopes.contains($0) ? $0 : nil } ?? name
  }

  /// Keras 3 names the layer inside a `TimeDistributed`, Keras 2 does not.
  private func withoutWrappedName(_ scopes: [String]) -> [String] {
    guard let layer, layer.className == "TimeDistributed", let wrapped = layer.wrapped.first,
      scopes.first == wrapped.name
    else { return scopes }
    return Array(scopes.dropFirst())
  }

  /// Keras 3 calls the backward layer that a `Bidirectional` was given by its own name alone.
  private func withDirection(_ scopes: [String]) -> [String] {
    guard let layer, layer.className == "Bidirectional", let first = scopes.first,
      first == layer.config["backward_layer"]?["config"]?["name"]?.string,
      !first.hasPrefix("backward_"), !first.hasPrefix("forward_")
    else { return scopes }
    return ["backward_" + first] + scopes.dropFirst()
  }

  /// Before TensorFlow 2.3, a recurrent layer's weights did not name its cell.
  private func withOwnCell(_ scopes: [String], _ name: String) -> [String] {
    guard ["kernel", "recurrent_kernel", "bias"].contains(name), let layer else { return scopes }
    let isBidirectional = layer.className == "Bidirectional"
    let recurrent = isBidirectional ? layer.wrapped.first : layer
    guard let cell = Self.cells[recurrent?.className ?? ""],
      scopes.count == (isBidirectional ? 1 : 0)
    else { return scopes }
    return scopes + [cell]
  }

  /// Keras 1 puts layer and weight into one name: `dense_1_W`; and in a wrapper's group the layer
  /// inside it: `forward_lstm_1_W`.
  private func keras1(_ full: String) -> (scopes: [String], name: String) {
    if full.hasPrefix(name + "_") { return ([], keras1Suffix(full.dropFirst(name.count + 1))) }
    for inner in (layer?.wrapped ?? []).compactMap(\.name) {
      for scope in ["forward_" + inner, "backward_" + inner, inner]
      where full.hasPrefix(scope + "_") {
        return ([scope], keras1Suffix(full.dropFirst(scope.count + 1)))
      }
    }
    return ([], full)
  }

  private func keras1Suffix(_ suffix: Substring) -> String {
    let suffix = String(suffix)
    if suffix == "W", layer?.className == "Embedding" { return "embeddings" }
    // TensorFlow numbers what a graph has twice: `W_1`. Keras 1's own numbers are not such: `W_0`
    // has no entry in the table either way.
    let base = withoutCounter(suffix) ?? suffix
    return Self.keras1Names[suffix] ?? Self.keras1Names[base] ?? suffix
  }
}
