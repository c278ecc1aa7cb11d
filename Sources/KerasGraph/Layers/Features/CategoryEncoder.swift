import TensorFlowGraph
import Tensors

/// What the numbers of categories become.
/// `encode_categorical_inputs` of keras/src/utils/numerical_utils.py of
/// https://github.com/keras-team/keras and of
/// tf_keras/src/layers/preprocessing/preprocessing_utils.py of
/// https://github.com/keras-team/tf-keras
struct CategoryEncoder {
  enum Mode: String {
    /// The numbers themselves.
    case integer = "int"
    /// A vector for each, with a 1 at its place.
    case oneHot = "one_hot"
    /// A vector for each example, with a 1 for each that it has.
    case multiHot = "multi_hot"
    /// The same with how often it has each.
    case count
    /// The same times weights.
    case weighted = "tf_idf"
  }

  let layer: Layer
  let mode: Mode

  init(of layer: Layer, default mode: Mode) throws(CompileError) {
    let names = ["binary": "multi_hot", "tf-idf": "tf_idf"]
    let name = try layer.settings.text("output_mode", default: mode.rawValue)
    guard let known = Mode(rawValue: names[name] ?? name) else {
      throw layer.settings.unsupported("output_mode", "\(name) is not known")
    }
    for field in ["sparse", "ragged"] where try layer.settings.flag(field, default: false) {
      throw layer.settings.unsupported(field, "only dense tensors can be served")
    }
    (self.layer, self.mode) = (layer, known)
  }

  /// - Parameters:
  ///   - indices: of integers. Those that are not below `depth` count for none.
  ///   - depth: how many categories there are.
  ///   - kind: the result's.
  ///   - weights: how much each index counts; of its shape.
  func encode(
    _ indices: Tensor, depth: Int, as kind: ElementKind, weights: Tensor? = nil,
    in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard mode != .integer else { return graph.cast(indices, to: kind) }
    guard depth > 0 else { throw layer.settings.malformed("num_tokens", "a positive integer") }
    let whole = indices.rank == 0 ? graph.reshape(indices, to: [1]) : indices
    return layer.dialect == .keras3
      ? encodeInKeras3(whole, depth, kind, weights, in: graph)
      : try encodeInKeras2(whole, depth, kind, weights, in: graph)
  }

  private func encodeInKeras2(
    _ indices: Tensor, _ depth: Int, _ kind: ElementKind, _ weights: Tensor?,
    in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let isSpread = mode == .oneHot && indices.dimension(-1) != 1
    let indices = isSpread ? graph.expand(indices, at: -1) : indices
    guard indices.rank <= 2 else {
      throw .unfittingInput(
        location: layer.location, expected: "rank 2 at most in mode \(mode.rawValue)",
        found: "rank \(indices.rank)")
    }
    return count(indices, depth, kind, weights, in: graph)
  }

  private func encodeInKeras3(
    _ indices: Tensor, _ depth: Int, _ kind: ElementKind, _ weights: Tensor?,
    in graph: GraphBuilder
  ) -> Tensor {
    if mode == .oneHot {
      let isFlat = indices.rank > 1 && indices.dimension(-1) == 1
      return oneHot(isFlat ? graph.squeeze(indices, [-1]) : indices, depth, kind, in: graph)
    }
    if indices.rank <= 2 { return count(indices, depth, kind, weights, in: graph) }
    let vectors = oneHot(indices, depth, weights?.kind ?? kind, in: graph)
    if mode == .multiHot { return graph.reduce(.max, vectors, along: [1]) }
    guard let weights else { return graph.reduce(.sum, vectors, along: [1]) }
    let product = graph.multiply(vectors, graph.expand(weights, at: -1))
    return graph.reduce(.sum, product, along: [1])
  }

  private func oneHot(
    _ indices: Tensor, _ depth: Int, _ kind: ElementKind, in graph: GraphBuilder
  ) -> Tensor {
    graph.add(
      .oneHot,
      [
        graph.cast(indices, to: .int64), graph.integer(depth), graph.scalar(1, kind),
        graph.scalar(0, kind),
      ], ["axis": .integer(-1)], shape: indices.shape + [depth])
  }

  /// How often each number is along the last axis, of a tensor of rank 1 or 2.
  private func count(
    _ indices: Tensor, _ depth: Int, _ kind: ElementKind, _ weights: Tensor?,
    in graph: GraphBuilder
  ) -> Tensor {
    let isCounted: Bool =
      switch kind {
      case .int32, .int64, .float32, .float64: true
      default: false
      }
    let counted = isCounted ? kind : .float32
    let none = graph.constant(
      ConstantTensor([Double](), kind: counted, dimensions: [0]))
    let indices = indices.kind == .int32 ? indices : graph.cast(indices, to: .int64)
    let counts = graph.add(
      .denseBincount,
      [
        indices, graph.scalar(Double(depth), like: indices),
        weights.map { graph.cast($0, to: counted) } ?? none,
      ], ["binary_output": .flag(mode == .multiHot || mode == .oneHot)],
      shape: Array(indices.shape.dropLast()) + [depth])
    return graph.cast(counts, to: kind)
  }
}
