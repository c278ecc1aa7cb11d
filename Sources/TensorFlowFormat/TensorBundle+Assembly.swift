import Checksums
public import Files
public import Tensors

extension TensorBundle {
  /// Makes the bytes of a tensor of numbers as they would lie in one piece, little-endian, and
  /// holds what it reads against the checksums.
  ///
  /// - Returns: where they lie in the spool.
  public func assemble(_ entry: Entry, into spool: Spool) throws -> ByteExtent {
    guard case .numbers(let dtype) = entry.elements,
      let count = entry.shape.byteCount(of: dtype)
    else { throw TensorFlowFormatError.unsupported(location: entry.key, .partitionedOthers) }
    let start = spool.byteCount
    try spool.reserve(UInt64(count))
    for part in entry.parts { try verify(part, of: entry) }
    let unit = isBigEndian ? dtype.numberWidth : 1
    var writer = SpoolWriter(spool, unit: unit)
    if count > 0 {
      let width = dtype.byteWidth
      let readers = try entry.parts.map { part in
        SliceReader(
          file: try file(of: part, entry),
          window: min(1 << 16, max(64 * width, (1 << 24) / entry.parts.count / width * width)))
      }
      let boxes = entry.parts.map { part in
        part.slice
          ?? Slice(
            start: entry.shape.dimensions.map { _ in 0 }, length: entry.shape.dimensions)
      }
      let plan = SlicePlan(shape: entry.shape.dimensions, boxes: boxes)
      try plan.forEachRun { box, elements in
        try readers[box].take(elements * width) { try writer.append($0) }
      }
    }
    try writer.finish()
    guard let extent = ByteExtent(offset: start, length: spool.byteCount - start) else {
      throw TensorFlowFormatError.slicesDoNotCover(key: entry.key)
    }
    return extent
  }

  /// The bytes of a part.
  func file(of part: Part, _ entry: Entry) throws -> FileSlice {
    guard
      let slice = shards[part.shard]?.slice(
        at: part.extent.offset, byteCount: part.extent.length)
    else {
      throw TensorFlowFormatError.truncated(
        location: "\(name) \(entry.key)", needed: part.extent.end,
        available: shards[part.shard]?.byteCount ?? 0)
    }
    return slice
  }

  private func verify(_ part: Part, of entry: Entry) throws {
    var crc = CRC32C()
    try file(of: part, entry).forEachPiece { crc.update($0) }
    guard crc.value == part.crc32c else {
      throw TensorFlowFormatError.checksumMismatch(
        location: "\(name) \(entry.key)", expected: part.crc32c, found: crc.value)
    }
  }
}

extension DType {
  /// The bytes of one number of an element; a complex one has two.
  fileprivate var numberWidth: Int {
    switch self {
    case .complex64, .complex128: byteWidth / 2
    default: byteWidth
    }
  }
}

/// Which box has the next elements of a tensor, going through it in C order. As each box lies in
/// C order itself, its elements are wanted in the order in which they lie.
private struct SlicePlan {
  let shape: [Int]
  let boxes: [TensorBundle.Slice]

  /// Calls with a box and how many elements come from it.
  func forEachRun(_ body: (Int, Int) throws -> Void) throws {
    let all = boxes.indices.filter { !boxes[$0].length.contains(0) }
    try visit(all, from: 0, body)
  }

  /// Those of the boxes that have a part in everything from here on, in the dimensions from
  /// `dimension`.
  private func visit(
    _ candidates: [Int], from dimension: Int, _ body: (Int, Int) throws -> Void
  ) throws {
    if candidates.count == 1 {
      // It alone fills what is left, as boxes fill the tensor exactly once.
      try body(candidates[0], shape[dimension...].reduce(1, *))
      return
    }
    guard dimension < shape.count else { return }
    let cuts = Set(
      candidates.flatMap { box in
        [boxes[box].start[dimension], boxes[box].start[dimension] + boxes[box].length[dimension]]
      }
    ).sorted()
    var waiting = candidates.sorted { boxes[$0].start[dimension] > boxes[$1].start[dimension] }
    var inside: [Int] = []
    for (low, high) in zip(cuts, cuts.dropFirst()) {
      inside.removeAll {
        boxes[$0].start[dimension] + boxes[$0].length[dimension] <= low
      }
      while let box = waiting.last, boxes[box].start[dimension] <= low {
        inside.append(box)
        waiting.removeLast()
      }
      if inside.count == 1 {
        try body(inside[0], (high - low) * shape[(dimension + 1)...].reduce(1, *))
      } else {
        try repeating(high - low, inside, from: dimension + 1, body)
      }
    }
  }

  /// Goes through the same boxes a number of times. The runs within a row are few enough to be
  /// kept, and looking for them again in each row would take longer than reading it.
  private func repeating(
    _ times: Int, _ candidates: [Int], from dimension: Int, _ body: (Int, Int) throws -> Void
  ) throws {
    guard dimension == shape.count - 1 else {
      for _ in 0..<times { try visit(candidates, from: dimension, body) }
      return
    }
    var runs: [(box: Int, count: Int)] = []
    try visit(candidates, from: dimension) { runs.append(($0, $1)) }
    for _ in 0..<times { for run in runs { try body(run.box, run.count) } }
  }
}

/// Reads a file in order, a window at a time.
private final class SliceReader {
  private let file: FileSlice
  private var position: UInt64 = 0
  private let window: UnsafeMutableRawBufferPointer
  private var ready: Range<Int> = 0..<0

  init(file: FileSlice, window: Int) {
    self.file = file
    self.window = .allocate(
      byteCount: Int(min(UInt64(max(1, window)), max(1, file.byteCount))), alignment: 16)
  }

  deinit { window.deallocate() }

  func take(_ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var left = count
    while left > 0 {
      if ready.isEmpty {
        let next = Int(min(UInt64(window.count), file.byteCount - position))
        guard next > 0 else {
          throw TensorFlowFormatError.truncated(
            location: file.name, needed: UInt64(left), available: 0)
        }
        try file.read(into: UnsafeMutableRawBufferPointer(rebasing: window[..<next]), at: position)
        position += UInt64(next)
        ready = 0..<next
      }
      let piece = ready.prefix(left)
      try body(UnsafeRawBufferPointer(rebasing: window[piece]))
      ready = piece.upperBound..<ready.upperBound
      left -= piece.count
    }
  }
}

/// Gathers bytes for the spool, and turns each number's around when it has to.
private struct SpoolWriter {
  private let spool: Spool
  private let unit: Int
  private var gathered: [UInt8] = []

  private static let capacity = 1 << 20

  init(_ spool: Spool, unit: Int) {
    self.spool = spool
    self.unit = unit
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    gathered.append(contentsOf: bytes)
    if gathered.count >= Self.capacity { try flush() }
  }

  mutating func finish() throws { try flush() }

  private mutating func flush() throws {
    let whole = gathered.count / unit * unit
    if unit > 1 {
      for start in stride(from: 0, to: whole, by: unit) {
        gathered[start..<(start + unit)].reverse()
      }
    }
    try gathered.withUnsafeBytes { bytes in
      try spool.append(UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
    }
    gathered.removeFirst(whole)
  }
}
