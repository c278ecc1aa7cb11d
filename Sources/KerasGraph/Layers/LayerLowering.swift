/// What becomes of the mask of a layer's input.
enum Masking {
  /// The outputs have none.
  case stops
  /// The output has that of the first input.
  case passes
  /// The layer gives its outputs their masks itself.
  case own
}

/// Says in TensorFlow's operations what a class of layers computes at inference.
protocol LayerLowering: Sendable {
  static var masking: Masking { get }
  /// Whether Keras casts tensors of floats to the layer's compute type before it is called.
  static var castsInputs: Bool { get }

  /// Adds one call of a layer to a graph.
  ///
  /// - Returns: what the layer gives.
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue
}

extension LayerLowering {
  static var masking: Masking { .stops }
  static var castsInputs: Bool { true }
}
