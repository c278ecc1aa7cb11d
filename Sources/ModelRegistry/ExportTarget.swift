import Files
import Tensors

/// Where the files of an export go.
struct ExportTarget {
  /// The file, the folder, or what the files of a checkpoint begin with.
  let path: String

  private let target: CheckoutTarget

  /// A file to write.
  struct File {
    let path: String
    /// The path in the folder that the export is; `nil` for a file that is in none.
    let inner: String?
    /// Tells the files of one export apart; `nil` for one that depends on the target's name.
    let title: String?
    let content: ExportPlan.Content
  }

  /// The path without folders.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  private var folder: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

  init(_ order: ExportOrder, of source: ExportSource) throws {
    let name = Self.name(for: order.request, of: source.manifest.name)
    target = order.target
    path = try target.path(
      of: source.version, named: name, makesFolders: order.request.format == .savedModel)
    if let ending = Self.contradiction(of: path, to: order.request) {
      throw RegistryError.misleadingName(
        path: path, ending: ending, better: Self.name(for: order.request, of: self.name))
    }
  }

  /// The ending of a path that Keras would take for another format than is asked for.
  private static func contradiction(of path: String, to request: ExportRequest) -> String? {
    let endings = [".weights.h5", ".h5", ".hdf5", ".keras", ".safetensors", ".npz"]
    guard let ending = endings.first(where: path.hasSuffix) else { return nil }
    let right: [String] =
      switch request.format {
      case .h5: [".h5", ".hdf5"]
      case .keras: [".keras"]
      case .weights: request.generation == .keras2 ? [".h5", ".hdf5"] : [".weights.h5"]
      case .safetensors: [".safetensors"]
      case .npz: [".npz"]
      case .savedModel: []
      // A prefix is only the beginning of names.
      case .checkpoint: endings
      }
    return right.contains(ending) ? nil : ending
  }

  /// The committed name with another ending: those that Keras and TensorFlow know files by.
  private static func name(for request: ExportRequest, of name: String) -> String {
    let endings = [
      ".weights.h5", ".weights.json", ".h5", ".hdf5", ".keras", ".ckpt", ".safetensors", ".npz",
      ".savedmodel",
    ]
    let stem = endings.first { name.hasSuffix($0) && name != $0 }.map { name.dropLast($0.count) }
    let base = String(stem ?? name[...])
    return switch request.format {
    case .h5: base + ".h5"
    case .keras: base + ".keras"
    // Keras 2 takes what ends in `.weights.h5` for the other layout.
    case .weights: base + (request.generation == .keras2 ? "-weights.h5" : ".weights.h5")
    case .checkpoint: base + ".ckpt"
    case .safetensors: base + ".safetensors"
    case .npz: base + ".npz"
    case .savedModel: base + ".savedmodel"
    }
  }

  /// The files, where each goes, and the names of those that are there and stay; throws when
  /// something else is in the way.
  func files(
    of plan: ExportPlan, registry: String, replacing: Bool
  ) throws -> (files: [File], kept: [String]) {
    let isFolder = plan.isFolder
    try CheckoutPlan.requireNoRegistry(registry, path, isFolder: isFolder)
    if isFolder {
      try CheckoutPlan.requireRoom(
        forFolder: path, target.whenTaken(replacing: replacing))
    }
    var kept: [String] = []
    let files: [File] = try plan.files.compactMap { file in
      switch file.place {
      case .suffix(let suffix):
        let target = path + suffix
        try CheckoutPlan.requireRoom(forFile: target, replacing: replacing)
        return File(
          path: target, inner: nil, title: suffix.isEmpty ? "" : " \(suffix)",
          content: file.content)
      case .beside(let name):
        // What is there tells of other files as well.
        let target = folder + name
        guard try Folder.statusOfLink(target) == nil else {
          kept.append(name)
          return nil
        }
        return File(path: target, inner: nil, title: nil, content: file.content)
      case .inside(let inner):
        return File(
          path: "\(path)/\(inner)", inner: inner, title: " \(inner)", content: file.content)
      }
    }
    return (files, kept)
  }

  /// Writes the files: each whole or not at all, and those of a folder together, so that a server
  /// or a program never sees a part of it.
  ///
  /// - Returns: `false` when the same folder was there already.
  func write(
    _ files: [File], of plan: ExportPlan, replacing: Bool,
    _ body: (File, borrowing OpenFile) throws -> Void
  ) throws -> Bool {
    var isNew = true
    if plan.isFolder {
      try target.prepare(for: path)
      isNew = try WholeFolder.write(
        to: path, whenTaken: target.whenTaken(replacing: replacing), isDurable: target.isDurable
      ) { folder in
        for name in plan.emptyFolders { try Folder.createWithParents("\(folder)/\(name)") }
        for file in files {
          guard let inner = file.inner else { continue }
          try WholeFolder.create(inner, in: folder) { try body(file, $0) }
        }
      }
    }
    for file in files where file.inner == nil {
      try WholeFile.write(to: file.path, replacing: replacing) { try body(file, $0) }
    }
    return isNew
  }
}

extension ExportPlan {
  fileprivate var isFolder: Bool {
    files.contains { file in
      if case .inside = file.place { return true }
      return false
    }
  }
}
