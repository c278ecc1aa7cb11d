import StrictJSON
import Tensors

/// The arguments of the layers that are called with more than one tensor.
enum LayerArguments {
  /// In their order, by class: a call of Keras 3 may leave out the names, Keras 2's may not.
  /// `call` of the classes in keras/src/layers.
  static func names(of className: String) -> [String] {
    if isRecurrent(className) { return ["sequences", "initial_state", "mask", "training"] }
    return byClass[className] ?? ["inputs"]
  }

  private static let byClass: [String: [String]] = {
    let attention = [
      "query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask",
      "return_attention_scores", "training", "use_causal_mask",
    ]
    let dot = ["inputs", "mask", "training", "return_attention_scores", "use_causal_mask"]
    let trained = ["inputs", "training"]
    let model = ["inputs", "training", "mask"]
    return [
      "MultiHeadAttention": attention, "GroupQueryAttention": attention,
      "GroupedQueryAttention": attention,
      "Attention": dot, "AdditiveAttention": dot, "BatchNormalization": model,
      "TimeDistributed": model, "Functional": model, "Model": model, "Sequential": model,
      "Dropout": trained, "AlphaDropout": trained, "GaussianDropout": trained,
      "GaussianNoise": trained, "SpatialDropout1D": trained, "SpatialDropout2D": trained,
      "SpatialDropout3D": trained, "SpectralNormalization": trained, "Dense": trained,
      "EinsumDense": trained, "Softmax": ["inputs", "mask"],
      "GlobalAveragePooling1D": ["inputs", "mask"],
      "CategoryEncoding": ["inputs", "count_weights"],
      "Lambda": ["inputs", "mask", "training"],
    ]
  }()

  /// What the first argument is called where it is given by its name.
  static let firstNames = ["inputs", "sequences", "query", "sequence", "data", "x", "images"]

  /// The layers whose call in Keras 2 has the initial state in the list of inputs.
  static func isRecurrent(_ className: String) -> Bool {
    recurrent.contains(className)
  }

  private static let recurrent: Set = [
    "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
    "CuDNNLSTM", "CuDNNGRU", "ConvRNN2D",
  ]
}

extension GraphLayer {
  /// The layer with what Keras 1 and 2 add to a recurrent layer's inputs as arguments of their own.
  /// tf_keras/src/layers/rnn/base_rnn.py `__call__`.
  func withNamedStates() -> GraphLayer {
    guard LayerArguments.isRecurrent(className) else { return self }
    var layer = self
    let constants = config["num_constants"]?.integer ?? 0
    for index in calls.indices {
      guard case .list(let tensors)? = calls[index].arguments.first, let first = tensors.first,
        (0..<tensors.count).contains(constants)
      else { continue }
      layer.calls[index].arguments[0] = first
      let states = tensors.dropFirst().dropLast(constants)
      if !states.isEmpty { layer.calls[index].keywords["initial_state"] = .list(Array(states)) }
      if constants > 0 {
        layer.calls[index].keywords["constants"] = .list(tensors.suffix(constants))
      }
    }
    return layer
  }

  /// The layer with what Keras 3 does to a recurrent layer that gets initial states: it passes the
  /// mask of its input on to layers with a single tensor only. Keras 2 takes `mask` of `None` for
  /// that. keras/src/layers/layer.py `__call__`.
  func withoutImplicitMasks() -> GraphLayer {
    guard LayerArguments.isRecurrent(className) else { return self }
    var layer = self
    for index in calls.indices where calls[index].tensors.count > 1 {
      let mask = calls[index].keywords["mask"] ?? .constant(.null)
      layer.calls[index].keywords["mask"] = mask
    }
    return layer
  }

  /// The layer with the initial states of a recurrent layer among its inputs, as Keras 2 writes it.
  func withListedStates() -> GraphLayer {
    guard LayerArguments.isRecurrent(className) else { return self }
    var layer = self
    for index in calls.indices {
      guard let first = calls[index].arguments.first else { continue }
      var inputs = [first]
      for name in ["initial_state", "constants"] {
        switch calls[index].keywords[name] {
        case .list(let states)?: inputs += states
        case .tensor(let state)?: inputs.append(.tensor(state))
        default: continue
        }
        layer.calls[index].keywords[name] = nil
      }
      if inputs.count > 1 { layer.calls[index].arguments[0] = .list(inputs) }
    }
    return layer
  }
}
