import TensorFlowGraph

extension GraphBuilder {
  // MARK: Extents

  /// The shape of a tensor as an int32 vector, computed when the graph runs.
  func shapeVector(of x: Tensor) -> Tensor {
    add(.shape, [x], ["out_type": .kind(.int32)], shape: [x.rank])
  }

  /// One dimension of a tensor. An axis that it has not is 1.
  func extent(of x: Tensor, _ axis: Int) -> Extent {
    let place = axis < 0 ? axis + x.rank : axis
    guard x.shape.indices.contains(place) else { return .known(1) }
    if let known = x.shape[place] { return .known(known) }
    return .dynamic(
      slice(shapeVector(of: x), [.index(place)]))
  }

  func extents(of x: Tensor) -> [Extent] { x.shape.indices.map { extent(of: x, $0) } }

  func scalar(_ extent: Extent) -> Tensor {
    switch extent {
    case .known(let value): integer(value)
    case .dynamic(let tensor): tensor
    }
  }

  /// An int32 vector of dimensions.
  func vector(_ extents: [Extent]) -> Tensor {
    let known = extents.compactMap(\.known)
    if known.count == extents.count { return integers(known) }
    return add(.pack, extents.map(scalar), shape: [extents.count])
  }

  /// What two dimensions come to together.
  func combine(
    _ x: Extent, _ y: Extent, _ operation: Operation, _ known: (Int, Int) -> (Int, Bool)
  ) -> Extent {
    if let x = x.known, let y = y.known {
      let (value, overflow) = known(x, y)
      // Larger sizes are in no shape of 32 bits, nor in any tensor.
      if !overflow, value.magnitude <= UInt(Int32.max) { return .known(value) }
    }
    return .dynamic(binary(operation, scalar(x), scalar(y)))
  }

  func plus(_ x: Extent, _ y: Extent) -> Extent {
    combine(x, y, .addV2) { $0.addingReportingOverflow($1) }
  }

  func minus(_ x: Extent, _ y: Extent) -> Extent {
    combine(x, y, .sub) { $0.subtractingReportingOverflow($1) }
  }

  func times(_ x: Extent, _ y: Extent) -> Extent {
    combine(x, y, .mul) { $0.multipliedReportingOverflow(by: $1) }
  }

  // MARK: Shapes

  /// The same elements in another shape. At most one dimension that is not known is told by the
  /// others, so that no shape has to be computed.
  func reshape(_ x: Tensor, to extents: [Extent]) -> Tensor {
    let unknown = extents.count { $0.known == nil }
    let shape = extents.map(\.known)
    let vector =
      unknown <= 1 && !shape.contains(0)
      ? integers(shape.map { $0 ?? -1 }) : vector(extents)
    return add(.reshape, [x, vector], shape: shape)
  }

  /// The same with sizes that are known but for one at most, `nil`.
  func reshape(_ x: Tensor, to shape: PartialShape) -> Tensor {
    add(.reshape, [x, integers(shape.map { $0 ?? -1 })], shape: shape)
  }

  /// - Parameter permutation: a permutation of the axes.
  func transpose(_ x: Tensor, _ permutation: [Int]) -> Tensor {
    guard permutation != Array(x.shape.indices) else { return x }
    return add(.transpose, [x, integers(permutation)], shape: permutation.map { x.dimension($0) })
  }

  /// Adds an axis of 1.
  ///
  /// - Parameter axis: its place in the result, from the end when negative.
  func expand(_ x: Tensor, at axis: Int) -> Tensor {
    let place = min(max(axis < 0 ? axis + x.rank + 1 : axis, 0), x.rank)
    var shape = x.shape
    shape.insert(1, at: place)
    return add(.expandDims, [x, integer(place)], shape: shape)
  }

  /// Removes axes of 1.
  func squeeze(_ x: Tensor, _ axes: [Int]) -> Tensor {
    let places = axes.map { $0 < 0 ? $0 + x.rank : $0 }
    return add(
      .squeeze, [x], ["squeeze_dims": .integers(places)],
      shape: x.shape.enumerated().filter { !places.contains($0.offset) }.map(\.element))
  }

  // MARK: Parts

  /// What is taken of one axis.
  enum Slice {
    /// All.
    case all
    /// Python's `start:stop:step`; `nil` where it begins or ends with the tensor.
    case range(Int?, Int?, step: Int = 1)
    /// One place, whose axis goes.
    case index(Int)
    /// A new axis of 1.
    case newAxis
  }

  /// Python's `x[...]` with one entry an axis; axes without are whole.
  func slice(_ x: Tensor, _ slices: [Slice]) -> Tensor {
    var (begin, end, step) = ([Int](), [Int](), [Int]())
    var (beginMask, endMask, shrinkMask, newMask) = (0, 0, 0, 0)
    var shape: PartialShape = []
    var axis = 0
    for (place, slice) in slices.prefix(60).enumerated() {
      let bit = 1 << place
      var bounds = (0, 0, 1)
      switch slice {
      case .all:
        beginMask |= bit
        endMask |= bit
        shape.append(x.dimension(axis))
      case .range(let start, let stop, let by):
        bounds = (start ?? 0, stop ?? 0, by)
        if start == nil { beginMask |= bit }
        if stop == nil { endMask |= bit }
        shape.append(x.dimension(axis).flatMap { Self.count(in: $0, start, stop, by) })
      case .index(let index):
        bounds = (index, index == -1 ? 0 : index &+ 1, 1)
        if index == -1 { endMask |= bit }
        shrinkMask |= bit
      case .newAxis:
        newMask |= bit
        shape.append(1)
      }
      if case .newAxis = slice {} else { axis += 1 }
      begin.append(bounds.0)
      end.append(bounds.1)
      step.append(bounds.2)
    }
    shape += x.shape.dropFirst(axis)
    return add(
      .stridedSlice, [x, integers(begin), integers(end), integers(step)],
      [
        "begin_mask": .integer(beginMask), "end_mask": .integer(endMask),
        "shrink_axis_mask": .integer(shrinkMask), "new_axis_mask": .integer(newMask),
      ], shape: shape)
  }

  /// How many places Python's `start:stop:step` takes of so many.
  static func count(in size: Int, _ start: Int?, _ stop: Int?, _ step: Int) -> Int? {
    guard step != 0 else { return nil }
    func bound(_ value: Int) -> Int {
      let place = value < 0 ? value &+ size : value
      return step > 0 ? min(max(place, 0), size) : min(max(place, -1), size - 1)
    }
    let first = start.map(bound) ?? (step > 0 ? 0 : size - 1)
    let last = stop.map(bound) ?? (step > 0 ? size : -1)
    let distance = step > 0 ? last - first : first - last
    let stride = step.magnitude > UInt(Int.max) ? Int.max : Int(step.magnitude)
    return max(0, (distance + stride - 1) / stride)
  }

  /// Equal parts along an axis.
  func split(_ x: Tensor, into count: Int, along axis: Int) -> [Tensor] {
    let place = axis < 0 ? axis + x.rank : axis
    guard count > 0 else { return [] }
    let shape = x.shape.enumerated().map { $0 == place ? $1.map { $0 / count } : $1 }
    return addAll(
      .split, [integer(place), x], ["num_split": .integer(count)], shapes: [shape])
  }

  // MARK: Joining

  func concat(_ tensors: [Tensor], along axis: Int) -> Tensor {
    guard tensors.count != 1, let first = tensors.first else { return tensors.first ?? integer(0) }
    let place = axis < 0 ? axis + first.rank : axis
    var shape = first.shape
    if shape.indices.contains(place) {
      let sizes = tensors.compactMap { $0.dimension(place) }
      shape[place] = sizes.count == tensors.count ? sizes.reduce(0, &+) : nil
    }
    for other in tensors where other.rank == shape.count {
      for axis in shape.indices where axis != place && shape[axis] == nil {
        shape[axis] = other.shape[axis]
      }
    }
    return add(.concatV2, tensors + [integer(place)], shape: shape)
  }

  /// Tensors of one shape along a new axis.
  func stack(_ tensors: [Tensor], at axis: Int) -> Tensor {
    var shape = tensors.first?.shape ?? []
    let place = min(max(axis < 0 ? axis + shape.count + 1 : axis, 0), shape.count)
    shape.insert(tensors.count, at: place)
    return add(.pack, tensors, ["axis": .integer(place)], shape: shape)
  }

  /// - Parameter padding: what is added before and behind, for each axis.
  func pad(_ x: Tensor, _ padding: [(before: Int, behind: Int)], with value: Double = 0) -> Tensor {
    let table = constant(
      ConstantTensor(
        padding.flatMap { [$0.before, $0.behind] }, kind: .int32, dimensions: [padding.count, 2]))
    let shape: PartialShape = zip(x.shape, padding).map { size, added in
      size.map { $0 &+ added.before &+ added.behind }
    }
    guard value != 0 else { return add(.pad, [x, table], shape: shape) }
    return add(.padV2, [x, table, scalar(value, like: x)], shape: shape)
  }

  /// - Parameter multiples: how often along each axis.
  func tile(_ x: Tensor, _ multiples: [Extent]) -> Tensor {
    let shape: PartialShape = zip(x.shape, multiples).map { size, times in
      guard let size, let times = times.known else { return nil }
      return size.multipliedReportingOverflow(by: times).partialValue
    }
    return add(.tile, [x, vector(multiples)], shape: shape)
  }

  /// A tensor of one value.
  func fill(_ extents: [Extent], with value: Tensor) -> Tensor {
    add(.fill, [vector(extents), value], shape: extents.map(\.known))
  }

  /// The slices of `x` along an axis at given places.
  func gather(_ x: Tensor, at indices: Tensor, along axis: Int = 0) -> Tensor {
    let place = axis < 0 ? axis + x.rank : axis
    return add(
      .gatherV2, [x, indices, integer(place)], ["batch_dims": .integer(0)],
      shape: Array(x.shape.prefix(place)) + indices.shape + Array(x.shape.dropFirst(place + 1)))
  }

  /// `x` with its places along axes in reverse.
  func reverse(_ x: Tensor, along axes: [Int]) -> Tensor {
    add(
      .reverseV2, [x, integers(axes.map { $0 < 0 ? $0 + x.rank : $0 })], shape: x.shape)
  }
}
