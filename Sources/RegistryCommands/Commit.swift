import ArgumentParser
import Catalog
import Digests
import Files
import Glibc
import IsolatedReaders
import ModelRegistry
import StrictJSON
import Tensors

struct Commit: RegistrySubcommand, SubjectCommand {
  static let configuration = CommandConfiguration(
    commandName: "commit",
    abstract: "Store a saved model as the next version.",
    discussion: """
      Reads what any version of Keras or TensorFlow saves: .keras, .h5, .weights.h5, a SavedModel \
      folder, a checkpoint (its prefix, or the folder that it is in), and .safetensors and .npz. \
      Stores each tensor that is new, and records a version. When the command ends well, the \
      version is on the disk. Nothing in the model is run.

      Weights without an architecture take that of their parent when they fit it.

      Several are committed in their order, each as a version of its own with the one before as \
      its parent; --parent and --relation are the first one's. Each is on the disk when it is \
      told of. The first that cannot be committed ends the command: those before it stay.

      EXAMPLE
        registry commit epoch-5.keras -m "lr 1e-3" --metric val_loss=0.21 --alias champion
        registry commit training/ck-12
        registry commit run/epoch-1.h5 run/epoch-2.h5 run/epoch-3.h5
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(
    help: "The file, the folder, or what the files of a checkpoint begin with; or several.")
  var paths: [String]

  @Option(name: .shortAndLong, help: "What to remember about this version.")
  var message: String?

  @Option(
    help:
      "Its model. Without it: the one last used here, else one named after the file."
  )
  var model: String?

  @Option(
    name: .customLong("parent"),
    help: ArgumentHelp(
      "A version that it was trained on from; may be repeated. Without it: the model's latest.",
      valueName: "ref"))
  var parents: [ReferenceArgument] = []

  @Option(help: "How it came from its parent.")
  var relation: Relation = .continued

  @Option(
    name: .customLong("tag"), help: ArgumentHelp("A tag; may be repeated.", valueName: "key=value"))
  var tags: [KeyValue] = []

  @Option(
    name: .customLong("metric"),
    help: ArgumentHelp(
      "A metric of a single version, a number; may be repeated.", valueName: "name=value"))
  var metrics: [KeyValue] = []

  @Option(
    name: .customLong("alias"),
    help: ArgumentHelp(
      "An alias to point at a single version; may be repeated.", valueName: "name"))
  var aliases: [String] = []

  @Option(
    help: ArgumentHelp(
      "The TensorFlow that wrote it, where the file does not say.", valueName: "version"))
  var tensorflow: String?

  @Option(
    help: ArgumentHelp(
      "Which checkpoint of a folder. Without it: the latest.", valueName: "name"))
  var checkpoint: String?

  @Option(
    help:
      "How to keep what is new: as it is, coded where it pays, or smallest. Without it: see config."
  )
  var codec: Codec?

  @Flag(help: "Refuse a model that could run code or reach other files when it is loaded.")
  var denyFindings = false

  @Flag(help: "Store the bytes as they are, without reading a model in them.")
  var opaque = false

  @Flag(help: "Add a version even if the file is what the parent is.")
  var allowUnchanged = false

  var subject: String { paths.first ?? "" }

  func validate() throws {
    if opaque, denyFindings {
      throw ValidationError("--opaque reads nothing, so that --deny-findings has nothing to find.")
    }
    if paths.count > 1, !metrics.isEmpty || !aliases.isEmpty {
      throw ValidationError("--metric and --alias are for one version: commit the others apart.")
    }
  }

  /// What reads the sources of this run.
  @TaskLocal static var reader = IsolatedReader()

  func run() throws {
    let requests = try paths.indices.map { try request(for: paths[$0], isFirst: $0 == 0) }
    for path in paths { try Registry.requireSource(at: path) }
    let (registry, isNew) = try options.openOrCreate()
    if isNew, !options.json { print("Made \(printable(try Folder.resolve(registry.path)))") }
    let series = CommitSeries(registry: registry, reader: Self.reader)
    var shown: [JSONValue] = []
    try series.commit(requests) { report in
      if options.json {
        shown.append(report.json)
      } else {
        report.lines.forEach { print($0) }
        // Not when the whole series is done: it is on the disk now.
        fflush(nil)
      }
    }
    if options.json { print((shown.count == 1 ? shown[0] : .array(shown)).prettyText) }
  }

  private func request(for path: String, isFirst: Bool) throws -> CommitRequest {
    var request = CommitRequest(path: path)
    request.message = message
    request.model = model
    if isFirst {
      request.parents = try parents.map { try $0.parsed() }
      request.relation = relation
    }
    request.tags = tags.dictionary
    request.metrics = metrics.dictionary
    request.aliases = aliases
    request.tensorFlow = tensorflow
    request.allowUnchanged = allowUnchanged
    request.checkpoint = checkpoint
    request.denyFindings = denyFindings
    request.isOpaque = opaque
    request.codec = codec
    return request
  }
}

extension CommitReport {
  fileprivate var json: JSONValue {
    [
      "model": .string(version.model), "version": .integer(version.number),
      "id": .string(version.id.hex), "weights_id": .string(version.weightsID.hex),
      "tensors": .integer(version.tensorCount),
      "new_tensors": .integer(isUnchanged ? 0 : version.newTensorCount),
      "bytes": .integer(byteCount), "new_bytes": .integer(isUnchanged ? 0 : version.newBytes),
      "format": .string(version.format), "findings": .array(snapshot.findings.map(\.json)),
      "unchanged": .bool(isUnchanged), "mended": .integer(mendedCount),
      "parents": .array(parents.map { .string($0.label) }),
      "same_weights": sameWeights.map { .string($0.label) } ?? .null,
    ]
  }

  fileprivate var lines: [String] {
    let label = Terminal.styled(version.label, .bold)
    if isUnchanged {
      let mended = mendedCount == 0 ? "" : " Damaged blobs put right: \(mendedCount)."
      return ["\(label) is this file already: nothing was added.\(mended)"]
    }
    var lines = [
      "\(label)  \(Terminal.styled(String(version.id.hex.prefix(12)), .yellow))  \(recognised)",
      "  tensors  \(version.newTensorCount) new of \(version.tensorCount)",
      "  bytes    \(formatted(bytes: version.newBytes)) added for"
        + " \(fileCount == 1 ? "a file" : "\(fileCount) files") of \(formatted(bytes: byteCount))",
    ]
    if !parents.isEmpty {
      lines.insert("  parent   \(parents.map(\.label).joined(separator: ", "))", at: 1)
    }
    if snapshot.architecture?.origin == .parent {
      lines.append("  layers   as its parent has them: the weights fit")
    }
    if let sameWeights {
      lines.append("  weights  the same as \(sameWeights.label) (\(sameWeights.format))")
    }
    return lines + snapshot.findings.map { "  finding  \($0.line)" }
  }

  private var recognised: String {
    let program = [("Keras", "keras"), ("TensorFlow", "tensorflow")].lazy
      .compactMap { name, key in snapshot.producers[key].map { "\(name) \(printable($0))" } }.first
    let writer = program.map { " by \($0)" } ?? ""
    let optimizer = snapshot.training?.optimizer.map { ", \(printable($0))" } ?? ""
    return snapshot.format.phrase + writer + optimizer
  }
}

extension ModelFormat {
  /// As a sentence about a file names it.
  var phrase: String {
    switch self {
    case .kerasHDF5: "Keras HDF5 model"
    case .kerasHDF5Weights: "Keras HDF5 weights"
    case .kerasWeights: "Keras 3 weights"
    case .kerasShardedWeights: "Keras 3 weights in shards"
    case .kerasArchive: "Keras archive"
    case .checkpoint: "TensorFlow checkpoint"
    case .savedModel: "SavedModel"
    case .safetensors: "safetensors"
    case .npz: "NumPy arrays"
    case .opaque: "bytes, not read"
    }
  }
}

extension Finding {
  /// One line for people.
  var line: String { "\(kind.rawValue) at \(printable(location)): \(printable(detail))" }
}
