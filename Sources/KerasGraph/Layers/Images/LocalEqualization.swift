import TensorFlowGraph
import Tensors

/// `ContrastLimitedAdaptiveHistogramEqualization`: spreads the values of each tile of an image
/// evenly, and blends those of neighbouring tiles.
/// keras/src/layers/preprocessing/image_preprocessing/clahe.py of
/// https://github.com/keras-team/keras
enum LocalEqualization: LayerLowering {
  static func lower(_ call: Call, in graph: GraphBuilder) throws(CompileError) -> CallValue {
    let images = try Images(try call.data(in: graph), of: call, in: graph)
    let range = try ValueRange.read(of: call.layer)
    let tiles = try ImageTiles(images.batch, of: call)
    let limit = try call.layer.settings.number("clip_limit", default: 4)
    var x = images.batch
    if range != .bytes { x = graph.rescale(graph.cast(x, to: .float32), from: range, to: .bytes) }
    let pixels = tiles.pixels(of: x, in: graph)
    let tables = tiles.padded(tiles.tables(of: pixels, limit: limit, in: graph), in: graph)
    let equal = tiles.blended(pixels, tables, in: graph)
    let result = graph.rescale(equal, from: .bytes, to: range)
    return images.restored(graph.cast(result, to: images.batch.kind), of: call, in: graph)
  }
}

/// How images are cut into tiles, and what the tiles' tables make of them.
private struct ImageTiles {
  private static let levels = 256
  /// Larger images, and finer grids, are in no model; each row and column is a number in the graph.
  private static let largest = 65_536

  /// Along rows and columns.
  private struct Axis {
    let size: Int
    let tiles: Int
    let tile: Int

    var padded: Int { tile * tiles }

    /// The tile before each place, whose table takes part, and how much the next one's does.
    /// Tables are padded by one at each end.
    var neighbours: (before: [Int], after: [Int], share: [Double]) {
      var (before, after, share) = ([Int](), [Int](), [Double]())
      for place in 0..<padded {
        let position = (Float(place) - Float(tile) / 2) / Float(tile) + 1
        let floor = position.rounded(.down)
        before.append(min(max(Int(floor), 0), tiles + 1))
        after.append(min(max(Int(floor) + 1, 0), tiles + 1))
        share.append(Double(position - floor))
      }
      return (before, after, share)
    }
  }

  private let rows: Axis
  private let columns: Axis
  private let channels: Int

  init(_ x: Tensor, of call: Call) throws(CompileError) {
    let grid = try call.layer.settings.sizes("tile_grid_size", count: 2, default: 8)
    guard let height = x.shape[1], let width = x.shape[2], let channels = x.shape[3],
      height > 0, width > 0
    else { throw call.unfitting("images of a known size", "an unknown one") }
    guard max(height, width, channels, grid[0], grid[1]) <= Self.largest else {
      throw call.unfitting("at most \(Self.largest) places", "more")
    }
    rows = Axis(size: height, tiles: grid[0], tile: (height + grid[0] - 1) / grid[0])
    columns = Axis(size: width, tiles: grid[1], tile: (width + grid[1] - 1) / grid[1])
    self.channels = channels
  }

  /// The images as whole numbers, with the sizes that tiles fill.
  func pixels(of x: Tensor, in graph: GraphBuilder) -> Tensor {
    let bytes = graph.cast(graph.clip(x, 0...255), to: .int32)
    let more = [0, rows.padded - rows.size, columns.padded - columns.size, 0]
    guard more != [0, 0, 0, 0] else { return bytes }
    let padding = ConstantTensor(more.flatMap { [0, $0] }, kind: .int32, dimensions: [4, 2])
    return graph.add(
      .mirrorPad, [bytes, graph.constant(padding)], ["mode": .text("SYMMETRIC")],
      shape: [x.shape[0], rows.padded, columns.padded, channels])
  }

  /// For each tile and channel what becomes of each value.
  func tables(of pixels: Tensor, limit: Double, in graph: GraphBuilder) -> Tensor {
    let batch = graph.extent(of: pixels, 0)
    let sizes = [rows.tiles, rows.tile, columns.tiles, columns.tile, channels]
    let cut = graph.transpose(
      graph.reshape(pixels, to: [batch] + sizes.map(Extent.known)), [0, 1, 3, 5, 2, 4])
    let area = rows.tile * columns.tile
    let flat = graph.reshape(
      cut, to: [batch] + [rows.tiles, columns.tiles, channels, area].map(Extent.known))
    let marks = graph.add(
      .oneHot,
      [flat, graph.integer(Self.levels), graph.scalar(1, .float32), graph.scalar(0, .float32)],
      ["axis": .integer(-1)], shape: flat.shape + [Self.levels])
    var counts = graph.reduce(.sum, marks, along: [-2])
    if limit > 0 {
      let clipped = graph.binary(
        .minimum, counts, limit * Double(area) / Double(Self.levels))
      let excess = graph.reduce(
        .sum, graph.minus(counts, clipped), along: [-1], keepsDimensions: true)
      counts = graph.plus(clipped, graph.binary(.realDiv, excess, Double(Self.levels)))
    }
    let sums = graph.add(.cumsum, [counts, graph.integer(-1)], shape: counts.shape)
    let least = graph.reduce(.min, sums, along: [-1], keepsDimensions: true)
    let rest = graph.minus(graph.scalar(Double(area), .float32), least)
    let isNone = graph.binary(.equal, rest, 0)
    let divisor = graph.select(isNone, graph.scalar(1, .float32), rest)
    let spread = graph.binary(.mul, graph.minus(sums, least), 255)
    return graph.clip(graph.binary(.realDiv, spread, divisor), 0...255)
  }

  /// The tables with those at the borders twice.
  func padded(_ tables: Tensor, in graph: GraphBuilder) -> Tensor {
    var padded = tables
    for axis in 1...2 {
      var (first, last) = ([GraphBuilder.Slice.all], [GraphBuilder.Slice.all])
      if axis == 2 {
        first.append(.all)
        last.append(.all)
      }
      first.append(.range(0, 1))
      last.append(.range(-1, nil))
      padded = graph.concat(
        [graph.slice(padded, first), padded, graph.slice(padded, last)], along: axis)
    }
    return padded
  }

  /// What the tables of the four tiles round each place make of it.
  func blended(_ pixels: Tensor, _ tables: Tensor, in graph: GraphBuilder) -> Tensor {
    let (vertical, horizontal) = (rows.neighbours, columns.neighbours)
    let column = Self.levels * channels
    let row = column * (columns.tiles + 2)
    let image = graph.binary(
      .mul, imageNumbers(of: pixels, in: graph), Double(row * (rows.tiles + 2)))
    let channel = graph.integers((0..<channels).map { $0 * Self.levels })
    let base = graph.plus(graph.plus(image, channel), pixels)
    let flat = graph.reshape(tables, to: [nil])
    func values(_ rowTiles: [Int], _ columnTiles: [Int]) -> Tensor {
      let down = graph.reshape(
        graph.integers(rowTiles.map { $0 * row }), to: [rowTiles.count, 1, 1])
      let right = graph.reshape(
        graph.integers(columnTiles.map { $0 * column }), to: [columnTiles.count, 1])
      return graph.gather(flat, at: graph.plus(graph.plus(base, down), right))
    }
    let across = shares(horizontal.share, [horizontal.share.count, 1], in: graph)
    let along = shares(vertical.share, [vertical.share.count, 1, 1], in: graph)
    let above = mixed(
      values(vertical.before, horizontal.before), values(vertical.before, horizontal.after),
      across, in: graph)
    let below = mixed(
      values(vertical.after, horizontal.before), values(vertical.after, horizontal.after),
      across, in: graph)
    return graph.slice(
      mixed(above, below, along, in: graph), [.all, .range(0, rows.size), .range(0, columns.size)])
  }

  private func imageNumbers(of pixels: Tensor, in graph: GraphBuilder) -> Tensor {
    let count = graph.scalar(graph.extent(of: pixels, 0))
    let numbers = graph.add(
      .range, [graph.integer(0), count, graph.integer(1)], shape: [pixels.shape[0]])
    return graph.reshape(numbers, to: [graph.extent(of: pixels, 0)] + [1, 1, 1].map(Extent.known))
  }

  private func shares(_ values: [Double], _ shape: [Int], in graph: GraphBuilder) -> Tensor {
    graph.constant(ConstantTensor(values, kind: .float32, dimensions: shape))
  }

  private func mixed(
    _ x: Tensor, _ y: Tensor, _ share: Tensor, in graph: GraphBuilder
  ) -> Tensor {
    let rest = graph.minus(graph.scalar(1, like: share), share)
    return graph.plus(graph.multiply(x, rest), graph.multiply(y, share))
  }
}
