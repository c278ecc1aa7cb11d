import HDF5Format

/// A list of names as Keras puts it into attributes of a group: HDF5 gives the attributes of an
/// object no more than 64 KiB each, so that a long list is cut (`save_attributes_to_hdf5_group` of
/// keras/src/legacy/saving/legacy_h5_format.py in https://github.com/keras-team/keras).
enum AttributeChunks {
  /// The bytes of names that Keras puts into one attribute.
  static let limit = 64_512

  /// What a name in a list of variable length takes in the attribute itself.
  private static let referenceByteCount = 16

  static func attributes(
    _ name: String, _ names: [String]
  ) throws(ExportError) -> [HDF5Blueprint.Attribute] {
    let width = names.map(\.utf8.count).max() ?? 0
    if let long = names.first(where: { $0.utf8.count > limit }) { throw .unusableName(long) }
    if names.count * max(width, referenceByteCount) <= limit {
      return [HDF5Blueprint.Attribute(name, .strings(names))]
    }
    let perChunk = limit / max(width, 1)
    let count = (names.count + perChunk - 1) / perChunk
    if count == 1 { return [HDF5Blueprint.Attribute(name, .fixedStrings(names))] }
    let chunks = split(names, into: count)
    return chunks.enumerated().map { number, chunk in
      HDF5Blueprint.Attribute("\(name)\(number)", .fixedStrings(chunk))
    }
  }

  /// As `numpy.array_split` does: the first parts have one more.
  private static func split(_ names: [String], into count: Int) -> [[String]] {
    let (size, more) = names.count.quotientAndRemainder(dividingBy: count)
    var chunks: [[String]] = []
    var rest = names[...]
    for number in 0..<count {
      let length = number < more ? size + 1 : size
      chunks.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return chunks
  }
}
