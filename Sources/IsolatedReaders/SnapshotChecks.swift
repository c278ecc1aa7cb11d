import Tensors

extension ModelSnapshot {
  /// Holds what a worker says against the source itself, and the file that it put bytes into.
  func check(against source: OpenSource, spoolBytes: UInt64) throws(ReaderError) {
    var paths: Set<String> = []
    var stored: [Int: [Stretch]] = [:]
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
        guard isExtent(extent, inFile: file, of: source) else {
          throw .malformedAnswer(.badExtent(path: variable.path))
        }
        stored[file, default: []].append(Stretch(extent: extent, path: variable.path))
      case .decoded(let extent):
        guard extent.end <= spoolBytes else {
          throw .malformedAnswer(.badExtent(path: variable.path))
        }
        decoded.append(Stretch(extent: extent, path: variable.path))
      }
    }
    for stretches in stored.values { try Self.checkDisjoint(stretches) }
    try Self.checkDisjoint(decoded)
    try checkChecksums(of: source)
    try checkPlaces(in: source)
  }

  /// No byte is to be summed twice.
  private func checkChecksums(of source: OpenSource) throws(ReaderError) {
    var summed: [Int: [Stretch]] = [:]
    for checksum in checksums {
      guard isExtent(checksum.extent, inFile: checksum.file, of: source) else {
        throw .malformedAnswer(.badExtent(path: checksum.name))
      }
      summed[checksum.file, default: []].append(
        Stretch(extent: checksum.extent, path: checksum.name))
    }
    for stretches in summed.values { try Self.checkDisjoint(stretches) }
  }

  private func checkPlaces(in source: OpenSource) throws(ReaderError) {
    let places = (files ?? []).union(graphs.map(\.file))
    guard places.allSatisfy(source.files.indices.contains) else {
      throw .malformedAnswer(.badMember("files"))
    }
  }

  /// Whether an extent lies in a file that belongs to the model.
  private func isExtent(_ extent: ByteExtent, inFile file: Int, of source: OpenSource) -> Bool {
    source.files.indices.contains(file) && files?.contains(file) != false
      && extent.end <= source.files[file].byteCount
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
}
