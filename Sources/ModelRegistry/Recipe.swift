import Digests
import StrictJSON
import Tensors

/// How a file is put together again: bytes of its skeleton and tensors, by turns.
struct Recipe: Hashable {
  /// A stretch of the file.
  enum Segment: Hashable {
    /// The next bytes of the skeleton.
    case skeleton(byteCount: UInt64)
    /// A variable's bytes, by its place in the layout.
    case tensor(ordinal: Int)
  }

  var segments: [Segment]

  /// The recipe of one file of a source, and what the variables in it leave for the skeleton.
  ///
  /// - Precondition: the extents lie in the file, and overlap only where they are equal, as every
  ///   reader promises.
  static func taking(_ variables: [Variable], outOf file: Int, byteCount: UInt64) -> (
    recipe: Recipe, skeleton: [ByteExtent]
  ) {
    let placed = variables.enumerated().compactMap { ordinal, variable -> (Int, ByteExtent)? in
      guard case .source(file, let extent) = variable.bytes, extent.length > 0 else { return nil }
      return (ordinal, extent)
    }.sorted { ($0.1.offset, $0.0) < ($1.1.offset, $1.0) }
    var segments: [Segment] = []
    var skeleton: [ByteExtent] = []
    var position: UInt64 = 0
    func leave(upTo offset: UInt64) {
      guard offset > position,
        let extent = ByteExtent(offset: position, length: offset - position)
      else { return }
      segments.append(.skeleton(byteCount: extent.length))
      skeleton.append(extent)
    }
    for (ordinal, extent) in placed where extent.offset >= position {
      leave(upTo: extent.offset)
      segments.append(.tensor(ordinal: ordinal))
      position = extent.end
    }
    leave(upTo: byteCount)
    return (Recipe(segments: segments), skeleton)
  }

  /// `[[skeleton bytes], ordinal, …]`: a number is a variable's place in the layout, a list of one
  /// number so many bytes of the skeleton.
  var json: JSONValue {
    .array(
      segments.map { segment in
        switch segment {
        case .skeleton(let byteCount): [.integer(byteCount)]
        case .tensor(let ordinal): .integer(ordinal)
        }
      })
  }

  init(segments: [Segment]) { self.segments = segments }

  init(parsing bytes: [UInt8], id: Digest) throws(ManifestError) {
    let list = try BlobJSON(parsing: bytes, id: id)
    guard let elements = list.value.array else { throw .malformed(id, member: "recipe") }
    segments = try elements.map { element throws(ManifestError) in
      if let ordinal = element.integer, ordinal >= 0 { return .tensor(ordinal: ordinal) }
      guard let count = element.array?.first?.integer, let byteCount = UInt64(exactly: count)
      else { throw .malformed(id, member: "recipe") }
      return .skeleton(byteCount: byteCount)
    }
  }
}
