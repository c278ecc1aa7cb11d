import StrictJSON
import Tensors

/// Keras 2's layers that are functions of TensorFlow.
/// tf_keras/src/layers/core/tf_op_layer.py of https://github.com/keras-team/tf-keras
enum TensorFlowLayers {
  static let table: [String: any LayerLowering.Type] = [
    "TFOpLambda": TensorFlowFunction.self, "SlicingOpLambda": TensorFlowFunction.self,
    "TensorFlowOpLayer": GraphNodeLayer.self, "ClassMethod": RaggedMethod.self,
    "InstanceMethod": RaggedMethod.self, "InstanceProperty": RaggedMethod.self,
  ]
}

/// `TFOpLambda`: a function by its name, called with all of its arguments.
enum TensorFlowFunction: LayerLowering {
  static let masking = Masking.own
  static let castsInputs = false

  /// By name, without `tf.` before it.
  static let functions = TensorFunction.join([
    ElementFunctions.tensorFlow, PairFunctions.tensorFlow, ReductionFunctions.tensorFlow,
    ActivationFunctions.tensorFlow, ShapeFunctions.tensorFlow, CreationFunctions.tensorFlow,
    SelectionFunctions.tensorFlow, OrderFunctions.tensorFlow, MatrixFunctions.tensorFlow,
    DecompositionFunctions.tensorFlow, NormalizationFunctions.tensorFlow,
    ImageFunctions.tensorFlow, WindowFunctions.tensorFlow,
  ])

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let settings = call.layer.settings
    let name = try settings.text("function") ?? ""
    guard let function = functions[name] else {
      throw settings.unsupported(
        "function",
        "TensorFlow's \(name) is not compiled; --graph serves it in a graph that TensorFlow made")
    }
    return try FunctionCall.apply(function, to: call, ignoring: ["name"], in: graph)
  }
}

/// Methods and properties of ragged and sparse tensors.
enum RaggedMethod: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    throw call.layer.settings.unsupported(
      "class_name",
      "only dense tensors can be served; --graph serves others in a graph that"
        + " TensorFlow made")
  }
}

/// `TensorFlowOpLayer`: an operation as a node, with the constants among its operands. TensorFlow
/// 2.0 to 2.3 wrote functions so.
enum GraphNodeLayer: LayerLowering {
  static let masking = Masking.own
  static let castsInputs = false

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let settings = call.layer.settings
    guard let node = settings["node_def"], let name = node["op"]?.string else {
      throw settings.malformed("node_def", "a node")
    }
    guard let word = GraphNode.words[name] else {
      throw settings.unsupported(
        "node_def",
        "the operation \(name) is not compiled; --graph serves it in a graph that TensorFlow made")
    }
    guard let function = TensorFlowFunction.functions[word.function] else {
      throw settings.malformed("node_def", "an operation")
    }
    let graphNode = GraphNode(
      name: name, word: word, attributes: node["attr"]?.object ?? [:], settings: settings)
    var inner = call
    (inner.arguments, inner.keywords) = ([], try graphNode.arguments(of: call))
    return try FunctionCall.apply(function, to: inner, ignoring: [], in: graph)
  }
}
