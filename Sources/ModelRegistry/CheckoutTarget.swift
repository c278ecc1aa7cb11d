import Catalog
import Files

/// Where a checkout goes.
public enum CheckoutTarget: Hashable, Sendable {
  /// What to write, or a folder to put it in under its own name.
  case path(String)
  /// The folder of TensorFlow Serving's models: what is written is a folder in it, `MODEL/NUMBER`.
  /// A server takes a folder whose name is a number for a version, and leaves others alone:
  /// tensorflow_serving/sources/storage_path/file_system_storage_path_source.cc of
  /// https://github.com/tensorflow/serving
  case serving(String)

  /// What to write for a version.
  ///
  /// - Parameters:
  ///   - name: its name, where the user gave none.
  ///   - makesFolders: whether folders above it that are missing are made when it is written.
  /// - Throws: `RegistryError.noSuchFolder` when what should be a folder is none.
  func path(
    of version: VersionRecord, named name: String, makesFolders: Bool = false
  ) throws -> String {
    switch self {
    case .path(let path):
      return try CheckoutPlan.target(path, name, makesFolders: makesFolders)
    case .serving(let folder):
      guard try Folder.status(of: folder)?.isDirectory == true else {
        throw RegistryError.noSuchFolder(path: folder)
      }
      let trimmed = String(folder.reversed().drop { $0 == "/" }.reversed())
      let inner = "\(version.model)/\(version.number)"
      return folder == "." ? inner : "\(trimmed)/\(inner)"
    }
  }

  /// What becomes of a folder in the way. A version that is served is what it was: writing it again
  /// is no mistake.
  func whenTaken(replacing: Bool) -> WholeFolder.WhenTaken {
    if replacing { return .replace }
    switch self {
    case .path: return .refuse
    case .serving: return .compare
    }
  }

  /// Whether it is to be on the disk before it has its name: a server may take it at once, and
  /// again after a power cut.
  var isDurable: Bool {
    switch self {
    case .path: false
    case .serving: true
    }
  }

  /// Makes the folders above one that is going to be written.
  func prepare(for path: String) throws {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    try Folder.createWithParents(String(path[..<slash]))
  }
}
