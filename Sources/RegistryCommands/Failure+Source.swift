import Glibc
import IsolatedReaders
import ModelRegistry
import Tensors

// What is wrong with what the user wants to commit.

extension Failure {
  init(_ error: ReaderError, source: String) {
    let file = printable(source)
    switch error {
    case .notAModel(let found):
      self.init(
        "\(file) is not a model that registry reads: found \(printable(found)).",
        hint: "registry reads .keras, .h5, .weights.h5, SavedModel folders, checkpoints,"
          + " .safetensors and .npz. Any bytes are stored with --opaque.", .sourceRefused,
        code: "not-a-model")
    case .rejected(let rejection): self.init(rejection, file: file)
    case .crashed(let signal):
      self.init(
        "\(file) is damaged: its reader died of it"
          + " (\(String(cString: strsignal(signal)))). It ran apart, nothing was changed.",
        hint: "Open the file in Keras, or take an older copy.", .sourceRefused, code: "crashed")
    case .timedOut:
      self.init(
        "\(file) could not be read in the time that a sound model takes.",
        hint: "It is damaged, or the system is very busy. Any bytes are stored with --opaque.",
        .sourceRefused,
        code: "timed-out")
    case .malformedAnswer(let defect):
      self.init(
        "\(file) could not be read: its reader gave an answer that cannot be (\(defect)).",
        .sourceRefused)
    }
  }

  init(_ rejection: WorkerRejection, file: String) {
    let place = rejection.location.isEmpty ? "" : " at \(printable(rejection.location))"
    let found =
      "\(file)\(place): expected \(printable(rejection.expected)), found"
      + " \(printable(rejection.found))."
    let (hint, status): (String?, ExitStatus) =
      switch rejection.code {
      case .sandboxUnavailable, .unreadable: (nil, .systemFailure)
      case .unsafeLink, .unsafePath:
        ("A model that reaches for other files is not committed.", .sourceRefused)
      case .truncated: ("It was cut short: copy or save it again.", .sourceRefused)
      case .integrity: ("It was damaged after it was saved: take another copy.", .sourceRefused)
      case .notAModel, .ambiguous, .limit, .malformed, .unsupportedFilter, .unsupported:
        (nil, .sourceRefused)
      }
    self.init(found, hint: hint, status, code: rejection.code.rawValue)
  }

  init(source error: RegistryError) {
    switch error {
    case .sourceUnsafe(let path, let defect):
      self.init(
        "\(printable(path)) is not committed: it is \(defect.phrase).", .sourceRefused,
        code: defect.code)
    case .sourceDamaged(let path, let file, let part, let algorithm):
      let place = path.hasSuffix(file) ? "" : " in \(printable(file))"
      self.init(
        "\(printable(path)) is damaged: the bytes of \(quoted(part))\(place) do not fit the"
          + " \(algorithm.rawValue.uppercased()) that is recorded for them.",
        hint: "It was damaged after it was saved: take another copy.", .sourceRefused,
        code: WorkerRejection.Code.integrity.rawValue)
    case .findingsDenied(let path, let findings):
      let shown = findings.prefix(3).map { "\($0.line)" }.joined(separator: "; ")
      let rest = findings.count > 3 ? ", and \(findings.count - 3) more" : ""
      self.init(
        "\(printable(path)) is not committed, for --deny-findings: \(shown)\(rest).",
        hint: "Without --deny-findings it is stored, and the findings with it.", .sourceRefused,
        code: "findings-denied")
    default: self.init("\(error)", .systemFailure)
    }
  }
}

extension SourceDefect {
  fileprivate var phrase: String {
    switch self {
    case .notAFile: "neither a file nor a folder, but a link, pipe or device"
    case .empty: "a folder without a file"
    case .holes: "a file of holes, with hardly a byte on the disk"
    case .tooManyFiles(let limit): "more than \(limit) files"
    case .tooDeep(let limit): "below more than \(limit) folders"
    case .badName(let defect): defect.rawValue
    case .registry: "a registry"
    }
  }

  fileprivate var code: String {
    switch self {
    case .badName, .notAFile: WorkerRejection.Code.unsafePath.rawValue
    case .tooManyFiles, .tooDeep: WorkerRejection.Code.limit.rawValue
    case .empty, .holes, .registry: ExitStatus.sourceRefused.code
    }
  }
}
