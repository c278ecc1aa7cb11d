import StrictJSON
import TensorFlowGraph
import Tensors

/// `Bidirectional`: a recurrent layer, and another that runs the other way.
/// keras/src/layers/rnn/bidirectional.py of https://github.com/keras-team/keras and of
/// https://github.com/keras-team/tf-keras
enum Bidirectional: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let (forward, backward) = try layers(of: call.layer)
    let given = try RecurrentCall(call, in: graph)
    let half = (given.states?.count ?? 0) / 2
    func run(_ layer: Layer, _ states: ArraySlice<Tensor>?) throws(CompileError) -> [Tensor] {
      var keywords: [String: CallValue] = [:]
      if let mask = given.mask { keywords["mask"] = .tensor(mask.tensor) }
      if let states { keywords["initial_state"] = .list(states.map { .tensor($0) }) }
      let sequence = CallValue.tensor(given.sequence.masked(by: nil))
      return try graph.call(
        Call(layer: layer, arguments: [sequence], keywords: keywords)
      ).tensors
    }
    let there = try run(forward, given.states?.prefix(half))
    let back = try run(backward, given.states?.dropFirst(half))
    guard let first = there.first, var second = back.first else { return .list([]) }
    let returnsSequences = try forward.settings.flag("return_sequences", default: false)
    if returnsSequences {
      let isTimeMajor = try forward.settings.flag("time_major", default: false)
      second = graph.reverse(second, along: [isTimeMajor ? 0 : 1])
    }
    let mask = returnsSequences ? given.passedMask : nil
    let outputs = try merge(first, second, call.layer, in: graph).map { $0.masked(by: mask) }
    let states = there.dropFirst() + back.dropFirst()
    if outputs.count == 1, states.isEmpty { return .tensor(outputs[0]) }
    return .list((outputs + states).map { .tensor($0) })
  }

  private static func merge(
    _ x: Tensor, _ y: Tensor, _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    // Null is a mode of its own; `concat` is that of a field that is absent.
    if layer.settings.json["merge_mode"]?.isNull == true { return [x, y] }
    switch try layer.settings.text("merge_mode", default: "concat") {
    case "concat": return [graph.concat([x, y], along: -1)]
    case "sum": return [graph.plus(x, y)]
    case "mul": return [graph.multiply(x, y)]
    case "ave": return [graph.binary(.realDiv, graph.plus(x, y), 2)]
    default:
      throw layer.settings.malformed("merge_mode", "concat, sum, mul, ave or null")
    }
  }

  // MARK: The two layers

  private static func layers(
    of layer: Layer
  ) throws(CompileError) -> (forward: Layer, backward: Layer) {
    let wrapped = layer.settings["layer"]
    let forward = try part("forward", wrapped, reversed: false, of: layer)
    let other = layer.settings["backward_layer"]
    let backward = try part("backward", other ?? wrapped, reversed: other == nil, of: layer)
    guard
      try forward.settings.flag("go_backwards", default: false)
        != backward.settings.flag("go_backwards", default: false)
    else { throw layer.settings.malformed("backward_layer", "a layer that runs the other way") }
    for field in ["return_sequences", "return_state"]
    where try forward.settings.flag(field, default: false)
      != backward.settings.flag(field, default: false)
    { throw layer.settings.malformed("backward_layer", "the same \(field) in both layers") }
    return (forward, backward)
  }

  /// One of the two layers.
  ///
  /// - Parameter reversed: whether it is made of the other's configuration.
  private static func part(
    _ side: String, _ object: JSONValue?, reversed: Bool, of layer: Layer
  ) throws(CompileError) -> Layer {
    guard var members = object?.object, var config = members["config"]?.object else {
      throw layer.settings.malformed("\(side)_layer", "a layer")
    }
    let settings = Settings(location: layer.location, json: config)
    if reversed {
      let goesBackwards = try settings.flag("go_backwards", default: false)
      config["go_backwards"] = .bool(layer.dialect == .keras3 || !goesBackwards)
    }
    // Keras sets it so, whatever the configuration says.
    config["zero_output_for_mask"] = .bool(
      try settings.flag("return_sequences", default: false))
    let name = try settings.text("name", default: "rnn")
    config["name"] = .string(name.hasPrefix("\(side)_") ? name : "\(side)_\(name)")
    members["config"] = .object(config)
    let part = try layer.part("\(side)_layer", .object(members))
    guard part.isOfKeras, RecurrentLayer.classes.contains(part.className) else {
      throw .unknownLayer(location: part.location, className: part.className)
    }
    return part
  }
}
