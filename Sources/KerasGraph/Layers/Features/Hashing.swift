import StrictJSON
import TensorFlowGraph
import Tensors

/// The hash of each number or text, as one of so many categories.
/// keras/src/layers/preprocessing/hashing.py of https://github.com/keras-team/keras
enum Hashing: LayerLowering {
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let encoder = try CategoryEncoder(of: layer, default: .integer)
    let input = try call.input(ranks: 0...8)
    let bins = try layer.settings.requiredInteger("num_bins")
    guard bins > 0 else { throw layer.settings.malformed("num_bins", "a positive integer") }
    let masked = bins > 1 ? layer.settings["mask_value"] : nil
    var indices = try hash(
      input, into: masked == nil ? bins : bins - 1, salt: try Salt(of: layer), call, in: graph)
    if let masked {
      let value = try constant(masked, like: input, of: layer, in: graph)
      indices = graph.select(
        graph.binary(.equal, input, value), graph.scalar(0, like: indices),
        graph.binary(.addV2, indices, 1))
    }
    let whole = layer.integerKind()
    let isKeras3 = layer.dialect == .keras3
    let other = isKeras3 ? layer.policy.variable : layer.policy.compute
    return .tensor(
      try encoder.encode(
        indices, depth: bins, as: encoder.mode == .integer ? whole : other, in: graph))
  }

  private static func hash(
    _ input: Tensor, into bins: Int, salt: Salt?, _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    var texts = input
    if input.kind != .string {
      let isKeras3 = call.layer.dialect == .keras3
      guard input.kind.isInteger || isKeras3 && (input.kind.isFloating || input.kind == .bool)
      else { throw call.unfitting("integers or texts", input.kind.name) }
      let numbers = input.kind.isFloating ? graph.cast(input, to: .int64) : input
      texts = graph.unary(.asString, numbers)
    }
    return graph.hashBuckets(texts, bins, salt: salt)
  }

  private static func constant(
    _ value: JSONValue, like input: Tensor, of layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    if input.kind == .string, let text = value.string {
      return graph.text(text)
    }
    if input.kind.isInteger, let number = value.integer {
      return graph.constant(ConstantTensor([number], kind: input.kind, dimensions: []))
    }
    guard input.kind.isFloating, let number = value.double else {
      throw layer.settings.malformed("mask_value", "a value of the input's type")
    }
    return graph.scalar(number, like: input)
  }
}

/// The two numbers that make a hash another.
struct Salt {
  let numbers: [Int]

  init?(of layer: Layer) throws(CompileError) {
    guard let value = layer.settings["salt"] else { return nil }
    let given = value.elements ?? [value, value]
    numbers = given.compactMap(\.integer)
    guard given.count == 2, numbers.count == 2 else {
      throw layer.settings.malformed("salt", "one or two integers")
    }
  }
}

extension GraphBuilder {
  /// Texts as numbers below `count`, of int64.
  func hashBuckets(_ texts: Tensor, _ count: Int, salt: Salt?) -> Tensor {
    guard let salt else {
      return add(
        .stringToHashBucketFast, [texts], ["num_buckets": .integer(count)], shape: texts.shape)
    }
    return add(
      .stringToHashBucketStrong, [texts],
      ["num_buckets": .integer(count), "key": .integers(salt.numbers)], shape: texts.shape)
  }

  func text(_ text: String) -> Tensor {
    constant(ConstantTensor(kind: .string, dimensions: [], elements: .strings([Array(text.utf8)])))
  }
}

/// The hash of what several inputs are together.
/// keras/src/layers/preprocessing/hashed_crossing.py of https://github.com/keras-team/keras
enum HashedCrossing: LayerLowering {
  static var castsInputs: Bool { false }

  /// What `tf.sparse.cross_hashed` begins with.
  /// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/ops/sparse_ops.py
  private static let key = 0xDE_CAFC_AFFE

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let encoder = try CategoryEncoder(of: layer, default: .integer)
    let inputs = call.inputs
    guard inputs.count >= 2, let first = inputs.first,
      inputs.allSatisfy({ $0.rank == first.rank && ($0.kind == .string || $0.kind.isInteger) }),
      first.rank < 2 || first.rank == 2 && first.dimension(1) == 1
    else {
      throw call.unfitting(
        "two or more of integers or texts, one for each example", "\(inputs.map(\.shape))")
    }
    let bins = try layer.settings.requiredInteger("num_bins")
    guard bins > 0 else { throw layer.settings.malformed("num_bins", "a positive integer") }
    let columns = inputs.map { input in
      let column = graph.reshape(input, to: [first.rank == 0 ? 1 : input.shape[0], 1])
      return input.kind == .string ? column : graph.cast(column, to: .int64)
    }
    let hasNumbers = columns.contains { $0.kind != .string }
    let crossed = graph.addAll(
      .sparseCross, columns,
      [
        "N": .integer(0), "sparse_types": .kinds([]), "dense_types": .kinds(columns.map(\.kind)),
        "hashed_output": .flag(true), "num_buckets": .integer(bins), "hash_key": .integer(key),
        "out_type": .kind(.int64), "internal_type": .kind(hasNumbers ? .int64 : .string),
      ], shapes: [[nil, 2], [nil], [2]])
    guard crossed.indices.contains(1) else { return .list([]) }
    // One value for each example, in their order.
    let indices = graph.reshape(crossed[1], to: graph.extents(of: first))
    return .tensor(
      try encoder.encode(
        indices, depth: bins,
        as: encoder.mode == .integer ? layer.integerKind() : layer.policy.compute, in: graph))
  }
}
