import StrictJSON
import TensorFlowGraph
import Tensors

/// The tokens that a lookup knows, and the numbers that they have.
/// keras/src/layers/preprocessing/index_lookup.py of https://github.com/keras-team/keras
struct Vocabulary {
  /// Without the mask's token and those of what is not known.
  let tokens: [JSONValue]
  /// The number of the first: after that of the mask, and those of what is not known.
  let start: Int
  /// The first of those of what is not known.
  let unknown: Int
  let unknownCount: Int
  let mask: JSONValue?
  /// Whether the setting has the special tokens before the others.
  let listsSpecialTokens: Bool

  var size: Int { start + tokens.count }

  init(of layer: Layer, mode: CategoryEncoder.Mode) throws(CompileError) {
    let settings = layer.settings
    let listed = try Self.listed(settings)
    mask = settings["mask_token"] ?? settings["mask_value"]
    unknownCount = try settings.integer("num_oov_indices", default: 1)
    guard unknownCount >= 0 else {
      throw settings.malformed("num_oov_indices", "0 or a positive integer")
    }
    unknown = mask != nil && mode == .integer ? 1 : 0
    start = unknown + unknownCount
    let special = listed.prefix(start)
    let (mask, out, unknown) = (mask, Self.unknownToken(of: layer), unknown)
    listsSpecialTokens =
      special.count == start
      && special.enumerated().allSatisfy { $1 == ($0 < unknown ? mask : out) }
    tokens = listsSpecialTokens ? Array(listed.dropFirst(start)) : listed
    guard !tokens.isEmpty, Set(tokens).count == tokens.count else {
      throw settings.malformed("vocabulary", "different tokens")
    }
  }

  /// The token for what is not known.
  static func unknownToken(of layer: Layer) -> JSONValue? {
    let given = layer.settings["oov_token"] ?? layer.settings["oov_value"]
    if given != nil || layer.settings.json["oov_token"] != nil { return given }
    return layer.className == "IntegerLookup" ? -1 : "[UNK]"
  }

  private static func listed(_ settings: Settings) throws(CompileError) -> [JSONValue] {
    guard let value = settings["vocabulary"] else {
      throw settings.unsupported(
        "vocabulary",
        "the configuration has none, because Keras keeps that of an adapted layer elsewhere; make"
          + " the layer with vocabulary=layer.get_vocabulary()")
    }
    guard let listed = value.elements else {
      throw settings.unsupported(
        "vocabulary", "it is the name of a file; make the layer with the list of its tokens")
    }
    return listed
  }

  /// Tokens as a tensor: texts, or int64.
  static func constant(
    _ tokens: [JSONValue], asTexts: Bool, of layer: Layer, _ field: String = "vocabulary"
  ) throws(CompileError) -> ConstantTensor {
    if asTexts {
      let texts = tokens.compactMap(\.string).map { Array($0.utf8) }
      if texts.count == tokens.count {
        return ConstantTensor(
          kind: .string, dimensions: [texts.count], elements: .strings(texts))
      }
    } else {
      let numbers = tokens.compactMap(\.integer)
      if numbers.count == tokens.count {
        return ConstantTensor(numbers, kind: .int64, dimensions: [numbers.count])
      }
    }
    throw layer.settings.malformed(field, asTexts ? "texts" : "integers")
  }

  /// A weight for each number, which are given for the tokens in order: the mean of all for special
  /// tokens that the setting does not list, and 0 behind.
  func weights(
    of layer: Layer, depth: Int, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard let listed = layer.settings.list("idf_weights") else {
      throw layer.settings.unsupported(
        "idf_weights",
        "the configuration has none; make the layer with vocabulary and idf_weights")
    }
    let given = listed.compactMap(\.double)
    let front = listsSpecialTokens ? 0 : start
    guard given.count == listed.count, given.count == size - front, depth >= size else {
      throw layer.settings.malformed("idf_weights", "a number for each token")
    }
    func fill(_ count: Int, _ value: Double) -> [Tensor] {
      count == 0 ? [] : [graph.fill([.known(count)], with: graph.scalar(value, .float32))]
    }
    let mean = given.reduce(0, +) / Double(max(1, given.count))
    let own = graph.constant(
      ConstantTensor(given, kind: .float32, dimensions: [given.count]))
    return graph.concat(fill(front, mean) + [own] + fill(depth - size, 0), along: 0)
  }
}
