import Tensors

/// Layers that change nothing at inference, also no mask.
enum Unchanged: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    call.arguments.first ?? .list([])
  }
}

/// Keras 2's loses masks.
enum Identity: LayerLowering {
  static var masking: Masking { .own }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let value = call.arguments.first ?? .list([])
    return call.layer.dialect == .keras3 ? value : value.map { $0.masked(by: nil) }
  }
}

/// `Lambda`: a function of Python's, of which the configuration has the machine's code.
enum Lambda: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    throw call.layer.settings.unsupported(
      "function",
      "it is code of Python's, which is not run here; --graph serves it in a graph"
        + " that TensorFlow made")
  }
}
