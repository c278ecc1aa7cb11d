import Files
import Glibc

/// The files below a folder. A link, a device, or a name that another system would take for a
/// second one is refused: what is committed has to come back anywhere.
struct FolderTree {
  /// Paths within the folder, in the order of their bytes.
  private(set) var files: [String] = []
  /// Folders that hold nothing, in the same order.
  private(set) var emptyFolders: [String] = []

  private let root: String
  private let fileLimit: Int

  private static let depthLimit = 32

  init(_ root: String, fileLimit: Int) throws {
    self.root = root
    self.fileLimit = fileLimit
    try visit("", depth: 0)
    files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    emptyFolders.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Opens one of the files; it may not have become a link meanwhile.
  func open(_ name: String) throws -> OpenFile {
    let path = "\(root)/\(name)"
    let file = try OpenFile(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    guard try file.status().isRegular else {
      throw RegistryError.sourceUnsafe(path: path, .notAFile)
    }
    return file
  }

  private mutating func visit(_ folder: String, depth: Int) throws {
    let place = folder.isEmpty ? root : "\(root)/\(folder)"
    guard depth <= Self.depthLimit else {
      throw RegistryError.sourceUnsafe(path: place, .tooDeep(limit: Self.depthLimit))
    }
    let names = try Folder.names(in: place)
    // Strings that are canonically equivalent are equal.
    var folded: Set<String> = []
    for name in names {
      let path = "\(place)/\(name)"
      if let defect = RelativePath.defect(ofPart: name) {
        throw RegistryError.sourceUnsafe(path: path, .badName(defect))
      }
      guard folded.insert(name.lowercased()).inserted else {
        throw RegistryError.sourceUnsafe(path: path, .badName(.twin))
      }
      let inner = folder.isEmpty ? name : "\(folder)/\(name)"
      try add(inner, at: path, depth: depth)
    }
    if names.isEmpty, !folder.isEmpty { emptyFolders.append(folder) }
  }

  private mutating func add(_ name: String, at path: String, depth: Int) throws {
    guard let status = try Folder.statusOfLink(path) else {
      throw RegistryError.sourceChanged(path: path)
    }
    if status.isDirectory {
      guard try Registry.root(at: path) != path else {
        throw RegistryError.sourceUnsafe(path: path, .registry)
      }
      try visit(name, depth: depth + 1)
    } else if status.isRegular {
      files.append(name)
      guard files.count <= fileLimit else {
        throw RegistryError.sourceUnsafe(path: root, .tooManyFiles(limit: fileLimit))
      }
    } else {
      throw RegistryError.sourceUnsafe(path: path, .notAFile)
    }
  }
}
