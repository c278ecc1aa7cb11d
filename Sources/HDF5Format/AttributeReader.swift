import CHDF5

/// Reads the attributes of objects, until the file has had more than its share.
struct AttributeReader {
  private var count: UInt64 = 0
  private var byteCount = 0

  mutating func read(
    of object: borrowing Handle, _ info: ObjectInfo, at location: String
  ) throws(HDF5Error) -> [String: HDF5Attribute] {
    guard info.attributeCount > 0 else { return [:] }
    let (total, overflow) = count.addingReportingOverflow(info.attributeCount)
    guard !overflow, total <= HDF5Limits.attributes else {
      throw .limitExceeded(
        location: location, .attributes, allowed: UInt64(HDF5Limits.attributes), found: total)
    }
    count = total
    var attributes: [String: HDF5Attribute] = [:]
    for name in try names(of: object, at: location) {
      guard let name, name.utf8.count <= HDF5Limits.pathBytes else {
        throw .badName(location: location + "@")
      }
      let place = location + "@" + name
      let value = try value(of: name, on: object, at: place)
      guard attributes.updateValue(value, forKey: name) == nil else {
        throw .repeatedName(location: place)
      }
    }
    return attributes
  }

  /// The attributes' names; `nil` for one that is not UTF-8.
  private func names(
    of object: borrowing Handle, at location: String
  ) throws(HDF5Error) -> [String?] {
    var names: [String?] = []
    let status = withUnsafeMutablePointer(to: &names) { names in
      H5Aiterate2(
        object.id, H5_INDEX_NAME, H5_ITER_NATIVE, nil,
        { _, name, _, context in
          guard let name, let context else { return -1 }
          context.assumingMemoryBound(to: [String?].self).pointee
            .append(String(validatingCString: name))
          return 0
        }, names)
    }
    try checked(status, "H5Aiterate2", at: location)
    return names
  }

  /// An attribute that libhdf5 cannot read is one that we do not read: it is kept with the file,
  /// and whoever needs it says that it is missing.
  private mutating func value(
    of name: String, on object: borrowing Handle, at location: String
  ) throws(HDF5Error) -> HDF5Attribute {
    do throws(HDF5Error) {
      let attribute = try Handle(
        H5Aopen(object.id, name, chdf5_default_properties()), "H5Aopen", at: location,
        closedBy: H5Aclose)
      return try value(of: attribute, at: location)
    } catch {
      guard case .library = error else { throw error }
      return .unread
    }
  }

  private mutating func value(
    of attribute: borrowing Handle, at location: String
  ) throws(HDF5Error) -> HDF5Attribute {
    let space = try Handle(
      H5Aget_space(attribute.id), "H5Aget_space", at: location, closedBy: H5Sclose)
    let rank = H5Sget_simple_extent_ndims(space.id)
    let spaceClass = H5Sget_simple_extent_type(space.id)
    guard spaceClass == H5S_SCALAR || spaceClass == H5S_SIMPLE && rank == 1 else { return .unread }
    let points = try checked(
      H5Sget_simple_extent_npoints(space.id), "H5Sget_simple_extent_npoints", at: location)
    guard points > 0 else { return .strings([]) }

    let type = try Handle(
      H5Aget_type(attribute.id), "H5Aget_type", at: location, closedBy: H5Tclose)
    guard H5Tget_class(type.id) == H5T_STRING else { return .unread }
    let (size, overflow) = Int(points).multipliedReportingOverflow(by: H5Tget_size(type.id))
    try charge(overflow ? .max : size, at: location)
    let texts =
      H5Tis_variable_str(type.id) > 0
      ? try variableStrings(of: attribute, type, space, count: Int(points), at: location)
      : try fixedStrings(of: attribute, type, count: Int(points), at: location)
    guard let texts else { return .unread }
    return spaceClass == H5S_SCALAR ? .string(texts[0]) : .strings(texts)
  }

  private mutating func charge(_ bytes: Int, at location: String) throws(HDF5Error) {
    let (total, overflow) = byteCount.addingReportingOverflow(bytes)
    guard !overflow, total <= HDF5Limits.attributeBytes else {
      throw limit(
        .attributeBytes, HDF5Limits.attributeBytes, found: overflow ? .max : total, at: location)
    }
    byteCount = total
  }

  /// `nil` when one of them is not UTF-8.
  private mutating func variableStrings(
    of attribute: borrowing Handle, _ type: borrowing Handle, _ space: borrowing Handle,
    count: Int, at location: String
  ) throws(HDF5Error) -> [String]? {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
    pointers.initialize(repeating: nil, count: count)
    defer { pointers.deallocate() }
    try checked(H5Aread(attribute.id, type.id, pointers), "H5Aread", at: location)
    defer { _ = chdf5_reclaim(type.id, space.id, pointers) }
    var texts: [String] = []
    for index in 0..<count {
      // A string that was never written has no bytes at all.
      guard let bytes = pointers[index] else {
        texts.append("")
        continue
      }
      guard let text = String(validatingCString: bytes) else { return nil }
      try charge(text.utf8.count, at: location)
      texts.append(text)
    }
    return texts
  }

  /// `nil` when one of them is not UTF-8.
  private func fixedStrings(
    of attribute: borrowing Handle, _ type: borrowing Handle, count: Int, at location: String
  ) throws(HDF5Error) -> [String]? {
    let width = H5Tget_size(type.id)
    guard width > 0 else { return nil }
    let padding = H5Tget_strpad(type.id)
    var bytes = [UInt8](repeating: 0, count: count * width)
    try checked(H5Aread(attribute.id, type.id, &bytes), "H5Aread", at: location)
    var texts: [String] = []
    for start in stride(from: 0, to: bytes.count, by: width) {
      let field = bytes[start..<start + width]
      guard let text = String(validating: unpadded(field, padding), as: UTF8.self) else {
        return nil
      }
      texts.append(text)
    }
    return texts
  }

  private func unpadded(_ field: ArraySlice<UInt8>, _ padding: H5T_str_t) -> ArraySlice<UInt8> {
    if padding == H5T_STR_NULLTERM { return field.prefix { $0 != 0 } }
    let filler = padding == H5T_STR_SPACEPAD ? UInt8(ascii: " ") : 0
    let last = field.lastIndex { $0 != filler }
    return last.map { field[...$0] } ?? []
  }
}
