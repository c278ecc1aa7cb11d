import CHDF5

extension HDF5Blueprint.Attribute {
  /// Puts the attribute on an object.
  func write(to object: borrowing Handle, at location: String) throws(HDF5Error) {
    let place = location + "@" + name
    switch value {
    case .string(let text):
      let space = try Handle(
        H5Screate(H5S_SCALAR), "H5Screate", at: place, closedBy: H5Sclose)
      try write([text], in: space, to: object, at: place)
    case .strings(let texts) where !texts.isEmpty:
      try write(texts, in: try Self.list(of: texts.count, at: place), to: object, at: place)
    case .fixedStrings(let texts) where !texts.isEmpty:
      try writeFixed(texts, to: object, at: place)
    case .strings, .fixedStrings: try writeNone(to: object, at: place)
    }
  }

  private func write(
    _ texts: [String], in space: borrowing Handle, to object: borrowing Handle, at place: String
  ) throws(HDF5Error) {
    let type = try WriterTypes.text(at: place)
    let attribute = try create(on: object, type, space, at: place)
    // Each with a zero after it, one after another.
    let characters = texts.map { Array($0.utf8) + [0] }
    let bytes = Array(characters.joined())
    var failure: HDF5Error?
    bytes.withUnsafeBytes { buffer in
      var start = 0
      let pointers = characters.map { text in
        defer { start += text.count }
        return buffer.baseAddress?.advanced(by: start)
      }
      do throws(HDF5Error) {
        try checked(H5Awrite(attribute.id, type.id, pointers), "H5Awrite", at: place)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func writeFixed(
    _ texts: [String], to object: borrowing Handle, at place: String
  ) throws(HDF5Error) {
    let width = HDF5Blueprint.fixedWidth(of: texts)
    let type = try WriterTypes.fixedText(width: width, at: place)
    let space = try Self.list(of: texts.count, at: place)
    let attribute = try create(on: object, type, space, at: place)
    let bytes = texts.flatMap { text in
      Array(text.utf8) + Array(repeating: 0, count: width - text.utf8.count)
    }
    try checked(H5Awrite(attribute.id, type.id, bytes), "H5Awrite", at: place)
  }

  /// What NumPy makes of an empty list: no floats at all.
  private func writeNone(to object: borrowing Handle, at place: String) throws(HDF5Error) {
    let type = try WriterTypes.copy(of: chdf5_float64(), at: place)
    _ = try create(on: object, type, try Self.list(of: 0, at: place), at: place)
  }

  private static func list(of count: Int, at place: String) throws(HDF5Error) -> Handle {
    try Handle(
      H5Screate_simple(1, [hsize_t(count)], nil), "H5Screate_simple", at: place,
      closedBy: H5Sclose)
  }

  private func create(
    on object: borrowing Handle, _ type: borrowing Handle, _ space: borrowing Handle,
    at place: String
  ) throws(HDF5Error) -> Handle {
    try Handle(
      H5Acreate2(
        object.id, name, type.id, space.id, chdf5_default_properties(),
        chdf5_default_properties()), "H5Acreate2", at: place, closedBy: H5Aclose)
  }
}
