/// How an array is read: a row of boxes, each consecutive in C order, one after another, and each
/// made of whole chunks, so that no chunk is decoded twice.
struct Slabs: Sequence {
  /// A box in the array.
  struct Slab: Hashable {
    var start: [Int]
    var count: [Int]
  }

  private let dimensions: [Int]
  /// The box of the first slab. Along the axes after `axis` it is as long as the array is.
  private let box: [Int]
  /// The last axis along which there is more than one slab.
  private let axis: Int
  /// The bytes of the largest slab; `nil` when they do not fit an `Int`.
  let slabBytes: Int?

  /// - Parameters:
  ///   - dimensions: the array's, at least one and none of them 0.
  ///   - chunk: what is decoded together; 1 along all axes when elements lie on their own.
  ///   - target: the bytes that a slab should have, unless whole chunks take more.
  init(dimensions: [Int], chunk: [Int], width: Int, target: Int) {
    var axis = 0
    var box = dimensions
    box[0] = Swift.min(chunk[0], dimensions[0])
    // A slab that is one element long can be split along the next axis, and stays consecutive.
    while box[axis] == 1, axis + 1 < box.count, Self.bytes(box, width: width) ?? .max > target {
      axis += 1
      box[axis] = Swift.min(chunk[axis], dimensions[axis])
    }
    if let bytes = Self.bytes(box, width: width), bytes < target {
      box[axis] = Swift.min(box[axis] * (target / bytes), dimensions[axis])
    }
    self.dimensions = dimensions
    self.box = box
    self.axis = axis
    slabBytes = Self.bytes(box, width: width)
  }

  private static func bytes(_ box: [Int], width: Int) -> Int? {
    var bytes = width
    for dimension in box {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      bytes = product
    }
    return bytes
  }

  func makeIterator() -> AnyIterator<Slab> {
    var next: [Int]? = dimensions.map { _ in 0 }
    return AnyIterator {
      guard let start = next else { return nil }
      let slab = Slab(
        start: start,
        count: zip(zip(box, start), dimensions).map { Swift.min($0.0, $1 - $0.1) })
      next = following(start)
      return slab
    }
  }

  /// The start after a start, like an odometer; `nil` after the last.
  private func following(_ start: [Int]) -> [Int]? {
    var start = start
    for axis in stride(from: axis, through: 0, by: -1) {
      // The slabs end inside the array, so neither the sum nor the comparison can overflow.
      start[axis] += Swift.min(box[axis], dimensions[axis] - start[axis])
      if start[axis] < dimensions[axis] { return start }
      start[axis] = 0
    }
    return nil
  }
}
