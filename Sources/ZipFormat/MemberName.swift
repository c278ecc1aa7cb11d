/// What a member may be called.
enum MemberName {
  /// Reads a name, and refuses one that is no path below a folder, or that is not what it looks.
  static func decode(_ bytes: ArraySlice<UInt8>, isUTF8: Bool) throws(ZipError) -> String {
    // Without the flag, names are in code page 437; what is not ASCII is then read as either.
    guard isUTF8 || bytes.allSatisfy({ $0 < 0x80 }),
      let name = String(validating: bytes, as: UTF8.self)
    else { throw .unsafePath(name: String(decoding: bytes, as: UTF8.self), .notUTF8) }
    if let fault = fault(of: name) { throw .unsafePath(name: name, fault) }
    return name
  }

  private static func fault(of name: String) -> ZipError.UnsafePath? {
    if name.utf8.count > ZipLimits.nameBytes { return .tooLong }
    // Looking up what a scalar is takes long, and most names have none but ASCII's.
    for scalar in name.unicodeScalars where scalar.value < 0x20 || scalar.value >= 0x7F {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: return .control
      default: if scalar.properties.isBidiControl { return .bidirectional }
      }
    }
    if name.utf8.contains(UInt8(ascii: "\\")) { return .backslash }
    let start = Array(name.utf8.prefix(2))
    let isDrive = start.count == 2 && start[1] == UInt8(ascii: ":") && isLetter(start[0])
    if isDrive || start.first == UInt8(ascii: "/") { return .absolute }
    var parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
    for part in parts {
      if part.isEmpty { return .empty }
      if part.count <= 2, part.allSatisfy({ $0 == UInt8(ascii: ".") }) { return .dots }
      if part.count > ZipLimits.partBytes { return .tooLong }
    }
    return nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  /// Refuses names that are one where a file system ignores case or how Unicode is spelled, and
  /// a member within what is a file.
  static func checkDistinct(_ names: [String]) throws(ZipError) {
    // With a separator that sorts before all that names may have, what lies in a folder follows
    // the folder's own name at once. Strings that are canonically equivalent are equal.
    let separator: UInt8 = 1
    let keys = names.map { name in
      let folded = name.uppercased().lowercased()
      let bytes = folded.utf8.map { $0 == UInt8(ascii: "/") ? separator : $0 }
      let key = String(
        decoding: bytes.last == separator ? bytes.dropLast() : bytes[...], as: UTF8.self)
      return (key: key, name: name)
    }
    let sorted = keys.sorted { $0.key < $1.key }
    for (one, next) in zip(sorted, sorted.dropFirst()) {
      let isInside = !one.name.hasSuffix("/") && next.key.hasPrefix(one.key + "\u{1}")
      guard one.key != next.key, !isInside else {
        throw .ambiguous(location: next.name, .repeatedName)
      }
    }
  }
}
