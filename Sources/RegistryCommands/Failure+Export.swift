import Catalog
import ModelExport
import ModelRegistry
import Tensors

extension Failure {
  init(_ error: ModelExportError) {
    switch error {
    case .impossible(let notes, let format, let generation):
      let reader = generation.map { " for Keras \($0.number)" } ?? ""
      self.init(
        "This version cannot be written as \(format.rawValue)\(reader): \(notes.reasons).",
        hint: "registry check with the same options lists all that it would do."
          + (format == .savedModel
            ? " With --graph REF the graph is that of a version committed as a SavedModel."
            : ""),
        .sourceRefused, code: "cannot-export")
    }
  }

  /// What an export's own errors say; `nil` for others.
  init?(export error: RegistryError) {
    switch error {
    case .targetDiffers(let path):
      self.init(
        "\(printable(path)) is there already with other files or bytes, and stays.",
        hint: "\(Registry.originPath) in it may say what it is. Replace it with --force, or serve"
          + " another version.", .targetExists, code: "target-differs")
    case .noGraph(let version, let format):
      self.init(
        "\(version) was committed as \(format), and has no graph of its own.",
        hint: "Take a version that was committed as a SavedModel: registry log lists the formats.",
        .sourceRefused, code: "no-graph")
    case .unfittingGraph(let notes, let version, let graph):
      self.init(
        "\(version) does not fit the graph of \(graph): \(notes.reasons).",
        hint: notes.contains { $0.location.split(separator: "/").contains("vars") }
          ? "Weights of classes that Keras does not ship are only numbered in .keras and"
            + " .weights.h5: commit them as .h5 or checkpoint, which name them."
          : "Take the graph of a version with the same layers. Where only paths differ, commit"
            + " that SavedModel with --parent \(version): its variables get its parent's paths.",
        .sourceRefused, code: "graph-unfit")
    default: return nil
    }
  }
}

extension Failed {
  /// - Parameter option: what would need another graph.
  static func graphStays(_ version: VersionRecord, option: String) -> Failed {
    Failed(
      "\(version.label) was committed as a SavedModel and keeps its graph, which \(option) would"
        + " change.",
      hint: "Leave \(option) out, or export a version of it that was committed as .keras, .h5 or"
        + " checkpoint.", .sourceRefused)
  }
}

extension [ConversionNote] {
  /// The first of them.
  fileprivate var reasons: String {
    let shown = prefix(3).map(\.reason).joined(separator: "; ")
    return count > 3 ? "\(shown); and \(count - 3) more" : shown
  }
}

extension ConversionNote {
  fileprivate var reason: String {
    "\(location)\(field.map { "." + $0 } ?? ""): \(detail)"
  }
}
