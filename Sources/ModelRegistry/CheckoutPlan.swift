import Files
import Tensors

/// What a checkout makes, and where.
struct CheckoutPlan {
  /// The file, the folder, or what the files of a checkpoint begin with.
  let path: String
  /// Where each file goes, in the order of the manifest.
  let files: [(file: Manifest.StoredFile, path: String)]

  /// - Parameter path: where the user wants it: a folder that is there gets it under its own name.
  init(_ manifest: Manifest, at path: String) throws {
    let path = try Self.target(path, manifest.name)
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    self.path = path
    files = manifest.files.enumerated().map { place, file in
      switch manifest.kind {
      case .folder: (file, "\(path)/\(file.name)")
      // The shards of an index keep their names, for it names them.
      case .file: (file, place == 0 ? path : folder + file.name)
      case .checkpoint: (file, path + file.name.dropFirst(manifest.name.count))
      }
    }
  }

  /// Throws when it would write into a registry, or replace a folder with one in it, this one
  /// perhaps.
  func requireNoRegistry(_ registry: String, kind: SourceKind) throws {
    try Self.requireOutside(registry, path)
    guard kind == .folder, try Folder.statusOfLink(path)?.isDirectory == true else { return }
    let target = try Folder.resolve(path)
    let here = try Folder.resolve(".")
    guard !(here + "/").hasPrefix(target + "/"), try !Self.holdsRegistry(target) else {
      throw RegistryError.targetHoldsRegistry(path: path)
    }
  }

  /// What to write at a path: a folder that is there gets it under its own name.
  ///
  /// - Throws: `RegistryError.noSuchFolder` when what should be a folder is none.
  static func target(_ path: String, _ name: String) throws -> String {
    let isFolder = path.hasSuffix("/")
    let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
    guard try Folder.status(of: path)?.isDirectory != true else {
      return path == "." ? name : "\(trimmed)/\(name)"
    }
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard try !isFolder && (parent.isEmpty || Folder.status(of: parent)?.isDirectory == true) else {
      throw RegistryError.noSuchFolder(path: isFolder ? trimmed : parent)
    }
    return path
  }

  /// Throws when a path leads into a registry.
  static func requireOutside(_ registry: String, _ path: String) throws {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    // Without the folder nothing can be written: whoever writes will say so.
    guard try Folder.status(of: folder) != nil else { return }
    guard try !(Folder.resolve(folder) + "/").hasPrefix(Folder.resolve(registry) + "/") else {
      throw RegistryError.targetHoldsRegistry(path: path)
    }
  }

  private static func holdsRegistry(_ folder: String) throws -> Bool {
    if try Registry.root(at: folder) != nil { return true }
    return try Folder.names(in: folder).contains { name in
      let inner = "\(folder)/\(name)"
      return try Folder.statusOfLink(inner)?.isDirectory == true && holdsRegistry(inner)
    }
  }

  /// Throws when something is in the way that may not be replaced.
  func requireRoom(for kind: SourceKind, replacing: Bool) throws {
    let targets = kind == .folder ? [path] : files.map(\.path)
    for target in targets {
      try Self.requireRoom(at: target, isFolder: kind == .folder, replacing: replacing)
    }
  }

  /// Throws when something is in the way that may not be replaced: a file may, or a link, or for a
  /// folder another folder, but nothing else, a device say.
  static func requireRoom(at target: String, isFolder: Bool, replacing: Bool) throws {
    guard let status = try Folder.statusOfLink(target) else { return }
    let isSame = isFolder ? status.isDirectory : status.isRegular || status.isLink
    guard replacing && isSame else { throw RegistryError.targetExists(path: target) }
  }
}
