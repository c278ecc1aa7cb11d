import TensorFlowGraph
import Tensors

/// What Keras does round each call of a layer that is no model: casts, and masks.
/// keras/src/layers/layer.py `__call__` of https://github.com/keras-team/keras,
/// tf_keras/src/engine/base_layer.py of https://github.com/keras-team/tf-keras
enum LayerCalls {
  /// What a layer gives, with the masks that Keras gives it.
  static func apply(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let call = graph.withoutLostMasks(call)
    let layer = call.layer
    let lowering = try lowering(of: layer)
    let scope = graph.scope
    graph.scope = layer.location
    defer { graph.scope = scope }
    let output = try lowering.lower(lowering.castsInputs ? cast(call, in: graph) : call, in: graph)
    switch lowering.masking {
    case .own: return output
    case .stops: return output.map { $0.masked(by: nil) }
    case .passes:
      let mask = passedMask(of: call)
      var isFirst = true
      return output.map { tensor in
        defer { isFirst = false }
        return tensor.masked(by: isFirst ? mask : nil)
      }
    }
  }

  private static func lowering(
    of layer: Layer
  ) throws(CompileError) -> any LayerLowering.Type {
    if let operation = OperatorTable.lowering(of: layer) { return operation }
    guard layer.isOfKeras, let known = LayerTable.all[layer.className] else {
      throw .unknownLayer(location: layer.location, className: layer.className)
    }
    return known
  }

  /// Keras 3 casts all arguments, Keras 2 the first.
  private static func cast(_ call: Call, in graph: GraphBuilder) -> Call {
    let kind = call.layer.policy.compute
    guard kind.isFloating else { return call }
    func cast(_ value: CallValue) -> CallValue {
      value.map { $0.kind.isFloating ? graph.cast($0, to: kind) : $0 }
    }
    var call = call
    if call.layer.dialect == .keras3 {
      call.arguments = call.arguments.map(cast)
      call.keywords = call.keywords.mapValues(cast)
    } else if let first = call.arguments.first {
      call.arguments[0] = cast(first)
    }
    return call
  }

  /// The mask that the layer was given, else what the first argument has.
  private static func passedMask(of call: Call) -> Tensor.Mask? {
    if let given = call.keywords["mask"]?.tensor, given.kind == .bool { return given.asMask }
    return call.inputs.first?.mask
  }
}
