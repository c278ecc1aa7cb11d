import Files
import Tensors

/// Where the files of an export go.
struct ExportTarget {
  /// The file, or what the files of a checkpoint begin with.
  let path: String

  /// A file to write.
  struct File {
    let path: String
    /// Tells the files of one export apart.
    let title: String
    let layout: FileLayout
  }

  /// The path without folders.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  private var folder: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }

  /// - Parameter name: what was committed.
  init(_ order: ExportOrder, name: String) throws {
    let path = order.path ?? "."
    let isInside = try Folder.status(of: path)?.isDirectory == true
    let own = Self.name(for: order.request, of: name)
    self.path = isInside ? (path == "." ? own : "\(path)/\(own)") : path
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

  /// The files, where each goes; throws when something is in the way.
  func files(
    of exported: ExportedModel, registry: String, replacing: Bool
  ) throws -> [File] {
    try CheckoutPlan.requireOutside(registry, path)
    return try exported.files.compactMap { file in
      switch file.place {
      case .suffix(let suffix):
        let target = path + suffix
        let status = try Folder.statusOfLink(target)
        guard status == nil || replacing && status?.isDirectory == false else {
          throw RegistryError.targetExists(path: target)
        }
        return File(path: target, title: suffix.isEmpty ? "" : " \(suffix)", layout: file.layout)
      case .beside(let name):
        // What is there tells of other files as well.
        let target = folder + name
        guard try Folder.statusOfLink(target) == nil else { return nil }
        return File(path: target, title: " \(name)", layout: file.layout)
      }
    }
  }
}
