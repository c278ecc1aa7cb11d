import Files
import Glibc
import Tensors

extension Source {
  /// Opens what a path means: a file, a folder with all that is in it, or the files of a TensorFlow
  /// checkpoint whose prefix it is.
  init(opening path: String) throws {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    switch try SourcePath(path) {
    case .file: try self.init(file: path)
    case .folder: try self.init(folder: path)
    case .checkpoint(let prefix): try self.init(checkpoint: prefix)
    }
  }

  private init(file path: String) throws {
    let (folder, name) = Self.split(path)
    var files = [try Member(OpenFile.reading(path), name: name)]
    if name.hasSuffix(".json") { files += try Self.possibleShards(of: name, in: folder) }
    self.init(path: path, kind: .file, name: name, files: files, emptyFolders: [])
  }

  /// The files beside an index that could be its shards. Which are, only a reader may find out.
  private static func possibleShards(of index: String, in folder: String) throws -> [Member] {
    // `model-00001-of-00002.safetensors` of `model.safetensors.index.json`, and
    // `model_00000.weights.h5` of `model.weights.json`.
    let patterns = [
      (".safetensors.index.json", "-", ".safetensors"), (".weights.json", "_", ".weights.h5"),
    ].filter { index.hasSuffix($0.0) }
    let names = try Folder.names(in: folder).filter { name in
      patterns.contains { ending, separator, suffix in
        name.hasPrefix(index.dropLast(ending.count) + separator) && name.hasSuffix(suffix)
      }
    }
    guard names.count < fileLimit else {
      throw RegistryError.sourceUnsafe(path: folder, .tooManyFiles(limit: fileLimit))
    }
    allowDescriptors(names.count)
    return try names.map { try regularMember(named: $0, in: folder) }
  }

  /// Whether files are there that look like a checkpoint's data.
  static func hasShards(_ prefix: String) throws -> Bool {
    let (folder, name) = split(prefix)
    return try Folder.names(in: folder).contains { $0.hasPrefix(name + ".data-") }
  }

  private init(checkpoint prefix: String) throws {
    let (folder, name) = Self.split(prefix)
    let names = try Folder.names(in: folder).filter { file in
      [".index", ".meta"].contains { file == name + $0 } || file.hasPrefix(name + ".data-")
    }
    guard names.count <= Self.fileLimit else {
      throw RegistryError.sourceUnsafe(path: prefix, .tooManyFiles(limit: Self.fileLimit))
    }
    Self.allowDescriptors(names.count)
    let files = try names.map { try Self.regularMember(named: $0, in: folder) }
    self.init(path: prefix, kind: .checkpoint, name: name, files: files, emptyFolders: [])
  }

  private init(folder path: String) throws {
    let tree = try FolderTree(path, fileLimit: Self.fileLimit)
    Self.allowDescriptors(tree.files.count)
    guard !tree.files.isEmpty else { throw RegistryError.sourceUnsafe(path: path, .empty) }
    let files = try tree.files.map { name in
      try Member(tree.open(name), name: name)
    }
    var name = Self.split(path).name
    if [".", "..", ""].contains(name) { name = Self.split(try Folder.resolve(path)).name }
    self.init(
      path: path, kind: .folder, name: name, files: files, emptyFolders: tree.emptyFolders)
  }

  /// The most files that a source may have: each is open, and mapped, until it is committed.
  static let fileLimit = 4096

  /// A regular file in a folder. Anything else is refused, a link among it.
  private static func regularMember(named name: String, in folder: String) throws -> Member {
    let path = folder == "." ? name : "\(folder)/\(name)"
    guard let file = try OpenFile.ifPresent(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY),
      try file.status().isRegular
    else { throw RegistryError.sourceUnsafe(path: path, .notAFile) }
    return try Member(file, name: name)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }

  /// Raises the soft limit on open files: here, and a copy of each for the reader.
  private static func allowDescriptors(_ count: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, max(limit.rlim_cur, rlim_t(2 * count + 256)))
    // Where that is not allowed, opening the files fails, and says so.
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

/// What a path that the user named is.
enum SourcePath {
  case file
  case folder
  case checkpoint(prefix: String)

  /// - Throws: `RegistryError.sourceMissing`, `RegistryError.sourceUnsafe`.
  init(_ path: String) throws {
    func isRegular(_ path: String) throws -> Bool {
      try Folder.status(of: path)?.isRegular == true
    }
    let status = try Folder.status(of: path)
    if status?.isDirectory == true {
      self = .folder
      return
    }
    // Keras' tuner calls its checkpoints `checkpoint`, as the file beside them is called that tells
    // of the latest.
    let isState = path == "checkpoint" || path.hasSuffix("/checkpoint")
    if status == nil || isState, try isRegular(path + ".index") {
      self = .checkpoint(prefix: path)
      return
    }
    guard let status else { throw RegistryError.sourceMissing(path: path) }
    guard status.isRegular else { throw RegistryError.sourceUnsafe(path: path, .notAFile) }
    let prefix = path.hasSuffix(".index") ? String(path.dropLast(".index".count)) : nil
    if let prefix, try Source.hasShards(prefix) {
      self = .checkpoint(prefix: prefix)
    } else {
      self = .file
    }
  }
}
