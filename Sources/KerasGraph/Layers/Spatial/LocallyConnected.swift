import TensorFlowGraph
import Tensors

/// `LocallyConnected1D`, `LocallyConnected2D` of Keras 2: convolutions whose kernel is another one
/// at each place.
/// tf_keras/src/layers/locally_connected of https://github.com/keras-team/tf-keras
enum LocallyConnected: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let layer = call.layer
    let layout = try SpatialLayout(of: layer)
    let input = try call.input(rank: layout.count + 2)
    let connections = try LocalConnections(input, layout, of: call)
    var output: Tensor
    switch try layer.settings.integer("implementation", default: 1) {
    case 1: output = try connections.patches(input, in: graph)
    case 2: output = try connections.product(input, in: graph)
    case 3: output = try connections.sparseProduct(input, in: graph)
    case let other:
      throw layer.settings.unsupported("implementation", "\(other) is not known")
    }
    if layer.has("bias") {
      let bias = try layer.read("bias", rank: layout.count + 1, in: graph)
      let sizes = bias.shape
      // Keras gives the bias another shape here, and does not turn it.
      let shape = layout.isChannelsFirst ? sizes.suffix(1) + sizes.dropLast() : sizes
      output = graph.plus(output, graph.reshape(bias, to: shape))
    }
    return .tensor(try Activation.apply("activation", of: layer, to: output, in: graph))
  }
}

/// Which places of an input the places of the output see.
private struct LocalConnections {
  /// More are in no model, and each is a node of its own.
  private static let mostPlaces = 4096
  /// The elements of a matrix that is mostly zero.
  private static let mostElements = 1 << 27

  private let layer: Layer
  private let layout: SpatialLayout
  private let window: SlidingWindow
  /// The input's and the output's, along the axes of space.
  private let sizes: [Int]
  private let results: [Int]
  private let channels: Int
  private let filters: Int

  init(_ input: Tensor, _ layout: SpatialLayout, of call: Call) throws(CompileError) {
    let settings = call.layer.settings
    (layer, self.layout) = (call.layer, layout)
    filters = try settings.requiredInteger("filters")
    window = SlidingWindow(
      sizes: try settings.sizes("kernel_size", count: layout.count),
      strides: try settings.sizes("strides", count: layout.count),
      isSame: try settings.isPaddedSame())
    let shape = layout.axes.map { input.shape[$0] }
    sizes = shape.compactMap { $0 }
    guard sizes.count == shape.count, filters > 0,
      let channels = input.dimension(layout.isChannelsFirst ? 1 : -1)
    else { throw call.unfitting("sizes that are known", "unknown ones") }
    self.channels = channels
    results = window.result(of: [nil] + sizes, channels: nil).compactMap { $0 }
    let limit = Self.mostElements
    guard results.count == sizes.count, results.allSatisfy({ (1...limit).contains($0) }),
      (sizes + [channels, filters]).allSatisfy({ (1...limit).contains($0) })
    else { throw call.unfitting("sizes that the kernel fits in", "others") }
  }

  /// The shape of the output, or of the input, in the layer's order.
  private func shape(_ sizes: [Int], _ channels: Int) -> [Int] {
    layout.isChannelsFirst ? [channels] + sizes : sizes + [channels]
  }

  /// The product of sizes, each of which is at most 2^27.
  private func count(_ sizes: [Int]) throws(CompileError) -> Int {
    var count = 1
    for size in sizes {
      count *= size
      guard count <= Self.mostElements else {
        throw layer.settings.unsupported("kernel_size", "so many connections are not compiled")
      }
    }
    return count
  }

  // MARK: Implementations

  /// A kernel for each place of the output: what the place sees, times its own matrix.
  func patches(_ input: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    guard !window.isSame else {
      throw layer.settings.unsupported("padding", "Keras has none with this implementation")
    }
    let seen = try count(window.sizes)
    guard seen <= Self.mostPlaces else {
      throw layer.settings.unsupported("kernel_size", "more than \(Self.mostPlaces) places")
    }
    let kernel = try layer.read("kernel", rank: 3, in: graph)
    let features = try count([seen, channels])
    guard kernel.shape == [try count(results), features, filters] else {
      throw .missingWeight(location: layer.location, weight: "a kernel for each place")
    }
    let batch = graph.extent(of: input, 0)
    let parts = (0..<seen).map { part(of: layout.channelsLast(input, in: graph), $0, in: graph) }
    // Keras has the channels of a window together where the input has them first.
    let stacked = graph.stack(parts, at: layout.isChannelsFirst ? -1 : -2)
    let places = try count(results)
    let rows = graph.transpose(
      graph.reshape(stacked, to: [batch, .known(places), .known(features)]), [1, 0, 2])
    let products = graph.transpose(graph.matmul(rows, kernel), [1, 0, 2])
    let output = graph.reshape(
      products, to: [batch] + (results + [filters]).map(Extent.known))
    return layout.restored(output, in: graph)
  }

  /// What each place of the output sees at one place of its window.
  private func part(of x: Tensor, _ number: Int, in graph: GraphBuilder) -> Tensor {
    var (rest, slices) = (number, [GraphBuilder.Slice]())
    for axis in window.sizes.indices.reversed() {
      let start = rest % window.sizes[axis]
      rest /= window.sizes[axis]
      let stride = window.strides[axis]
      let end = start + (results[axis] - 1) * stride + 1
      slices.insert(.range(start, end, step: stride), at: 0)
    }
    return graph.slice(x, [.all] + slices)
  }

  /// One matrix, of which only what connects counts.
  func product(_ input: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    let (from, to) = (shape(sizes, channels), shape(results, filters))
    let kernel = try layer.read("kernel", rank: from.count + to.count, in: graph)
    guard kernel.shape == (from + to).map({ $0 }) else {
      throw .missingWeight(location: layer.location, weight: "a kernel of all connections")
    }
    let first = layout.isChannelsFirst ? 1 : 0
    let mask = mask(
      inputs: first, results: from.count + first, rank: from.count + to.count, in: graph)
    let connected = graph.multiply(kernel, graph.cast(mask, to: kernel.kind))
    let matrix = graph.reshape(connected, to: [try count(from), try count(to)])
    return try multiplied(input, matrix, in: graph)
  }

  /// The same, with only the numbers of what connects.
  func sparseProduct(_ input: Tensor, in graph: GraphBuilder) throws(CompileError) -> Tensor {
    let (from, to) = (shape(sizes, channels), shape(results, filters))
    let kernel = try layer.read("kernel", rank: 1, in: graph)
    let (rows, columns) = (try count(to), try count(from))
    _ = try count([rows, columns])
    let first = layout.isChannelsFirst ? 1 : 0
    let mask = mask(
      inputs: to.count + first, results: first, rank: from.count + to.count, in: graph)
    let all = graph.add(
      .broadcastTo, [mask, graph.integers(to + from)], shape: (to + from).map { $0 })
    // The numbers are in the order of the places that they are for.
    let places = graph.add(
      .where, [graph.reshape(all, to: [rows, columns])], shape: [nil, 2])
    let matrix = graph.add(
      .scatterNd, [graph.cast(places, to: .int32), kernel, graph.integers([rows, columns])],
      shape: [rows, columns])
    return try multiplied(input, graph.transpose(matrix, [1, 0]), in: graph)
  }

  private func multiplied(
    _ input: Tensor, _ matrix: Tensor, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let batch = graph.extent(of: input, 0)
    let flat = graph.reshape(input, to: [batch, .known(try count(shape(sizes, channels)))])
    return graph.reshape(
      graph.matmul(flat, matrix), to: [batch] + shape(results, filters).map(Extent.known))
  }

  /// Which places connect, with axes of 1 for the channels.
  ///
  /// - Parameters:
  ///   - inputs: the first axis of the input's places in the mask.
  ///   - results: that of the output's.
  private func mask(
    inputs: Int, results first: Int, rank: Int, in graph: GraphBuilder
  ) -> Tensor {
    var mask: Tensor?
    for axis in sizes.indices {
      func places(_ count: Int, at place: Int) -> Tensor {
        var shape = PartialShape(repeating: 1, count: rank)
        shape[place] = count
        let numbers = graph.add(
          .range, [graph.integer(0), graph.integer(count), graph.integer(1)], shape: [count])
        return graph.reshape(numbers, to: shape)
      }
      let size = window.sizes[axis]
      let seen = places(sizes[axis], at: inputs + axis)
      let steps = graph.binary(
        .mul, places(results[axis], at: first + axis), Double(window.strides[axis]))
      let start = graph.binary(.sub, steps, Double(window.isSame ? size / 2 : 0))
      let connected = graph.binary(
        .logicalAnd, graph.binary(.greaterEqual, seen, start),
        graph.binary(.less, seen, graph.binary(.addV2, start, Double(size))))
      mask = mask.map { graph.binary(.logicalAnd, $0, connected) } ?? connected
    }
    return mask ?? graph.constant(ConstantTensor([1.0], kind: .bool, dimensions: []))
  }
}
