import TensorFlowGraph
import Tensors

/// Layers that make one tensor of several, element by element. Inputs of fewer dimensions get new
/// ones behind the first.
/// keras/src/layers/merging/base_merge.py of https://github.com/keras-team/keras
enum Merge {
  enum Add: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      .tensor(try folded(call, by: .addV2, in: graph))
    }
  }

  enum Subtract: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      guard call.inputs.count == 2 else {
        throw call.unfitting("2 tensors", "\(call.inputs.count)")
      }
      return .tensor(try folded(call, by: .sub, in: graph))
    }
  }

  enum Average: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      let sum = try folded(call, by: .addV2, in: graph)
      let kind: ElementKind =
        switch sum.kind {
        case .int8, .uint8, .int16, .uint16: .float32
        case let kind where kind.isFloating: kind
        default: .float64
        }
      let count = Double(call.inputs.count)
      return .tensor(graph.binary(.realDiv, graph.cast(sum, to: kind), count).masked(by: sum.mask))
    }
  }

  enum Multiply: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      guard call.layer.dialect == .keras3 else {
        return .tensor(try folded(call, by: .mul, in: graph))
      }
      return .tensor(try maskedProduct(call, in: graph))
    }
  }

  enum Maximum: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      .tensor(try extreme(call, by: .maximum, in: graph))
    }
  }

  enum Minimum: LayerLowering {
    static var masking: Masking { .own }

    static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
      .tensor(try extreme(call, by: .minimum, in: graph))
    }
  }
}

extension Merge {
  /// One operation from the first to the last.
  private static func folded(
    _ call: Call, by operation: Operation, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let inputs = try aligned(call, in: graph)
    let result = inputs.dropFirst().reduce(inputs[0]) { graph.binary(operation, $0, $1) }
    return result.masked(by: try mask(of: call, in: graph))
  }

  /// The inputs in one kind and with as many dimensions each, at least one.
  private static func aligned(
    _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> [Tensor] {
    let inputs = try sameKind(call, in: graph)
    guard inputs[0].kind.isFloating || inputs[0].kind.isInteger else {
      throw call.unfitting("numbers", inputs[0].kind.name)
    }
    let rank = inputs.map(\.rank).max() ?? 0
    guard inputs.allSatisfy({ $0.rank == rank || $0.rank > 0 }) else {
      throw call.unfitting("tensors with a batch dimension", "a scalar")
    }
    let aligned = inputs.map { input in
      (input.rank..<rank).reduce(input) { x, _ in graph.expand(x, at: 1) }
    }
    var shape: PartialShape = aligned[0].shape
    for other in aligned.dropFirst() {
      guard GraphBuilder.canBroadcast(shape, with: other.shape) else {
        throw call.unfitting("a shape that goes with \(shape)", "\(other.shape)")
      }
      shape = GraphBuilder.broadcast(shape, other.shape)
    }
    return aligned
  }

  /// The inputs in one kind, at least one.
  static func sameKind(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> [Tensor] {
    let inputs = call.inputs
    guard let first = inputs.first else { throw call.unfitting("tensors", "none") }
    guard inputs.contains(where: { $0.kind != first.kind }) else { return inputs }
    guard let kind = NumberType.common(inputs.map { .kind($0.kind) }) else {
      throw call.unfitting("tensors of one type", "\(inputs.map(\.kind.name))")
    }
    return inputs.map { graph.cast($0, to: kind) }
  }

  // MARK: Masks

  /// In Keras 2 what all masks have that there are; in Keras 3 what any has, when all are there.
  private static func mask(
    of call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor.Mask? {
    let masks = call.inputs.compactMap(\.mask?.tensor)
    guard let first = masks.first else { return nil }
    let isKeras3 = call.layer.dialect == .keras3
    guard !isKeras3 || masks.count == call.inputs.count else { return nil }
    let fit = masks.allSatisfy {
      $0.rank == first.rank && GraphBuilder.canBroadcast($0.shape, with: first.shape)
    }
    guard fit else { throw call.unfitting("masks of one shape", "\(masks.map(\.shape))") }
    return masks.dropFirst().reduce(first) {
      graph.binary(isKeras3 ? .logicalOr : .logicalAnd, $0, $1)
    }.asMask
  }

  /// A mask of the steps, for each of their features.
  private static func spread(
    _ mask: Tensor.Mask, over x: Tensor, _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let mask = graph.expand(mask.tensor, at: -1)
    guard mask.rank == x.rank, GraphBuilder.canBroadcast(mask.shape, to: x.shape) else {
      throw call.unfitting("a mask of all axes but the last", "\(mask.shape.dropLast())")
    }
    return mask
  }

  /// Keras 3: what is masked is 1, or 0 where all is.
  private static func maskedProduct(
    _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let inputs = try aligned(call, in: graph)
    var factors: [Tensor] = []
    var masks: [Tensor] = []
    for input in inputs {
      guard let mask = input.mask else {
        factors.append(input)
        continue
      }
      let isIn = try spread(mask, over: input, call, in: graph)
      masks.append(isIn)
      factors.append(graph.select(isIn, input, graph.scalar(1, like: input)))
    }
    let product = factors.dropFirst().reduce(factors[0]) { graph.multiply($0, $1) }
    guard masks.count == inputs.count else {
      return product.masked(by: try mask(of: call, in: graph))
    }
    let any = masks.dropFirst().reduce(masks[0]) { graph.binary(.logicalOr, $0, $1) }
    return graph.select(any, product, graph.scalar(0, like: product))
      .masked(by: try mask(of: call, in: graph))
  }

  /// The largest or smallest elements. Keras 3 leaves out what is masked.
  private static func extreme(
    _ call: Call, by operation: Operation, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard call.layer.dialect == .keras3 else { return try folded(call, by: operation, in: graph) }
    let inputs = try aligned(call, in: graph)
    var result = inputs[0]
    var known: Tensor?
    if let mask = result.mask { known = try spread(mask, over: result, call, in: graph) }
    for input in inputs.dropFirst() {
      var other = input
      var isIn: Tensor?
      if let mask = input.mask {
        let mask = try spread(mask, over: input, call, in: graph)
        other = graph.select(mask, input, result)
        isIn = mask
      }
      if let known { result = graph.select(known, result, other) }
      if let before = known, let isIn {
        known = graph.binary(.logicalOr, before, isIn)
      } else {
        known = nil
      }
      result = graph.binary(operation, result, other)
    }
    return result.masked(by: try mask(of: call, in: graph))
  }
}
