import Tensors

/// Whether boxes fill a tensor without holes, and none lies over another.
enum SliceCover {
  static func check(_ slices: [TensorBundle.Slice], of shape: Shape, key: String) throws {
    let uncovered = TensorFlowFormatError.slicesDoNotCover(key: key)
    guard let total = shape.elementCount else { throw uncovered }
    // Empty slices neither fill nor cover anything.
    let boxes = slices.filter { !$0.length.contains(0) }
    var filled = 0
    for box in boxes {
      // Each lies within the shape, so that its own count fits.
      let count = box.length.reduce(1, *)
      let (sum, overflow) = filled.addingReportingOverflow(count)
      guard !overflow else { throw uncovered }
      filled = sum
    }
    guard filled == total, !overlap(boxes) else { throw uncovered }
  }

  /// Goes through the boxes in the order of the dimension in which most of them differ, and
  /// compares each with those that it meets there.
  private static func overlap(_ boxes: [TensorBundle.Slice]) -> Bool {
    guard let rank = boxes.first?.start.count, rank > 0 else { return boxes.count > 1 }
    let starts = (0..<rank).map { dimension in Set(boxes.map { $0.start[dimension] }).count }
    let axis = starts.indices.max { starts[$0] < starts[$1] } ?? 0
    var open: [TensorBundle.Slice] = []
    for box in boxes.sorted(by: { $0.start[axis] < $1.start[axis] }) {
      open.removeAll { $0.start[axis] + $0.length[axis] <= box.start[axis] }
      if open.contains(where: { meets($0, box) }) { return true }
      open.append(box)
    }
    return false
  }

  private static func meets(_ one: TensorBundle.Slice, _ other: TensorBundle.Slice) -> Bool {
    one.start.indices.allSatisfy { dimension in
      one.start[dimension] < other.start[dimension] + other.length[dimension]
        && other.start[dimension] < one.start[dimension] + one.length[dimension]
    }
  }
}
