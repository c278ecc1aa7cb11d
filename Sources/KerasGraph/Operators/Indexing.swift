import StrictJSON
import TensorFlowGraph
import Tensors

/// Python's `x[…]`.
enum Indexing {
  /// What an index does to one axis.
  private enum Entry {
    case part(start: Extent?, stop: Extent?, step: Extent?)
    case place(Extent)
    case newAxis
  }

  static func item(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let x = try call.tensor("x")
    _ = call.value("var")
    let keys: [CallValue]
    switch call.raw("key") {
    case .list(let elements): keys = elements
    case .constant(let json): keys = json.plain.array?.map(CallValue.constant) ?? [.constant(json)]
    case .tensor(let mask) where mask.kind == .bool:
      return .tensor(try Selections.masked(x, mask, axis: 0, call))
    case let key?: keys = [key]
    case nil: throw call.malformed("key", "an index")
    }
    guard keys.count <= 30 else { throw call.malformed("key", "30 indices at most") }
    let taken = keys.count { !$0.isNull && !$0.isEllipsis }
    guard taken <= x.rank else { throw call.malformed("key", "\(x.rank) indices at most") }
    var entries: [Entry] = []
    for key in keys {
      if key.isEllipsis {
        let whole = Entry.part(start: nil, stop: nil, step: nil)
        entries += Array(repeating: whole, count: min(x.rank, 30) - min(taken, 30))
      } else {
        entries.append(try entry(key, call))
      }
    }
    return .tensor(try sliced(x, entries, call))
  }

  private static func entry(_ key: CallValue, _ call: FunctionCall) throws(CompileError) -> Entry {
    if key.isNull { return .newAxis }
    if case .slice(let start, let stop, let step) = key {
      return .part(
        start: try bound(start, call), stop: try bound(stop, call), step: try bound(step, call))
    }
    guard let place = try bound(key, call) else { throw call.malformed("key", "an index") }
    return .place(place)
  }

  private static func bound(_ value: CallValue, _ call: FunctionCall) throws(CompileError)
    -> Extent?
  {
    if value.isNull { return nil }
    if case .tensor(let tensor) = value {
      guard tensor.rank == 0, tensor.kind.isInteger else {
        throw call.unsupported("key", "an index by a tensor of numbers is not compiled")
      }
      return .dynamic(call.graph.cast(tensor, to: .int32))
    }
    guard let number = value.constant?.plain.integer else {
      throw call.malformed("key", "integers")
    }
    // Beyond what a tensor has, all are alike.
    return .known(min(max(number, -Int(Int32.max)), Int(Int32.max)))
  }

  private static func sliced(
    _ x: Tensor, _ entries: [Entry], _ call: FunctionCall
  ) throws(CompileError) -> Tensor {
    let graph = call.graph
    var (begin, end, step) = ([Extent](), [Extent](), [Extent]())
    var masks = ["begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0, "new_axis_mask": 0]
    var shape: PartialShape = []
    var axis = 0
    for (number, entry) in entries.enumerated() {
      let bit = 1 << number
      var bounds: (Extent, Extent, Extent) = (.known(0), .known(0), .known(1))
      switch entry {
      case .newAxis:
        masks["new_axis_mask", default: 0] |= bit
        shape.append(1)
      case .part(let start, let stop, let stride):
        bounds = (start ?? .known(0), stop ?? .known(0), stride ?? .known(1))
        if bounds.2.known == 0 { throw call.malformed("key", "a step that is not 0") }
        if start == nil { masks["begin_mask", default: 0] |= bit }
        if stop == nil { masks["end_mask", default: 0] |= bit }
        shape.append(size(of: x.dimension(axis), start, stop, stride))
        axis += 1
      case .place(let place):
        try check(place, in: x.dimension(axis), call)
        bounds = (place, graph.plus(place, .known(1)), .known(1))
        masks["shrink_axis_mask", default: 0] |= bit
        axis += 1
      }
      begin.append(bounds.0)
      end.append(bounds.1)
      step.append(bounds.2)
    }
    return graph.add(
      .stridedSlice, [x] + [begin, end, step].map(graph.vector),
      masks.mapValues(AttributeValue.integer).merging(["ellipsis_mask": .integer(0)]) { $1 },
      shape: shape + x.shape.dropFirst(axis))
  }

  private static func check(
    _ place: Extent, in size: Int?, _ call: FunctionCall
  ) throws(CompileError) {
    guard let place = place.known, let size else { return }
    guard (-size..<size).contains(place) else {
      throw call.malformed("key", "an index of \(size) places")
    }
  }

  private static func size(
    of size: Int?, _ start: Extent?, _ stop: Extent?, _ step: Extent?
  ) -> Int? {
    guard let size, start == nil || start?.known != nil, stop == nil || stop?.known != nil,
      step == nil || step?.known != nil
    else { return nil }
    return GraphBuilder.count(in: size, start?.known, stop?.known, step?.known ?? 1)
  }

  // MARK: Slices by their sizes

  static func slice(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    guard let starts = try call.extents("start_indices"), let sizes = try call.extents("shape"),
      starts.count == x.rank, sizes.count == x.rank
    else { throw call.malformed("shape", "\(x.rank) places and sizes") }
    var shape: PartialShape = []
    for (axis, size) in sizes.enumerated() {
      // -1 is what is left.
      guard size.known == -1 else {
        shape.append(size.known)
        continue
      }
      shape.append(starts[axis].known.flatMap { start in x.shape[axis].map { max($0 - start, 0) } })
    }
    guard shape.allSatisfy({ $0.map { $0 >= 0 } ?? true }) else {
      throw call.malformed("shape", "sizes")
    }
    return .tensor(
      graph.add(.slice, [x, graph.vector(starts), graph.vector(sizes)], shape: shape))
  }

  static func sliceUpdate(_ call: FunctionCall) throws(CompileError) -> CallValue {
    let (x, graph) = (try call.tensor("x"), call.graph)
    let updates = graph.cast(try call.tensor("updates", as: x.kind), to: x.kind)
    guard let starts = try call.extents("start_indices"), starts.count == x.rank,
      updates.rank == x.rank
    else { throw call.malformed("start_indices", "\(x.rank) places") }
    // A part that would reach beyond the end begins earlier.
    let begin = zip(x.shape.indices, starts).map { axis, start in
      let last = graph.minus(graph.extent(of: x, axis), graph.extent(of: updates, axis))
      let low = graph.combine(start, .known(0), .maximum) { (max($0, $1), false) }
      return graph.combine(low, last, .minimum) { (min($0, $1), false) }
    }
    let end = zip(begin, x.shape.indices).map { graph.plus($0, graph.extent(of: updates, $1)) }
    let steps = [Extent](repeating: .known(1), count: x.rank)
    return .tensor(
      graph.add(
        .tensorStridedSliceUpdate, [x] + [begin, end, steps].map(graph.vector) + [updates],
        shape: x.shape))
  }
}

extension CallValue {
  fileprivate var isEllipsis: Bool {
    if case .ellipsis = self { return true }
    return constant?["class_name"] == "__ellipsis__"
  }
}
