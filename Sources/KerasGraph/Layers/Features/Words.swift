import TensorFlowGraph
import Tensors

/// The parts of texts: rows of several lengths.
enum Words {
  /// Rows of one length, of any rank.
  case rows(Tensor)
  /// All words one after the other, and for each the row that it is in.
  case numbered(words: Tensor, rows: Tensor, rowCount: Tensor, shape: Int?)
  /// All words, and where each row begins and the last ends.
  case parted(words: Tensor, ends: Tensor)

  /// The parts between blanks. `tf.strings.split`
  static func split(_ lines: Tensor, in graph: GraphBuilder) -> Words {
    let results = graph.addAll(
      .stringSplitV2, [lines, graph.text("")], shapes: [[nil, 2], [nil], [2]])
    guard results.count == 3 else { return .rows(lines) }
    return .numbered(
      words: results[1], rows: graph.slice(results[0], [.all, .index(0)]),
      rowCount: graph.slice(results[2], [.index(0)]), shape: lines.dimension(0))
  }

  /// The characters. `tf.strings.unicode_split`
  static func characters(of lines: Tensor, in graph: GraphBuilder) -> Words {
    let decoded = graph.addAll(
      .unicodeDecode, [lines],
      [
        "input_encoding": .text("UTF-8"), "errors": .text("replace"), "Tsplits": .kind(.int64),
      ],
      shapes: [[lines.dimension(0).map { $0 + 1 }], [nil]])
    guard decoded.count == 2 else { return .rows(lines) }
    // Each code is a text by itself.
    let count = graph.cast(graph.scalar(graph.extent(of: decoded[1], 0)), to: .int64)
    let ends = graph.add(
      .range,
      [
        graph.scalar(0, .int64), graph.binary(.addV2, count, 1), graph.scalar(1, .int64),
      ], shape: [nil])
    let words = graph.add(
      .unicodeEncode, [decoded[1], ends],
      ["output_encoding": .text("UTF-8"), "errors": .text("replace")], shape: [nil])
    return .parted(words: words, ends: decoded[0])
  }

  /// Each sequence of so many words, with blanks between. `tf.strings.ngrams`
  func ngrams(of widths: [Int], in graph: GraphBuilder) -> Words {
    let words: Tensor
    let ends: Tensor
    switch self {
    case .rows: return self
    case .parted(let all, let places): (words, ends) = (all, places)
    case .numbered(let all, let rows, let rowCount, let count):
      words = all
      let numbers = graph.add(
        .range,
        [
          graph.scalar(0, .int64), graph.binary(.addV2, rowCount, 1), graph.scalar(1, .int64),
        ], shape: [count.map { $0 + 1 }])
      let places = graph.add(
        .lowerBound, [graph.expand(rows, at: 0), graph.expand(numbers, at: 0)],
        ["out_type": .kind(.int64)], shape: [1] + numbers.shape)
      ends = graph.squeeze(places, [0])
    }
    let made = graph.addAll(
      .stringNGrams, [words, ends],
      [
        "separator": .text(" "), "ngram_widths": .integers(widths), "left_pad": .text(""),
        "right_pad": .text(""), "pad_width": .integer(0),
        "preserve_short_sequences": .flag(false),
      ], shapes: [[nil], ends.shape])
    guard made.count == 2 else { return self }
    return .parted(words: made[0], ends: made[1])
  }

  /// The rows as one tensor, filled up with empty texts, or cut, to a length; `nil`: the longest.
  func tensor(length: Int?, in graph: GraphBuilder) -> Tensor {
    let parts: [Tensor]
    let kinds: [String]
    let words: Tensor
    let count: Int?
    switch self {
    case .rows(let tensor): return tensor
    case .numbered(let all, let rows, let rowCount, let shape):
      (words, count) = (all, shape)
      (parts, kinds) = ([rowCount, rows], ["FIRST_DIM_SIZE", "VALUE_ROWIDS"])
    case .parted(let all, let ends):
      (words, count) = (all, ends.dimension(0).map { $0 - 1 })
      (parts, kinds) = ([ends], ["ROW_SPLITS"])
    }
    let shape = graph.constant(
      ConstantTensor([-1, length ?? -1], kind: .int64, dimensions: [2]))
    return graph.add(
      .raggedTensorToTensor, [shape, words, graph.text("")] + parts,
      ["row_partition_types": .texts(kinds)], shape: [count, length])
  }
}
