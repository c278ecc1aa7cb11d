import KerasDialects
import StrictJSON
import Tensors

/// Where two models compute otherwise, as far as their configurations tell: variables of the same
/// names and shapes may be those of other layers.
struct ArchitectureComparison {
  /// All are `impossible`.
  private(set) var notes: [ConversionNote] = []

  /// - Parameters:
  ///   - model: the model whose weights are to be served.
  ///   - other: that whose graph is to serve them.
  /// - Throws: `JSONError`, `DialectError`: a commit takes no model whose configuration is neither.
  init(of model: Architecture, with other: Architecture) throws {
    let isTranslated = model.dialect != other.dialect
    compareModels(
      try Self.configuration(of: model, isTranslated),
      try Self.configuration(of: other, isTranslated),
      at: "")
  }

  private static func configuration(
    of architecture: Architecture, _ isTranslated: Bool
  ) throws -> JSONValue {
    let model = try JSONValue(parsing: architecture.config)
    guard isTranslated else { return model }
    let source = KerasConfiguration(model: model, training: nil, dialect: architecture.dialect)
    return try Translation(of: source, to: .keras2, in: .hdf5).configuration.model
  }

  // MARK: Layers

  private mutating func compareModels(_ model: JSONValue, _ other: JSONValue, at location: String) {
    let (layers, others) = (Self.layers(of: model), Self.layers(of: other))
    guard layers.count == others.count else {
      note(at: location, nil, "it has \(layers.count) layers, and the graph \(others.count)")
      return
    }
    for (layer, other) in zip(layers, others) { compareLayers(layer, other, in: location) }
    let names = [layers, others].map { list in
      Dictionary(
        list.enumerated().map { (Self.name(of: $1), "\($0)") },
        uniquingKeysWith: { first, _ in first })
    }
    for field in ["input_layers", "output_layers"] {
      compare(
        model["config"]?[field]?.renamed(by: names[0]),
        other["config"]?[field]?.renamed(by: names[1]),
        at: location, field)
    }
    for (layer, other) in zip(layers, others) {
      compare(
        layer["inbound_nodes"]?.renamed(by: names[0]),
        other["inbound_nodes"]?.renamed(by: names[1]),
        at: Self.place(of: layer, in: location), "inbound_nodes")
    }
  }

  private mutating func compareLayers(_ layer: JSONValue, _ other: JSONValue, in model: String) {
    let location = Self.place(of: layer, in: model)
    let classes = [layer, other].map(Self.className)
    guard classes[0] == classes[1] else {
      note(at: location, nil, "it is a \(classes[0]), and in the graph a \(classes[1])")
      return
    }
    guard Self.layers(of: layer).isEmpty else {
      compareModels(layer, other, at: location)
      return
    }
    let (config, otherConfig) = (layer["config"]?.object ?? [:], other["config"]?.object ?? [:])
    for (field, value) in config.sorted(by: { $0.key < $1.key }) {
      compare(value, otherConfig[field], at: location, field)
    }
  }

  /// The input of a `Sequential` is not in all of its configurations.
  private static func layers(of model: JSONValue) -> [JSONValue] {
    let layers = model["config"]?.array ?? model["config"]?["layers"]?.array ?? []
    guard model["config"]?["input_layers"] == nil else { return layers }
    return layers.filter { className(of: $0) != "InputLayer" }
  }

  private static func className(of layer: JSONValue) -> String {
    let spelled = layer["class_name"]?.string ?? ""
    let name = spelled.split(whereSeparator: { $0 == ">" || $0 == "." }).last.map(String.init)
    return name == "Model" ? "Functional" : name ?? ""
  }

  private static func name(of layer: JSONValue) -> String {
    layer["config"]?["name"]?.string ?? layer["name"]?.string ?? ""
  }

  private static func place(of layer: JSONValue, in model: String) -> String {
    model.isEmpty ? name(of: layer) : "\(model)/\(name(of: layer))"
  }

  // MARK: Fields

  /// What says nothing of what is computed at inference.
  private static let ignored: Set = [
    "name", "trainable", "seed", "rate", "noise_shape", "momentum", "dropout", "recurrent_dropout",
    "stddev", "stateful", "batch_input_shape", "batch_shape", "shape", "input_length",
    "shared_object_id", "registered_name", "module", "build_config", "synchronized",
  ]
  private static let ignoredEndings = ["_initializer", "_regularizer", "_constraint"]

  private static func isIgnored(_ field: String) -> Bool {
    ignored.contains(field) || ignoredEndings.contains(where: field.hasSuffix)
  }

  private mutating func compare(
    _ value: JSONValue?, _ other: JSONValue?, at location: String, _ field: String
  ) {
    // Fields come and go from release to release, with the defaults that were there before.
    guard let value, let other, !Self.isIgnored(field), !Self.areAlike(value, other) else { return }
    note(
      at: location, field,
      "it is \(value.canonicalText.prefix(60)), and in the graph \(other.canonicalText.prefix(60))")
  }

  private static func areAlike(_ value: JSONValue, _ other: JSONValue) -> Bool {
    if value == other { return true }
    if let number = value.double, let other = other.double { return number == other }
    if let elements = value.listed, let others = other.listed {
      return elements.count == others.count && zip(elements, others).allSatisfy(areAlike)
    }
    guard let members = value.object, let others = other.object else { return false }
    return members.allSatisfy { key, member in
      isIgnored(key) || others[key].map { areAlike(member, $0) } ?? true
    }
  }

  private mutating func note(at location: String, _ field: String?, _ detail: String) {
    notes.append(
      ConversionNote(
        .impossible, at: location.isEmpty ? "model" : location, field: field, detail))
  }
}

extension JSONValue {
  /// The elements of a list, or of what Keras writes for a tuple.
  fileprivate var listed: [JSONValue]? {
    self["class_name"] == "__tuple__" ? self["items"]?.array : array
  }

  /// With other names for layers.
  fileprivate func renamed(by names: [String: String]) -> JSONValue {
    switch self {
    case .string(let text): .string(names[text] ?? text)
    case .array(let elements): .array(elements.map { $0.renamed(by: names) })
    case .object(let members): .object(members.mapValues { $0.renamed(by: names) })
    default: self
    }
  }
}
