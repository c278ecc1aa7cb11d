import StrictJSON
import TensorFlowGraph
import Tensors

/// Elements more than once, and more elements.
enum Repeating {
  /// More places than this come of no configuration of a few numbers.
  private static let limit = 1 << 20

  static func tile(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x"), call.graph)
    guard var times = try call.extents("repeats"), times.count <= 32,
      times.allSatisfy({ $0.known.map { $0 >= 0 } ?? true })
    else { throw call.malformed("repeats", "how often along each axis") }
    while times.count < x.rank { times.insert(.known(1), at: 0) }
    while x.rank < times.count { x = graph.expand(x, at: 0) }
    return .tensor(graph.tile(x, times))
  }

  static func repeated(_ call: FunctionCall) throws(CompileError) -> CallValue {
    var (x, graph) = (try call.tensor("x"), call.graph)
    let given = try call.axis("axis", of: x.rank)
    if given == nil { x = Reshaping.flat(x, graph) }
    let axis = given ?? 0
    guard x.rank > 0, let times = try call.integers("repeats"), times.allSatisfy({ $0 >= 0 }) else {
      throw call.malformed("repeats", "how often")
    }
    if times.count == 1 {
      var extents = graph.extents(of: x)
      extents[axis] = graph.times(extents[axis], .known(times[0]))
      var multiples = [Extent](repeating: .known(1), count: x.rank + 1)
      multiples[axis + 1] = .known(times[0])
      let tiled = graph.tile(graph.expand(x, at: axis + 1), multiples)
      return .tensor(graph.reshape(tiled, to: extents))
    }
    guard x.shape[axis] == nil || x.shape[axis] == times.count,
      times.reduce(0, &+) <= limit, times.allSatisfy({ $0 <= limit })
    else { throw call.malformed("repeats", "a number for each place of the axis") }
    let places = times.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    return .tensor(graph.gather(x, at: graph.integers(places), along: axis))
  }

  // MARK: Padding

  static func pad(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    let mode = try call.text("mode") ?? "constant"
    let table: Tensor
    var shape = PartialShape(repeating: nil, count: x.rank)
    if let value = call.value("pad_width"), !value.tensors.isEmpty {
      table = call.graph.cast(try call.tensor(of: value, "pad_width", as: .int32), to: .int32)
      guard table.rank == 2 else { throw call.malformed("pad_width", "two numbers for each axis") }
    } else {
      let widths = try widths(try call.constant("pad_width"), rank: x.rank, call)
      shape = zip(x.shape, widths).map { size, width in size.map { $0 + width[0] + width[1] } }
      table = call.graph.constant(
        ConstantTensor(widths.flatMap { $0 }, kind: .int32, dimensions: [x.rank, 2]))
    }
    return .tensor(try pad(x, table, mode.lowercased(), shape, call))
  }

  private static func pad(
    _ x: Tensor, _ table: Tensor, _ mode: String, _ shape: PartialShape, _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    switch mode {
    case "constant":
      guard let value = call.value("constant_values") else {
        return call.graph.add(.pad, [x, table], shape: shape)
      }
      let filler = call.graph.cast(
        try call.tensor(of: value, "constant_values", as: x.kind), to: x.kind)
      return call.graph.add(.padV2, [x, table, filler], shape: shape)
    case "reflect", "symmetric":
      return call.graph.add(
        .mirrorPad, [x, table], ["mode": .text(mode.uppercased())], shape: shape)
    default: throw call.unsupported("mode", "padding as \(mode) is not known")
    }
  }

  /// A number for all, two for all, or two for each axis.
  private static func widths(
    _ json: JSONValue?, rank: Int, _ call: FunctionCall
  ) throws(CompileError) -> [[Int]] {
    func width(_ json: JSONValue) throws(CompileError) -> Int {
      guard let width = json.integer, (0...Int(Int32.max)).contains(width) else {
        throw call.malformed("pad_width", "numbers of places")
      }
      return width
    }
    guard let json else { throw call.malformed("pad_width", "numbers of places") }
    var rows: [[Int]] = []
    let elements = json.array ?? [json]
    let flat = elements.allSatisfy { $0.array == nil }
    for row in flat ? [.array(elements)] : elements {
      var widths: [Int] = []
      for element in row.array ?? [row] { widths.append(try width(element)) }
      if widths.count == 1 { widths.append(widths[0]) }
      guard widths.count == 2 else {
        throw call.malformed("pad_width", "two numbers for each axis")
      }
      rows.append(widths)
    }
    if rows.count == 1 { return Array(repeating: rows[0], count: rank) }
    guard rows.count == rank else { throw call.malformed("pad_width", "\(rank) axes") }
    return rows
  }
}
