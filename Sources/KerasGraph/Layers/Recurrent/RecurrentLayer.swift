import StrictJSON
import TensorFlowGraph
import Tensors

/// `RNN` with a cell, and the layers that have one of their own.
/// keras/src/layers/rnn/rnn.py of https://github.com/keras-team/keras,
/// tf_keras/src/layers/rnn/base_rnn.py of https://github.com/keras-team/tf-keras
enum RecurrentLayer: LayerLowering {
  static var masking: Masking { .own }

  /// The classes that are lowered here.
  static let classes: Set<String> = [
    "RNN", "LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU", "ConvLSTM1D", "ConvLSTM2D",
    "ConvLSTM3D",
  ]

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    guard try !layer.settings.flag("stateful", default: false) else {
      throw layer.settings.unsupported(
        "stateful",
        "it keeps its states from one call to the next, and a served model answers each request by"
          + " itself; a version with stateful = false, or --graph, can be served")
    }
    let given = try RecurrentCall(call, in: graph)
    let rank = 3 + convolutionRank(of: layer)
    guard given.sequence.rank == rank else {
      throw call.unfitting("rank \(rank)", "rank \(given.sequence.rank)")
    }
    let returnsSequences = try layer.settings.flag("return_sequences", default: false)
    let layout = try layout(of: layer)
    let recurrence = Recurrence(
      cell: try cell(of: layer, in: graph),
      goesBackwards: try layer.settings.flag("go_backwards", default: false),
      returnsSequences: returnsSequences, zeroesMasked: try zeroesMasked(layer),
      isUnrolled: try layer.settings.flag("unroll", default: false))
    let mask = try mask(call, given, layout, rank: rank, in: graph)
    let (output, states) = try recurrence.run(
      layout.inner(given.sequence, in: graph),
      from: try initialStates(call, given, recurrence.cell, layout, in: graph), mask: mask,
      in: graph)
    if let mask { try check(mask, states, call) }
    func cast(_ x: Tensor) -> Tensor { graph.cast(x, to: layer.policy.compute) }
    let outer =
      returnsSequences ? layout.outer(output, in: graph) : layout.outerStep(output, in: graph)
    let result = cast(outer).masked(by: returnsSequences ? given.passedMask : nil)
    guard try layer.settings.flag("return_state", default: false) else { return .tensor(result) }
    return .list(
      [.tensor(result)] + states.map { .tensor(cast(layout.outerStep($0, in: graph))) })
  }

  // MARK: The configuration

  private static func convolutionRank(of layer: Layer) -> Int {
    switch layer.className {
    case "ConvLSTM1D": 1
    case "ConvLSTM2D": 2
    case "ConvLSTM3D": 3
    default: 0
    }
  }

  private static func layout(of layer: Layer) throws(CompileError) -> SequenceLayout {
    let format = try layer.settings.text("data_format", default: "channels_last")
    guard format == "channels_last" || format == "channels_first" else {
      throw layer.settings.malformed("data_format", "channels_first or channels_last")
    }
    return SequenceLayout(
      isTimeMajor: try layer.settings.flag("time_major", default: false),
      isChannelsFirst: format == "channels_first" && convolutionRank(of: layer) > 0)
  }

  /// ConvLSTM of Keras 2 does not know the setting.
  private static func zeroesMasked(_ layer: Layer) throws(CompileError) -> Bool {
    guard layer.dialect == .keras3 || convolutionRank(of: layer) == 0 else { return false }
    return try layer.settings.flag("zero_output_for_mask", default: false)
  }

  private static func cell(
    of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> any RecurrentCell {
    switch layer.className {
    case "CuDNNLSTM": return try LongShortTermMemoryCell(cuDNN: layer, in: graph)
    case "CuDNNGRU": return try GatedRecurrentCell(cuDNN: layer, in: graph)
    case "RNN":
      return try RecurrentCells.cell(try layer.part("cell", layer.settings["cell"]), in: graph)
    case "LSTM", "GRU", "SimpleRNN":
      return try RecurrentCells.cell(
        try ownCell(of: layer, "\(layer.className)Cell", named: layer.className), in: graph)
    default:
      return try ConvolutionalCell(
        try ownCell(of: layer, "ConvLSTMCell", named: "conv_lstm"),
        rank: convolutionRank(of: layer), in: graph)
    }
  }

  /// The cell that a layer makes of its own configuration.
  private static func ownCell(
    of layer: Layer, _ className: String, named name: String
  ) throws(CompileError) -> Layer {
    var config = layer.settings.json
    config["name"] = .string("\(name.lowercased())_cell")
    return try layer.part(
      "cell", .object(["class_name": .string(className), "config": .object(config)]))
  }

  // MARK: What it is called with

  private static func initialStates(
    _ call: Call, _ given: RecurrentCall, _ cell: any RecurrentCell, _ layout: SequenceLayout,
    in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor]? {
    guard let states = given.states else { return nil }
    let sizes = cell.stateSizes
    guard states.count == sizes.count else {
      throw call.unfitting("\(sizes.count) states", "\(states.count)")
    }
    var inner: [Tensor] = []
    for (state, size) in zip(states, sizes) {
      let step = layout.innerStep(state, in: graph)
      guard step.rank == given.sequence.rank - 1, step.dimension(-1) ?? size == size else {
        throw call.unfitting("a state of \(size) units", "\(state.shape)")
      }
      inner.append(graph.cast(step, to: cell.kind))
    }
    return inner
  }

  private static func mask(
    _ call: Call, _ given: RecurrentCall, _ layout: SequenceLayout, rank: Int,
    in graph: GraphBuilder
  ) throws(CompileError) -> Tensor? {
    guard let mask = given.mask else { return nil }
    guard !call.layer.className.hasPrefix("CuDNN") else {
      throw call.unfitting("no mask", "one")
    }
    guard (2...(layout.isChannelsFirst ? 2 : rank)).contains(mask.shape.count) else {
      throw call.unfitting("a mask of 2 dimensions", "one of \(mask.shape.count)")
    }
    return layout.mask(mask.tensor, rank: rank, in: graph)
  }

  /// Checks that a mask, which may also be one of space or of units, is one of the states.
  private static func check(
    _ mask: Tensor, _ states: [Tensor], _ call: Call
  ) throws(CompileError) {
    let sizes = Array(mask.shape.dropFirst())
    for state in states {
      let pairs = zip(sizes, state.shape)
      guard pairs.allSatisfy({ $0 == nil || $0 == 1 || $1 == nil || $0 == $1 }) else {
        throw call.unfitting("a mask for \(state.shape)", "one of \(sizes)")
      }
    }
  }
}

/// A cell that is called by itself, for one step.
enum CellLayer: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let input = try call.input(rank: 2)
    let cell = try RecurrentCells.cell(call.layer, in: graph)
    let given = (call.argument(1, "states")?.tensors ?? []).map { graph.cast($0, to: cell.kind) }
    guard given.count == cell.stateSizes.count, given.allSatisfy({ $0.rank == 2 }) else {
      throw call.unfitting("\(cell.stateSizes.count) states of rank 2", "\(given.map(\.shape))")
    }
    let states = try cell.step(try cell.project(input, in: graph), given, in: graph)
    return .list([.tensor(states[cell.outputState])] + states.map { .tensor($0) })
  }
}
