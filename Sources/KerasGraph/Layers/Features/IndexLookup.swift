import StrictJSON
import TensorFlowGraph
import Tensors

/// `StringLookup` and `IntegerLookup`: tokens to numbers, or back.
/// keras/src/layers/preprocessing/index_lookup.py of https://github.com/keras-team/keras and
/// https://github.com/keras-team/tf-keras
enum IndexLookup: LayerLowering {
  static var castsInputs: Bool { false }

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let encoder = try CategoryEncoder(of: layer, default: .integer)
    let vocabulary = try Vocabulary(of: layer, mode: encoder.mode)
    let input = try call.input(ranks: 0...8)
    guard try !layer.settings.flag("invert", default: false) else {
      guard encoder.mode == .integer else {
        throw layer.settings.malformed("output_mode", "'int' for invert=True")
      }
      return .tensor(try tokens(of: input, vocabulary, call, in: graph))
    }
    let indices = try indices(of: input, vocabulary, encoder.mode, call, in: graph)
    guard encoder.mode != .integer else {
      let kind = layer.dialect == .keras3 ? ElementKind.int64 : layer.integerKind()
      return .tensor(graph.cast(indices, to: kind))
    }
    return .tensor(try encode(indices, vocabulary, encoder, in: graph))
  }

  private static func encode(
    _ indices: Tensor, _ vocabulary: Vocabulary, _ encoder: CategoryEncoder, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let layer = encoder.layer
    var depth = vocabulary.size
    if try layer.settings.flag("pad_to_max_tokens", default: false) {
      depth = try layer.settings.requiredInteger("max_tokens")
    }
    guard depth >= vocabulary.size, depth <= Int(Int32.max) else {
      throw layer.settings.malformed("max_tokens", "room for all \(vocabulary.size) tokens")
    }
    // Keras 3 gives int64, although its shape inference says float32.
    let isKeras3 = layer.dialect == .keras3
    let kind = isKeras3 ? ElementKind.int64 : layer.policy.compute
    let output = try encoder.encode(indices, depth: depth, as: kind, in: graph)
    guard encoder.mode == .weighted else { return output }
    let weights = try vocabulary.weights(of: layer, depth: depth, in: graph)
    let result = isKeras3 ? ElementKind.float32 : kind
    return graph.multiply(graph.cast(output, to: result), graph.cast(weights, to: result))
  }

  // MARK: Tokens to numbers

  private static func indices(
    of input: Tensor, _ vocabulary: Vocabulary, _ mode: CategoryEncoder.Mode, _ call: Call,
    in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let layer = call.layer
    let keys = try keys(input, call, in: graph)
    let entries = LookupEntries(
      keys: try Vocabulary.constant(
        vocabulary.tokens, asTexts: keys.kind == .string, of: layer),
      values: numbers(of: vocabulary))
    let missing = vocabulary.unknownCount == 1 ? vocabulary.unknown : -1
    var indices = graph.lookUp(
      keys, in: entries, missing: graph.scalar(Double(missing), .int64))
    if let mask = vocabulary.mask {
      let token = graph.constant(
        try Vocabulary.constant([mask], asTexts: keys.kind == .string, of: layer, "mask_token"))
      // Beyond all categories where these are counted.
      let number = graph.constant(
        ConstantTensor([mode == .integer ? 0 : Int.max], kind: .int64, dimensions: []))
      indices = graph.select(
        graph.binary(.equal, keys, graph.squeeze(token, [0])), number, indices)
    }
    guard vocabulary.unknownCount != 1 else { return indices }
    let unknown = graph.binary(.equal, indices, -1)
    guard vocabulary.unknownCount > 1 else {
      let all = graph.unary(.logicalNot, unknown)
      return graph.asserting(
        graph.reduce(.all, all, along: Array(all.shape.indices)),
        "the input has what is not in the vocabulary, and num_oov_indices is 0", before: indices)
    }
    let others = try unknowns(keys, vocabulary, layer, in: graph)
    return graph.select(unknown, others, indices)
  }

  /// The input in the type of the tokens: texts, or int64.
  private static func keys(
    _ input: Tensor, _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    if call.layer.className == "StringLookup" {
      guard input.kind == .string else { throw call.unfitting("texts", input.kind.name) }
      return input
    }
    guard input.kind.isInteger || input.kind.isFloating else {
      throw call.unfitting("integers", input.kind.name)
    }
    let name = try call.layer.settings.text("vocabulary_dtype", default: "int64")
    guard let kind = ElementKind(named: name), kind.isInteger else {
      throw call.layer.settings.malformed("vocabulary_dtype", "a type of integers")
    }
    return graph.cast(graph.cast(input, to: kind), to: .int64)
  }

  private static func numbers(of vocabulary: Vocabulary) -> ConstantTensor {
    let numbers = Array(vocabulary.start..<vocabulary.size)
    return ConstantTensor(numbers, kind: .int64, dimensions: [numbers.count])
  }

  /// The numbers of what is not known, where there are several.
  private static func unknowns(
    _ keys: Tensor, _ vocabulary: Vocabulary, _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let count = vocabulary.unknownCount
    let method = try layer.settings.text("oov_method", default: "floormod")
    guard method == "floormod" || method == "farmhash" else {
      throw layer.settings.unsupported("oov_method", "\(method) is not known")
    }
    let others: Tensor
    if keys.kind != .string, method == "floormod" {
      others = graph.binary(.floorMod, keys, Double(count))
    } else {
      let texts = keys.kind == .string ? keys : graph.unary(.asString, keys)
      others = graph.hashBuckets(texts, count, salt: try Salt(of: layer))
    }
    return graph.binary(.addV2, others, Double(vocabulary.unknown))
  }

  // MARK: Numbers to tokens

  private static func tokens(
    of input: Tensor, _ vocabulary: Vocabulary, _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let layer = call.layer
    guard input.kind.isInteger || input.kind.isFloating else {
      throw call.unfitting("integers", input.kind.name)
    }
    let keys = graph.cast(input, to: .int64)
    let isText = layer.className == "StringLookup"
    func token(_ value: JSONValue?, _ field: String) throws(CompileError) -> Tensor {
      let constant = try Vocabulary.constant(
        value.map { [$0] } ?? [.null], asTexts: isText, of: layer, field)
      return graph.squeeze(graph.constant(constant), [0])
    }
    let entries = LookupEntries(
      keys: numbers(of: vocabulary),
      values: try Vocabulary.constant(vocabulary.tokens, asTexts: isText, of: layer))
    let unknown = try token(Vocabulary.unknownToken(of: layer), "oov_token")
    let tokens = graph.lookUp(keys, in: entries, missing: unknown)
    guard let mask = vocabulary.mask else { return tokens }
    return graph.select(
      graph.binary(.equal, keys, 0), try token(mask, "mask_token"), tokens)
  }
}
