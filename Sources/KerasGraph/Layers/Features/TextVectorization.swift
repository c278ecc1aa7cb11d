import StrictJSON
import TensorFlowGraph
import Tensors

/// Texts to the numbers of their words.
/// keras/src/layers/preprocessing/text_vectorization.py of https://github.com/keras-team/keras and
/// https://github.com/keras-team/tf-keras
enum TextVectorization: LayerLowering {
  static var castsInputs: Bool { false }

  /// What is left out, as Keras has it, in RE2's syntax.
  private static let punctuation =
    ##"[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']"##

  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let encoder = try CategoryEncoder(of: layer, default: .integer)
    if layer.settings.json["output_mode"] == .null {
      throw layer.settings.unsupported("output_mode", "texts of several lengths are not served")
    }
    let input = try call.input(ranks: 1...8)
    guard input.kind == .string else { throw call.unfitting("texts", input.kind.name) }
    let texts = try standardized(input, layer, in: graph)
    let length = try layer.settings.integer("output_sequence_length")
    guard length.map({ $0 > 0 }) ?? true else {
      throw layer.settings.malformed("output_sequence_length", "a positive integer")
    }
    let words = try split(texts, call, in: graph)
    var lookup: [String: JSONValue] = [
      "name": "string_lookup", "mask_token": "",
      "output_mode": .string(encoder.mode.rawValue),
    ]
    for field in ["max_tokens", "vocabulary", "idf_weights", "pad_to_max_tokens"] {
      lookup[field] = layer.settings[field]
    }
    let part = try layer.part(
      "lookup_layer",
      [
        "module": "keras.layers", "class_name": "StringLookup", "config": .object(lookup),
      ])
    let isCounted = encoder.mode != .integer
    let tokens = words.tensor(length: isCounted ? nil : length, in: graph)
    guard let numbers = try graph.call(part, on: tokens).tensor else { return .list([]) }
    return .tensor(isCounted ? numbers : fitted(numbers, words, length, in: graph))
  }

  private static func standardized(
    _ input: Tensor, _ layer: Layer, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    guard layer.settings.json["standardize"] != .null else { return input }
    let name = try text(
      "standardize", of: layer, default: "lower_and_strip_punctuation",
      among: ["lower", "strip_punctuation", "lower_and_strip_punctuation"])
    var texts = input
    if name != "strip_punctuation" { texts = graph.unary(.stringLower, texts) }
    guard name != "lower" else { return texts }
    return graph.add(
      .staticRegexReplace, [texts],
      ["pattern": .text(punctuation), "rewrite": .text("")], shape: texts.shape)
  }

  private static func text(
    _ field: String, of layer: Layer, default value: String, among known: [String]
  ) throws(CompileError) -> String {
    guard let found = layer.settings[field] else { return value }
    guard let name = found.string, known.contains(name) else {
      throw layer.settings.unsupported(
        field, "it is a function of Python's; known are \(known.joined(separator: ", "))")
    }
    return name
  }

  // MARK: Words

  private static func split(
    _ texts: Tensor, _ call: Call, in graph: GraphBuilder
  ) throws(CompileError) -> Words {
    let layer = call.layer
    let widths = try ngrams(of: layer)
    guard layer.settings.json["split"] != .null else {
      guard widths == nil else {
        throw layer.settings.unsupported("ngrams", "they are made of texts that are split")
      }
      return .rows(texts)
    }
    guard texts.rank == 1 || texts.rank == 2 && texts.dimension(1) == 1 else {
      throw call.unfitting("one text for each example", "\(texts.shape)")
    }
    let method = try text(
      "split", of: layer, default: "whitespace", among: ["whitespace", "character"])
    let lines = texts.rank == 2 ? graph.squeeze(texts, [1]) : texts
    let words =
      method == "whitespace"
      ? Words.split(lines, in: graph) : Words.characters(of: lines, in: graph)
    guard let widths else { return words }
    return words.ngrams(of: widths, in: graph)
  }

  /// How many words are taken as one; `nil`: each by itself.
  private static func ngrams(of layer: Layer) throws(CompileError) -> [Int]? {
    guard let value = layer.settings["ngrams"] else { return nil }
    var widths = try layer.settings.integers("ngrams") ?? []
    if value.elements == nil, let most = widths.first {
      guard (1...1000).contains(most) else {
        throw layer.settings.malformed("ngrams", "a number from 1 to 1000")
      }
      widths = Array(1...most)
    }
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }) else {
      throw layer.settings.malformed("ngrams", "positive integers")
    }
    return widths
  }

  /// Numbers of texts that were not split, cut or filled up to the length.
  private static func fitted(
    _ numbers: Tensor, _ words: Words, _ length: Int?, in graph: GraphBuilder
  ) -> Tensor {
    guard case .rows = words, let length else { return numbers }
    let cut = graph.slice(
      numbers, numbers.shape.dropLast().map { _ in .all } + [.range(nil, length)])
    let outer = Array(graph.extents(of: cut).dropLast())
    let missing = graph.minus(.known(length), graph.extent(of: cut, -1))
    guard missing != .known(0) else { return cut }
    let filling = graph.fill(outer + [missing], with: graph.scalar(0, like: cut))
    return graph.add(
      .concatV2, [cut, filling, graph.integer(-1)], shape: outer.map(\.known) + [length])
  }
}
