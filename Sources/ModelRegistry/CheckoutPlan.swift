import Files
import Tensors

/// What a checkout makes, and where.
struct CheckoutPlan {
  /// The file, the folder, or what the files of a checkpoint begin with.
  let path: String
  /// Where each file goes, in the order of the manifest.
  let files: [(file: Manifest.StoredFile, path: String)]

  /// - Parameter path: what to write.
  init(_ manifest: Manifest, at path: String) {
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

  /// Throws when something would be written into a registry, or would replace a folder with one in
  /// it, this one perhaps.
  static func requireNoRegistry(_ registry: String, _ path: String, isFolder: Bool) throws {
    try requireOutside(registry, path)
    guard isFolder, try Folder.statusOfLink(path)?.isDirectory == true else { return }
    let target = try Folder.resolve(path)
    let here = try Folder.resolve(".")
    guard !(here + "/").hasPrefix(target + "/"), try !holdsRegistry(target) else {
      throw RegistryError.targetHoldsRegistry(path: path)
    }
  }

  /// What to write at a path: a folder that is there gets it under its own name.
  ///
  /// - Parameter makesFolders: whether it is a SavedModel that is written, and missing folders
  ///   above it are made, as TensorFlow makes them.
  /// - Throws: `RegistryError.noSuchFolder` when what should be a folder is none.
  static func target(
    _ path: String, _ name: String, makesFolders: Bool = false
  ) throws -> String {
    let isFolder = path.hasSuffix("/")
    let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
    // A SavedModel that is there is what is written again, and no place for another.
    if makesFolders, try Folder.status(of: "\(trimmed)/saved_model.pb") != nil { return trimmed }
    guard try Folder.status(of: path)?.isDirectory != true else {
      return path == "." ? name : "\(trimmed)/\(name)"
    }
    guard !makesFolders else { return trimmed }
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard try !isFolder && (parent.isEmpty || Folder.status(of: parent)?.isDirectory == true) else {
      throw RegistryError.noSuchFolder(path: isFolder ? trimmed : parent)
    }
    return path
  }

  /// Throws when a path leads into a registry.
  static func requireOutside(_ registry: String, _ path: String) throws {
    var folder = path
    repeat {
      let slash = folder.lastIndex(of: "/")
      folder = slash.map { $0 == folder.startIndex ? "/" : String(folder[..<$0]) } ?? "."
      // The nearest one that is there: those below it are made when it is written.
    } while try Folder.status(of: folder) == nil && folder != "." && folder != "/"
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
  func requireRoom(for kind: SourceKind, _ whenTaken: WholeFolder.WhenTaken) throws {
    guard kind != .folder else { return try Self.requireRoom(forFolder: path, whenTaken) }
    for (_, path) in files {
      try Self.requireRoom(forFile: path, replacing: whenTaken == .replace)
    }
  }

  /// Throws when something is in the way that may not be replaced: a file may, or a link, but
  /// nothing else, a device say.
  static func requireRoom(forFile target: String, replacing: Bool) throws {
    guard let status = try Folder.statusOfLink(target) else { return }
    guard replacing, status.isRegular || status.isLink else {
      throw RegistryError.targetExists(path: target)
    }
  }

  /// Throws when something is in the way that may be neither replaced nor compared: only another
  /// folder may.
  static func requireRoom(
    forFolder target: String, _ whenTaken: WholeFolder.WhenTaken
  ) throws {
    guard let status = try Folder.statusOfLink(target) else { return }
    guard whenTaken != .refuse, status.isDirectory else {
      throw RegistryError.targetExists(path: target)
    }
  }
}
