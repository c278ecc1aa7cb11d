import StrictJSON
import Tensors

/// The layers whose variables belong to objects that they make: cells, copies and parts.
struct CompositeLayer {
  private(set) var namings: [[OwnVariable]] = [[]]
  private(set) var children: [KerasObject.Child] = []
  private let dialect: Dialect

  /// The cells that layers make themselves, and their names.
  private static let cells = [
    "LSTM": "lstm_cell", "GRU": "gru_cell", "SimpleRNN": "simple_rnn_cell",
    "ConvLSTM1D": "conv_lstm_cell", "ConvLSTM2D": "conv_lstm_cell", "ConvLSTM3D": "conv_lstm_cell",
  ]

  /// The projections of an attention layer: attribute and name.
  private static let projections = [
    ("query_dense", "query"), ("key_dense", "key"), ("value_dense", "value"),
    ("output_dense", "attention_output"),
  ]

  /// `nil` for a class that is no such layer.
  init?(_ layer: LayerNode, dialect: Dialect) {
    self.dialect = dialect
    switch layer.className {
    case let name where Self.cells[name] != nil: addCell(of: layer)
    case "RNN":
      guard let cell = layer.config["cell"].flatMap(LayerNode.init) else { return nil }
      add(cell, at: ["cell"], scopes: [cell.name ?? ""])
    case "StackedRNNCells": addCells(of: layer)
    case "Bidirectional": addDirections(of: layer)
    case "TimeDistributed": addWrapped(of: layer, isNamed: false)
    case "Wrapper": addWrapped(of: layer, isNamed: true)
    case "SpectralNormalization":
      addWrapped(of: layer, isNamed: true)
      let vector = dialect == .keras3 ? "vector_u" : "sn_u"
      // The layer's kernel is an attribute of the wrapper, too.
      namings = [
        [OwnVariable("kernel", isCopy: true), OwnVariable(vector, trainable: false)],
        [OwnVariable(vector, trainable: false)],
      ]
    // Configurations have the name that Keras exports, those in HDF5 files the class's.
    case "MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention":
      addProjections(of: layer)
    case "ReversibleEmbedding": setEmbeddings(of: layer)
    case let name where KerasClassNames.all.contains(Substring(name)): break
    default: return nil
    }
  }

  private mutating func add(_ part: LayerNode, at places: [String], scopes: [String]) {
    let scopes = scopes.filter { !$0.isEmpty }
    let isModel = !part.layers.isEmpty
    children.append(
      KerasObject.Child(
        places: places, relation: isModel ? .layer(part) : .part(scopes),
        trainable: part.trainable, content: .layer(part)))
  }

  // MARK: Recurrent layers

  private mutating func addCell(of layer: LayerNode) {
    guard let scope = Self.cells[layer.className] else { return }
    // Before TensorFlow 2, CuDNN's layers had their own weights; with this class they have a cell.
    let hasBias = layer.config["use_bias"]?.bool != false
    let names = ["kernel", "recurrent_kernel"] + (hasBias ? ["bias"] : [])
    children.append(
      KerasObject.Child(
        places: ["cell"], relation: .part([scope]), trainable: true,
        content: .variables([names.map { OwnVariable($0) }])))
  }

  private mutating func addCells(of layer: LayerNode) {
    var counters = ClassCounters()
    for cell in (layer.config["cells"]?.array ?? []).compactMap(LayerNode.init) {
      let places = counters.next(cell.className).map { "cells/" + $0 }
      add(cell, at: places, scopes: [cell.name ?? ""])
    }
  }

  /// Keras 3 records both layers under the names that they have, Keras 2 what it was given.
  private mutating func addDirections(of layer: LayerNode) {
    guard let forward = layer.config["layer"].flatMap(LayerNode.init) else { return }
    let given = layer.config["backward_layer"].flatMap(LayerNode.init)
    let name = forward.name ?? ""
    let base =
      dialect == .keras3 && name.hasPrefix("forward_")
      ? String(name.dropFirst("forward_".count)) : name
    add(forward, at: ["forward_layer"], scopes: ["forward_" + base])
    let backward =
      dialect == .keras3 ? given?.name ?? "backward_" + base : "backward_" + (given?.name ?? base)
    add(given ?? forward, at: ["backward_layer"], scopes: [backward])
  }

  // MARK: Others

  private mutating func addWrapped(of layer: LayerNode, isNamed: Bool) {
    guard let wrapped = layer.config["layer"].flatMap(LayerNode.init) else { return }
    add(wrapped, at: ["layer"], scopes: isNamed ? [wrapped.name ?? ""] : [])
  }

  private mutating func addProjections(of layer: LayerNode) {
    let hasBias = layer.config["use_bias"]?.bool != false
    let plain = [OwnVariable("kernel")] + (hasBias ? [OwnVariable("bias")] : [])
    let namings =
      [plain] + ["int8", "float8"].flatMap { QuantizedVariables.namings($0, of: plain) }
    for (attribute, name) in Self.projections {
      children.append(
        KerasObject.Child(
          places: [attribute, "_" + attribute], relation: .part([name]), trainable: true,
          content: .variables(namings)))
    }
  }

  /// Unless it is the embeddings themselves, the way back has a matrix of its own, behind all that
  /// an embedding has.
  private mutating func setEmbeddings(of layer: LayerNode) {
    let plain = [OwnVariable("embeddings")]
    let mode = QuantizedVariables.mode(of: layer)
    let own = mode.map { QuantizedVariables.namings($0, of: plain) } ?? [plain]
    let reverse =
      layer.config["tie_weights"]?.bool == false ? [OwnVariable("reverse_embeddings")] : []
    let more = mode.map { QuantizedVariables.namings($0, of: reverse) } ?? [reverse]
    namings =
      reverse.isEmpty
      ? own
      : zip(own, more).map { embeddings, reverse in
        embeddings + reverse.filter { $0.name != "g_idx" }
      }
  }
}
