/// The rules for names of files within a version, on their way in and out: what is written anywhere
/// has to stay in the folder that it belongs to, under a name of its own on every system.
public enum RelativePath {
  /// What is wrong with a part of a path.
  public enum Defect: String, Hashable, Sendable {
    case empty = "no name"
    case dots = "a name that means another folder"
    case tooLong = "a name of more than 255 bytes"
    case separator = "a name with a slash or backslash"
    case control = "a name with control characters"
    case notUTF8 = "a name that is not in UTF-8"
    case twin = "a name that differs from another's only in case or composition"
  }

  /// What is wrong with one part of a path; `nil`: nothing.
  static func defect(ofPart part: String) -> Defect? {
    if part.isEmpty { return .empty }
    if part == "." || part == ".." { return .dots }
    if part.utf8.count > 255 { return .tooLong }
    if part.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
      return .separator
    }
    if part.unicodeScalars.contains("\u{FFFD}") { return .notUTF8 }
    return part.unicodeScalars.contains(where: isControl) ? .control : nil
  }

  /// Whether a path stays in the folder that it is written to. What the user chose to call a file
  /// comes back under that name, also where another system could not have it.
  static func staysInside(_ path: String) -> Bool {
    path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !["", ".", ".."].contains(part) && part.utf8.count <= 255 && !part.utf8.contains(0)
    }
  }

  /// Control characters, and those that turn the direction of what stands round them.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
  }
}
