import Tensors

extension ModelSnapshot {
  /// Holds what a worker says against the source itself, and gives back the bytes that it is going
  /// to decode.
  func checked(against source: OpenSource) throws(ReaderError) -> UInt64 {
    var paths: Set<String> = []
    var stored: [Stretch] = []
    var decoded: [Stretch] = []
    for variable in variables {
      guard paths.insert(variable.path).inserted else {
        throw .malformedAnswer(.repeatedPath(variable.path))
      }
      guard let bytes = variable.shape.byteCount(of: variable.dtype),
        variable.bytes.length == UInt64(bytes)
      else { throw .malformedAnswer(.badExtent(path: variable.path)) }
      switch variable.bytes {
      case .source(let file, let extent):
        guard file == 0, extent.end <= source.byteCount else {
          throw .malformedAnswer(.badExtent(path: variable.path))
        }
        stored.append(Stretch(extent: extent, path: variable.path))
      case .decoded(let extent): decoded.append(Stretch(extent: extent, path: variable.path))
      }
    }
    try Self.checkDisjoint(stored)
    let total = try Self.checkConsecutive(decoded)
    guard total <= DecodedLimit.bytes(ofSourceOf: source.byteCount) else {
      throw .malformedAnswer(.tooMuchDecoded(total))
    }
    return total
  }

  private struct Stretch {
    let extent: ByteExtent
    let path: String
  }

  /// Two variables may be one stretch, which two hard links to a dataset make, but not share a
  /// part.
  private static func checkDisjoint(_ stretches: [Stretch]) throws(ReaderError) {
    let sorted = stretches.filter { $0.extent.length > 0 }
      .sorted { ($0.extent.offset, $0.extent.end) < ($1.extent.offset, $1.extent.end) }
    for (one, next) in zip(sorted, sorted.dropFirst()) {
      guard one.extent == next.extent || one.extent.end <= next.extent.offset else {
        throw .malformedAnswer(.overlap(path: one.path, other: next.path))
      }
    }
  }

  /// Gives back the end of the last.
  private static func checkConsecutive(_ stretches: [Stretch]) throws(ReaderError) -> UInt64 {
    var end: UInt64 = 0
    for stretch in stretches.sorted(by: {
      ($0.extent.offset, $0.extent.end) < ($1.extent.offset, $1.extent.end)
    }) {
      guard stretch.extent.offset == end else {
        throw .malformedAnswer(.scatteredDecoding(path: stretch.path))
      }
      end = stretch.extent.end
    }
    return end
  }
}
