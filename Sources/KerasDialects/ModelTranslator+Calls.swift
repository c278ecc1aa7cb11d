import StrictJSON
import Tensors

extension ModelTranslator {
  /// A function on tensors in the target's words; `nil` for a layer.
  mutating func operation(_ layer: GraphLayer, at location: String) -> GraphLayer? {
    let isFunction = source != .keras3 && OperatorTranslator.isTensorFlowFunction(layer)
    let isOperation = source == .keras3 && OperatorTranslator.isOperation(layer)
    guard isFunction || isOperation else { return nil }
    if isSameGeneration {
      let hasEllipsis = layer.calls.contains { $0.keywords.values.contains(where: \.hasEllipsis) }
      if isFunction, container == .archive, hasEllipsis {
        note(
          .impossible, at: location, field: "inbound_nodes",
          "archives of Keras 2 cannot hold '...' in an index: export it as h5")
      }
      return isOperation ? OperatorTranslator.withModule(layer) : layer
    }
    var translator = OperatorTranslator(in: container, at: location)
    let result =
      isFunction ? translator.operation(from: layer) : translator.function(from: layer)
    for note in translator.notes { objects.note(note) }
    return result
  }

  /// A layer's call with the arguments that the target's layer takes.
  mutating func call(
    _ call: LayerCall, of layer: GraphLayer, at location: String
  ) -> LayerCall {
    if isSameGeneration { return call }
    return target == .keras3
      ? call3(call, of: layer, at: location) : call2(call, of: layer, at: location)
  }

  private mutating func call3(
    _ call: LayerCall, of layer: GraphLayer, at location: String
  ) -> LayerCall {
    var call = call
    let keepsMask = Self.hasOwnMask(layer, call)
    call.keywords = call.keywords.filter { name, value in
      !value.isNull || (name == "mask" && keepsMask)
    }
    noteTraining(call.keywords.removeValue(forKey: "training"), at: location)
    if call.keywords.removeValue(forKey: "constants") != nil {
      note(
        .impossible, at: location, field: "constants",
        "a recurrent layer of Keras 3 takes no constants")
    }
    return call
  }

  /// Keras 3 calls the layers of a model as it is called itself, whatever a call says
  /// (`operation_fn` of keras/src/models/functional.py in https://github.com/keras-team/keras).
  private mutating func noteTraining(_ argument: Argument?, at location: String) {
    guard let value = argument?.constant, !value.isNull else { return }
    if value.bool == false || value.integer == 0 {
      note(
        .lost, at: location, field: "training",
        "Keras 3 trains it with the model; the outputs are the same. Freeze it to keep it")
    } else {
      note(
        .impossible, at: location, field: "training",
        "it always computes as in training, and in Keras 3 only while the model is trained")
    }
  }

  /// Whether `None` for a mask means that there is none: Keras 3 then looks for no other.
  private static func hasOwnMask(_ layer: GraphLayer, _ call: LayerCall) -> Bool {
    LayerArguments.isRecurrent(layer.className) && call.tensors.count > 1
  }

  /// Keras 2 names all arguments but the first. Keras 3 writes its own `training` argument into
  /// calls and replaces it by what the model is called with, which is Keras 2's way without it.
  private mutating func call2(
    _ call: LayerCall, of layer: GraphLayer, at location: String
  ) -> LayerCall {
    let keepsMask = Self.hasOwnMask(layer, call)
    var keywords = call.keywords.filter { name, value in
      name != "training" && (!value.isNull || (name == "mask" && keepsMask))
    }
    var arguments = call.arguments
    if arguments.isEmpty,
      let name = LayerArguments.firstNames.first(where: { keywords[$0] != nil }),
      let first = keywords.removeValue(forKey: name)
    {
      arguments = [first]
    }
    let names = LayerArguments.names(of: layer.className)
    for (place, argument) in arguments.enumerated().dropFirst() where !argument.isNull {
      guard place < names.count else {
        note(
          .impossible, at: location, field: "inbound_nodes",
          "Keras 2 needs a name for argument \(place + 1) of \(layer.className)")
        continue
      }
      if names[place] != "training" { keywords[names[place]] = argument }
    }
    for name in ["query_mask", "value_mask", "key_mask"] where keywords[name] != nil {
      note(.impossible, at: location, field: name, "a layer of Keras 2 has no such argument")
    }
    return LayerCall(arguments: Array(arguments.prefix(1)), keywords: keywords)
  }
}
