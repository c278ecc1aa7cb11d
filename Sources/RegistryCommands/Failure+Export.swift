import ModelExport
import Tensors

extension Failure {
  init(_ error: ModelExportError) {
    switch error {
    case .impossible(let notes, let format, let generation):
      let reader = generation.map { " for Keras \($0.number)" } ?? ""
      let shown = notes.prefix(3).map(\.reason).joined(separator: "; ")
      let more = notes.count > 3 ? "; and \(notes.count - 3) more" : ""
      self.init(
        "This version cannot be written as \(format.rawValue)\(reader): \(shown)\(more).",
        hint: "registry check with the same options lists all that it would do.", .sourceRefused,
        code: "cannot-export")
    }
  }
}

extension ConversionNote {
  fileprivate var reason: String {
    "\(location)\(field.map { "." + $0 } ?? ""): \(detail)"
  }
}
