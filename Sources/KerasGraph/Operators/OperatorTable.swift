import StrictJSON
import Tensors

/// Layers that are functions on tensors: operations of `keras.ops` in Keras 3, functions of
/// TensorFlow in Keras 2.
enum OperatorTable {
  /// `nil` for other layers.
  static func lowering(of layer: Layer) -> (any LayerLowering.Type)? {
    guard layer.dialect == .keras3 else { return TensorFlowLayers.table[layer.className] }
    return isOperation(layer) ? KerasOperation.self : nil
  }

  /// In HDF5 files an operation has no module, but no layer says so little of itself.
  private static func isOperation(_ layer: Layer) -> Bool {
    if let module = layer.object["module"]?.string {
      return ["keras.src.ops", "keras.ops"].contains { module == $0 || module.hasPrefix($0 + ".") }
    }
    return layer.settings["trainable"] == nil && KerasOperation.functions[layer.className] != nil
      && layer.isOfKeras
  }
}

extension FunctionCall {
  /// Calls a function. Neither Keras casts what it is given, and masks end, but what is given back
  /// as it was keeps its own.
  static func apply(
    _ function: TensorFunction, to call: Call, options: [String: JSONValue] = [:],
    ignoring ignored: Set<String>, in graph: GraphBuilder
  ) throws(CompileError) -> CallValue {
    let functionCall = try FunctionCall(
      call, of: function, options: options, ignoring: ignored, in: graph)
    let result = try function.body(functionCall)
    try functionCall.finish()
    let given = (call.arguments + call.keywords.values).flatMap(\.tensors)
    return result.map { tensor in
      let same = given.first { $0.source == tensor.source && $0.builder == tensor.builder }
      return tensor.masked(by: same?.mask)
    }
  }
}

/// An operation of `keras.ops`: a function whose constants are in the configuration.
enum KerasOperation: LayerLowering {
  static let masking = Masking.own
  static let castsInputs = false

  /// By class.
  static let functions = TensorFunction.join([
    ElementFunctions.keras, PairFunctions.keras, ReductionFunctions.keras,
    ActivationFunctions.keras, ShapeFunctions.keras, CreationFunctions.keras,
    SelectionFunctions.keras, OrderFunctions.keras, MatrixFunctions.keras,
    DecompositionFunctions.keras, NormalizationFunctions.keras, SignalFunctions.keras,
    ImageFunctions.keras, WindowFunctions.keras, NumberFunctions.keras,
  ])

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    guard let function = functions[layer.className] else {
      throw layer.settings.unsupported(
        "class_name",
        "the operation \(layer.className) is not compiled; --graph serves it in a graph that"
          + " TensorFlow made")
    }
    return try FunctionCall.apply(
      function, to: call, options: layer.settings.json,
      ignoring: ["name"], in: graph)
  }
}
