import HDF5Format

extension HDF5Group {
  /// A list of names that Keras keeps in an attribute, or, when it is too long for one, in
  /// `<attribute>0`, `<attribute>1` and so on. `nil` when there is none.
  func names(in attribute: String, at location: String) throws(KerasFormatError) -> [String]? {
    if attributes[attribute] != nil { return try list(in: attribute, at: location) }
    guard attributes[attribute + "0"] != nil else { return nil }
    var names: [String] = []
    var chunk = 0
    while attributes[attribute + String(chunk)] != nil {
      names += try list(in: attribute + String(chunk), at: location)
      chunk += 1
    }
    return names
  }

  private func list(
    in attribute: String, at location: String
  ) throws(KerasFormatError) -> [String] {
    switch attributes[attribute] {
    case .strings(let names): return names
    case .string(let name): return [name]
    case .unread, nil:
      throw .malformed(
        location: "\(location) @\(attribute)", expected: "a list of names", found: "something else")
    }
  }

  /// The group at a path, since Keras 2 lets names have slashes: `expanded_conv/depthwise`.
  func group(at path: String) -> HDF5Group? {
    var group = self
    for name in path.split(separator: "/") {
      guard let next = group.groups[String(name)] else { return nil }
      group = next
    }
    return group
  }

  /// The text of an attribute that holds one string.
  func text(in attribute: String) -> String? {
    switch attributes[attribute] {
    case .string(let text): text
    case .strings(let texts) where texts.count == 1: texts[0]
    default: nil
    }
  }
}
