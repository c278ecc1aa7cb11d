import Files
import Tensors

/// Where the files of an export go.
struct ExportTarget {
  /// The file, or what the files of a checkpoint begin with.
  let path: String

  /// A file to write.
  struct File {
    let path: String
    /// Tells the files of one export apart; `nil` for one that depends on the target's name.
    let title: String?
    let layout: FileLayout
  }

  /// The path without folders.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  private var folder: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

  /// - Parameter name: what was committed.
  init(_ order: ExportOrder, name: String) throws {
    path = try CheckoutPlan.target(order.path ?? ".", Self.name(for: order.request, of: name))
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
      // A prefix is only the beginning of names.
      case .checkpoint: endings
      }
    return right.contains(ending) ? nil : ending
  }

  /// The committed name with another ending: those that Keras and TensorFlow know files by.
  private static func name(for request: ExportRequest, of name: String) -> String {
    let endings = [
      ".weights.h5", ".weights.json", ".h5", ".hdf5", ".keras", ".ckpt", ".safetensors", ".npz",
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
    }
  }

  /// The files, where each goes, and the names of those that are there and stay; throws when
  /// something else is in the way.
  func files(
    of exported: ExportedModel, registry: String, replacing: Bool
  ) throws -> (files: [File], kept: [String]) {
    try CheckoutPlan.requireOutside(registry, path)
    var kept: [String] = []
    let files: [File] = try exported.files.compactMap { file in
      switch file.place {
      case .suffix(let suffix):
        let target = path + suffix
        try CheckoutPlan.requireRoom(at: target, isFolder: false, replacing: replacing)
        return File(path: target, title: suffix.isEmpty ? "" : " \(suffix)", layout: file.layout)
      case .beside(let name):
        // What is there tells of other files as well.
        let target = folder + name
        guard try Folder.statusOfLink(target) == nil else {
          kept.append(name)
          return nil
        }
        return File(path: target, title: nil, layout: file.layout)
      }
    }
    return (files, kept)
  }
}
