import ArgumentParser
import Catalog
import IsolatedReaders
import ModelExport
import ModelRegistry
import StrictJSON
import Tensors

/// What is asked of an export.
struct ExportOptions: ParsableArguments {
  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "The format: original is what was committed, weights is .weights.h5.",
      valueName: "format"))
  var format: CheckoutFormat = .original

  @Option(
    help: ArgumentHelp(
      "The Keras that is to read it: 2 or 3. Without it: for h5 that which it was saved with, for "
        + "keras and weights 3, for checkpoint 2.", valueName: "generation"))
  var keras: GenerationArgument?

  @Flag(help: "Leave the optimizer and its state out.")
  var noOptimizer = false

  @Option(
    help: ArgumentHelp(
      "Only what is below a path: encoder/dense. In formats with layers, a nested model.",
      valueName: "prefix"))
  var only: String?

  @Option(
    name: .customLong("with-optimizer-from"),
    help: ArgumentHelp("Take the optimizer of another version.", valueName: "ref"))
  var optimizerFrom: ReferenceArgument?

  @Flag(help: "Fail unless training goes on from the file just as it stopped.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "What a SavedModel is called by. Without it: \(ExportRequest.defaultSignature).",
      valueName: "name"))
  var signature: String?

  @Option(
    help: ArgumentHelp(
      "How many examples a SavedModel takes at once. Without it: any number.", valueName: "count"))
  var batch: BatchArgument?

  @Option(
    help: ArgumentHelp(
      "Take the graph of another version, which was committed as a SavedModel, and put these "
        + "weights in: for layers of your own.", valueName: "ref"))
  var graph: ReferenceArgument?

  /// Throws when the options do not go together.
  ///
  /// - Parameter format: the format that is asked for, by whatever option.
  func check(for format: CheckoutFormat) throws {
    if noOptimizer, optimizerFrom != nil || resume {
      throw ValidationError("--no-optimizer leaves out what the other option asks for.")
    }
    if keras != nil, [.safetensors, .npz].contains(format) {
      throw ValidationError("--keras means nothing for \(format.rawValue): any Keras reads it.")
    }
    if keras != nil, format == .savedmodel {
      throw ValidationError("--keras means nothing for savedmodel: it is for TensorFlow.")
    }
    if format != .savedmodel, let option = optionForGraphs {
      throw ValidationError("\(option) is only for --as savedmodel.")
    }
    if let signature, signature.isEmpty || signature.hasPrefix("__saved_model") {
      throw ValidationError("\"\(signature)\" is no name that a signature can have.")
    }
    if graph != nil, let option = optionAgainstGraph {
      throw ValidationError(
        "\(option) says what a new graph is to be, and --graph takes one as it is.")
    }
    if format == .original, let option = optionForExports {
      throw ValidationError(
        "\(option) needs a format: --as h5, keras, weights, checkpoint, savedmodel, safetensors or"
          + " npz.")
    }
  }

  private var optionForExports: String? {
    if keras != nil { return "--keras" }
    if noOptimizer { return "--no-optimizer" }
    if only != nil { return "--only" }
    if optimizerFrom != nil { return "--with-optimizer-from" }
    return resume ? "--resume" : nil
  }

  private var optionForGraphs: String? {
    if signature != nil { return "--signature" }
    if batch != nil { return "--batch" }
    return graph != nil ? "--graph" : nil
  }

  private var optionAgainstGraph: String? {
    if signature != nil { return "--signature" }
    if batch != nil { return "--batch" }
    if only != nil { return "--only" }
    if noOptimizer { return "--no-optimizer" }
    return resume ? "--resume" : nil
  }

  /// - Parameter format: the format that is asked for, by whatever option.
  /// - Returns: `nil` when what was committed is what is asked for.
  /// - Throws: `Failed` for options that would change the graph of a version that has its own.
  func request(for format: CheckoutFormat, of version: VersionRecord) throws -> ExportRequest? {
    guard let asked = format.exported else { return nil }
    if ModelFormat(rawValue: version.format)?.exportFormat == asked, graph == nil {
      guard let option = optionForExports ?? optionForGraphs else { return nil }
      guard asked != .savedModel else { throw Failed.graphStays(version, option: option) }
    }
    return ExportRequest(
      format: asked, generation: keras?.generation, withOptimizer: !noOptimizer,
      prefix: only ?? "", mustResume: resume,
      signature: signature ?? ExportRequest.defaultSignature, batch: batch?.count)
  }

  /// What is to be exported.
  func order(_ reference: Reference, _ request: ExportRequest) throws -> ExportOrder {
    var order = ExportOrder(reference, request)
    order.optimizerFrom = try optimizerFrom?.parsed()
    order.graph = try graph?.parsed()
    return order
  }

  /// Writes all formats, HDF5 in a process of its own.
  static var writer: FormatWriter {
    FormatWriter(hdf5: IsolatedHDF5Writer())
  }
}

/// `--as`.
enum CheckoutFormat: String, ExpressibleByArgument, CaseIterable {
  case original, h5, keras, weights, checkpoint, savedmodel, safetensors, npz

  /// `nil` for what was committed.
  var exported: ExportFormat? { ExportFormat(rawValue: rawValue) }
}

/// `--keras`.
struct GenerationArgument: ExpressibleByArgument {
  let generation: KerasGeneration

  static var allValueStrings: [String] { KerasGeneration.allCases.map { String($0.number) } }

  init?(argument: String) {
    let known = KerasGeneration.allCases.first { String($0.number) == argument }
    guard let known else { return nil }
    generation = known
  }
}

/// `--batch`.
struct BatchArgument: ExpressibleByArgument {
  let count: Int

  /// TensorFlow's dimensions have 64 bits, and what is made of them has to have a size.
  init?(argument: String) {
    guard let count = Int(argument), (1...Int(Int32.max)).contains(count) else { return nil }
    self.count = count
  }
}

extension KerasGeneration {
  var number: Int {
    switch self {
    case .keras2: 2
    case .keras3: 3
    }
  }
}

extension ModelFormat {
  /// The format of exports that is the same kind of file.
  fileprivate var exportFormat: ExportFormat? {
    switch self {
    case .kerasHDF5: .h5
    case .kerasArchive: .keras
    case .kerasWeights: .weights
    case .checkpoint: .checkpoint
    case .savedModel: .savedModel
    case .safetensors: .safetensors
    case .npz: .npz
    case .kerasHDF5Weights, .kerasShardedWeights, .opaque: nil
    }
  }
}

extension ConversionNote {
  var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "location": .string(location),
      "field": field.map { .string($0) } ?? .null, "detail": .string(detail),
    ]
  }

  var line: String {
    let place = printable(location) + (field.map { "." + printable($0) } ?? "")
    return "\(kind.rawValue): \(place): \(printable(detail))"
  }
}
