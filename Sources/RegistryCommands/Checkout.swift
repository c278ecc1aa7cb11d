import ArgumentParser
import Catalog
import Digests
import ModelRegistry
import StrictJSON
import Tensors

struct Checkout: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "checkout",
    abstract: "Write a version as it was committed, or in another format.",
    discussion: """
      As it was committed, it is the same byte for byte. In another format, the weights are the \
      same and the configuration is said in the words of the Keras that is asked for; what that \
      Keras has no words for is an error that names the layer. The same version and options always \
      give the same bytes. `registry check` tells before.

      What was committed in the format that is asked for comes back as it was committed, unless \
      another option says otherwise.

      A SavedModel is a folder. What was committed as one keeps its graph; for other versions one \
      is made of their layers, or with --graph that of another version is filled with their \
      weights. assets.extra/registry.json in it says which version it is, and what that came from. \
      --serving puts it where TensorFlow Serving looks for version 3 of mnist: DIR/mnist/3. It is \
      there at once and whole, also while a server watches; that the same is there already is no \
      error.

      Every byte is checked on the way. A file or folder appears whole or not at all, and nothing \
      is overwritten without --force.

      EXAMPLE
        registry checkout mnist@v3 -o restored.h5
        registry checkout latest --as keras
        registry checkout v3 --as h5 --keras 2 --no-optimizer
        registry checkout champion --serving /srv/models
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(help: "The version.")
  var ref: ReferenceArgument

  @OptionGroup var export: ExportOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "What to write, or a folder to put it in. Without it: its own name, in this folder.",
      valueName: "path"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write a SavedModel for TensorFlow Serving: DIR/<model>/<number>.", valueName: "dir"))
  var serving: String?

  @Flag(help: "Replace what is there.")
  var force = false

  private var format: CheckoutFormat { serving == nil ? export.format : .savedmodel }

  private var target: CheckoutTarget {
    serving.map(CheckoutTarget.serving) ?? .path(output ?? ".")
  }

  func validate() throws {
    if serving != nil {
      guard output == nil else {
        throw ValidationError("--serving says where it goes, as -o does: give one of them.")
      }
      guard [.original, .savedmodel].contains(export.format) else {
        throw ValidationError(
          "TensorFlow Serving takes SavedModels, and not --as \(export.format.rawValue).")
      }
    }
    try export.check(for: format)
  }

  func run() throws {
    let registry = try options.open()
    let reference = try ref.parsed()
    let version = try registry.entry(reference).version
    guard let request = try export.request(for: format, of: version) else {
      return try restore(reference, in: registry)
    }
    var order = try export.order(reference, request)
    order.target = target
    order.replacing = force
    let report = try registry.export(
      order, with: ExportOptions.writer, progress: Terminal.progressBar("Writing"))
    options.show(report.json(as: request.format), report.lines(as: request.format))
  }

  /// Gives back what was committed.
  private func restore(_ reference: Reference, in registry: Registry) throws {
    let report = try registry.checkout(
      reference, to: target, replacing: force, progress: Terminal.progressBar("Writing"))
    options.show(
      [
        "model": .string(report.version.model), "version": .integer(report.version.number),
        "id": .string(report.version.id.hex), "path": .string(report.path),
        "bytes": .integer(report.byteCount), "format": .string(report.version.format),
        "keras": .null, "notes": [],
        "files": .array(
          report.files.map { ["name": .string($0.path), "bytes": .integer($0.byteCount)] }),
        "there": .bool(report.wasThere),
      ],
      [
        "\(Terminal.styled(report.version.label, .bold)) -> \(printable(report.path))"
          + "  \(formatted(bytes: report.byteCount))"
          + (report.files.count == 1 ? "" : " in \(report.files.count) files")
      ]
        + (format == .savedmodel
          ? ["  as it was committed: a SavedModel keeps its own graph"] : [])
        + (report.wasThere ? [ExportReport.sameThere] : []))
  }
}

extension ExportReport {
  fileprivate func json(as format: ExportFormat) -> JSONValue {
    [
      "model": .string(version.model), "version": .integer(version.number),
      "id": .string(version.id.hex), "path": .string(path), "format": .string(format.rawValue),
      "keras": generation.map { .integer($0.number) } ?? .null,
      "bytes": .integer(files.reduce(0) { $0 + $1.byteCount }),
      "files": .array(
        files.map { file in
          [
            "name": .string(file.path), "bytes": .integer(file.byteCount),
            "sha256": .string(file.digest.hex),
            "before": file.before.map { .string($0.digest.hex) } ?? .null,
          ]
        }),
      "notes": .array(notes.map(\.json)), "recorded": .bool(isRecorded),
      "there": .bool(wasThere),
    ]
  }

  fileprivate static let sameThere = "  the same was there already, and stays"

  fileprivate func lines(as format: ExportFormat) -> [String] {
    let reader = generation.map { " for Keras \($0.number)" } ?? ""
    var lines = [
      "\(Terminal.styled(version.label, .bold)) -> \(printable(path)), \(format.rawValue)\(reader)"
    ]
    for file in files {
      lines.append(
        "  \(file.digest.hex)  \(formatted(bytes: file.byteCount))  \(printable(file.name))")
      if let before = file.before {
        lines.append(
          "  other bytes than the same export of \(formatted(time: before.exported)):"
            + " \(before.digest.hex)")
      }
    }
    if wasThere { lines.append(Self.sameThere) }
    lines += kept.map { name in
      "  \(name) was there already and stays: tf.train.latest_checkpoint finds what it names"
    }
    lines += notes.filter { $0.kind != .translated }.map { "  " + $0.line }
    let count = notes.count { $0.kind == .translated }
    if count > 0 {
      lines.append("  \(count) \(count == 1 ? "field" : "fields") translated: see registry check")
    }
    return lines
  }
}
