import Files
import Tensors
import ZipFormat

/// Turns arrays that do not lie in the archive as tensors do into ones that do, in the spool.
struct ArrayDecoder {
  let archive: ZipArchive
  let spool: Spool

  /// Writes an array's elements, little-endian and in C order, of which there are `byteCount`
  /// bytes behind its header.
  func decode(
    _ member: ZipMember, header: ArrayHeader, dtype: DType, isBigEndian: Bool, byteCount: Int
  ) throws -> ByteExtent {
    let start = spool.byteCount
    let swapped = isBigEndian ? dtype.partWidth : 1
    if header.isTurned {
      guard byteCount <= NumPyLimits.transposedBytes else {
        throw NumPyError.limitExceeded(
          location: member.name, .transposedBytes, allowed: UInt64(NumPyLimits.transposedBytes),
          found: UInt64(byteCount))
      }
      try spool.reserve(UInt64(byteCount))
      var elements: [UInt8] = []
      try forEachPiece(of: member, after: header.byteCount, swapping: swapped) { elements += $0 }
      try elements.withUnsafeBytes { fortran in
        try FortranOrder(shape: header.shape, width: dtype.byteWidth)
          .forEachPieceInCOrder(of: fortran) { try spool.append($0) }
      }
    } else {
      try spool.reserve(UInt64(byteCount))
      try forEachPiece(of: member, after: header.byteCount, swapping: swapped) {
        try spool.append($0)
      }
    }
    guard let extent = ByteExtent(offset: start, length: spool.byteCount - start) else {
      throw NumPyError.sizeMismatch(
        location: member.name, expected: UInt64(byteCount), found: spool.byteCount - start)
    }
    return extent
  }

  /// Lends what a member has behind its header, with the bytes of every so many reversed.
  private func forEachPiece(
    of member: ZipMember, after headerByteCount: Int, swapping width: Int,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var toSkip = headerByteCount
    // The beginning of what a piece ended within.
    var rest: [UInt8] = []
    try archive.inflate(member) { piece in
      let skipped = min(toSkip, piece.count)
      toSkip -= skipped
      if width == 1 {
        try body(UnsafeRawBufferPointer(rebasing: piece[skipped...]))
        return
      }
      rest += piece[skipped...]
      var whole = Array(rest.prefix(rest.count - rest.count % width))
      rest.removeFirst(whole.count)
      for start in stride(from: 0, to: whole.count, by: width) {
        whole[start..<start + width].reverse()
      }
      try whole.withUnsafeBytes { try body($0) }
    }
  }
}

extension DType {
  /// The bytes that are swapped together: a complex number has two parts.
  fileprivate var partWidth: Int {
    switch self {
    case .complex64, .complex128: byteWidth / 2
    default: byteWidth
    }
  }
}

/// Elements of which those lie together that differ in the first index.
private struct FortranOrder {
  let shape: Shape
  let width: Int

  /// Lends the elements in C order, about a megabyte at a time. The shape has no dimension of
  /// zero, and `elements` are as many as it takes.
  func forEachPieceInCOrder(
    of elements: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let dimensions = shape.dimensions
    var strides: [Int] = []
    var step = width
    for dimension in dimensions {
      strides.append(step)
      step *= dimension
    }
    let capacity = max(1 << 20, width)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    defer { piece.deallocate() }
    var filled = 0
    var index = [Int](repeating: 0, count: dimensions.count)
    var position = 0
    while true {
      UnsafeMutableRawBufferPointer(rebasing: piece[filled..<filled + width])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: elements[position..<position + width]))
      filled += width
      if filled + width > capacity {
        try body(UnsafeRawBufferPointer(rebasing: piece[..<filled]))
        filled = 0
      }
      // The next index in C order: the last dimension runs fastest.
      var axis = dimensions.count - 1
      while axis >= 0, index[axis] + 1 == dimensions[axis] {
        position -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { break }
      index[axis] += 1
      position += strides[axis]
    }
    if filled > 0 { try body(UnsafeRawBufferPointer(rebasing: piece[..<filled])) }
  }
}
