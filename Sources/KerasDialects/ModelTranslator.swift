import StrictJSON
import Tensors

/// Translates a model with the models in it.
struct ModelTranslator {
  let source: Dialect
  let target: KerasGeneration
  let container: ConfigContainer
  var objects: ObjectTranslator
  var renaming = LayerRenaming()

  init(from source: Dialect, to target: KerasGeneration, in container: ConfigContainer) {
    self.source = source
    self.target = target
    self.container = container
    // Keras 3 reads layers with their modules from HDF5 files, too, and then rightly: without them
    // it drops axes and takes strings for functions. keras/src/legacy/saving/saving_utils.py
    objects = ObjectTranslator(
      from: source, to: target, in: target == .keras3 ? .archive : container)
  }

  /// What was done, in the order of the layers.
  var notes: [ConversionNote] { objects.notes }

  var isSameGeneration: Bool { (source == .keras3) == (target == .keras3) }

  mutating func note(
    _ kind: ConversionNote.Kind, at location: String, field: String? = nil, _ detail: String
  ) {
    objects.note(ConversionNote(kind, at: location, field: field, detail))
  }

  /// A model's object in the target's words; `nil` when this is no model that lists its layers.
  /// `name` is what a model is called that has no name itself.
  mutating func model(_ object: JSONValue, named name: String, at location: String) -> JSONValue? {
    guard var object = object.object else { return nil }
    let className = object["class_name"]?.string ?? ""
    if className == "Sequential", let layers = object["config"]?.array {
      object["config"] = ["name": .string(name), "layers": .array(layers)]
    }
    guard let config = object["config"]?.object, let layers = config["layers"]?.array,
      layers.allSatisfy({ $0["class_name"]?.string != nil }), className != "Merge"
    else { return nil }
    if config["input_layers"] != nil, config["output_layers"] != nil {
      return functional(object, config, at: location)
    }
    return sequential(object, config, layers, named: name, at: location)
  }

  /// Whatever a model may hold: a layer, or a model.
  mutating func part(_ object: JSONValue, named name: String, at location: String) -> JSONValue {
    if target == .keras2, !isSameGeneration, !Self.isScope(name) {
      note(
        .impossible, at: location, field: "name",
        "Keras 2 takes letters, digits and . _ / > - in names, and no _ first: rename the layer")
    }
    if let model = model(object, named: name, at: location) { return model }
    return layer(object, at: location)
  }

  /// TensorFlow's rule for scopes: `_VALID_SCOPE_NAME_REGEX` of tensorflow/python/framework/ops.py.
  private static func isScope(_ name: String) -> Bool {
    func isWord(_ byte: UInt8) -> Bool {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: ".")
    }
    guard let first = name.utf8.first, isWord(first) else { return false }
    return name.utf8.allSatisfy { isWord($0) || "_\\/>-".utf8.contains($0) }
  }

  private mutating func layer(_ object: JSONValue, at location: String) -> JSONValue {
    let object = withoutLayerScale(object, at: location)
    noteVocabulary(of: object, at: location)
    // A wrapper's configuration holds its model as archives do, also in Keras 3's HDF5 files:
    // keras/src/layers/core/wrapper.py `get_config`.
    let inner = target == .keras3 ? .archive : container
    let (source, target) = (source, target)
    var innerNotes: [ConversionNote] = []
    var innerNames = LayerRenaming()
    let result = objects.layer(object, at: location) { model, location in
      var translator = ModelTranslator(from: source, to: target, in: inner)
      let name = model["config"]?["name"]?.string ?? "sequential"
      let translated = translator.model(model, named: name, at: location)
      innerNotes += translator.notes
      innerNames.add(translator.renaming)
      return translated
    }
    for note in innerNotes { objects.note(note) }
    renaming.add(innerNames)
    return result
  }

  /// What `adapt` learned is in tables and assets of the file that was committed.
  private mutating func noteVocabulary(of object: JSONValue, at location: String) {
    let lookups: Set = ["StringLookup", "IntegerLookup", "TextVectorization"]
    guard let name = object["class_name"]?.string, lookups.contains(name),
      object["config"]?["vocabulary"] ?? .null == .null
    else { return }
    note(
      .impossible, at: location, field: "vocabulary",
      "it is not in the configuration; give \(name) its words when it is made, and save it again")
  }

  private mutating func withoutLayerScale(
    _ object: JSONValue, at location: String
  ) -> JSONValue {
    guard let scale = LayerScale(object, from: source, to: target) else { return object }
    for weight in LayerScale.weights {
      renaming.add(weight, to: LayerScale.weight, in: location)
    }
    note(.translated, at: location, "LayerScale is an EinsumDense, and its weight the kernel")
    return scale.asEinsumDense
  }

  private mutating func functional(
    _ object: [String: JSONValue], _ config: [String: JSONValue], at location: String
  ) -> JSONValue {
    var result = config
    do {
      let read = try GraphReader(config: config, dialect: source).graph()
      let graph = translated(
        expanded(unmasked(prepared(read), at: location), at: location), at: location)
      result.merge(GraphWriter(target: target).fields(of: graph)) { $1 }
    } catch {
      let layer = error.layer.map { Self.inside(location, $0) } ?? location
      note(
        .impossible, at: layer, field: error.field, "it is not written as Keras writes graphs")
    }
    return shell(object, config: result, functional: true, at: location)
  }

  /// The graph in the source's words without what only the source's generation has in graphs.
  private func prepared(_ graph: ModelGraph) -> ModelGraph {
    var graph = graph
    if source == .keras3 {
      let operations = graph.layers.filter(OperatorTranslator.isOperation)
      let keepsMasks =
        target == .keras3 && container == .archive
        && operations.allSatisfy { $0.object["module"] != nil }
      if target == .keras2 { graph.layers = graph.layers.map { $0.withoutImplicitMasks() } }
      return keepsMasks ? graph : MaskPruning(graph).pruned
    }
    if target == .keras3 { graph.layers = graph.layers.map { $0.withNamedStates() } }
    return graph
  }

  private mutating func translated(_ graph: ModelGraph, at location: String) -> ModelGraph {
    var graph = graph
    for index in graph.layers.indices {
      graph.layers[index] = translated(
        graph.layers[index], at: Self.inside(location, graph.layers[index].name))
    }
    let isFromKeras2 = source != .keras3 && target == .keras3
    return renamed(isFromKeras2 ? masked(graph, at: location) : graph, at: location)
  }

  private mutating func masked(_ graph: ModelGraph, at location: String) -> ModelGraph {
    var masks = ImplicitMasks(graph)
    masks.give()
    for layer in masks.masked {
      note(
        .translated, at: Self.inside(location, layer), field: "mask",
        "Keras 3 does not pass this mask on to a layer with several inputs, so it is given")
    }
    for layer in masks.unclear {
      note(
        .impossible, at: Self.inside(location, layer), field: "mask",
        "Keras 3 does not pass on the mask of merged tensors to a layer with several inputs")
    }
    return masks.graph
  }

  private mutating func unmasked(_ graph: ModelGraph, at location: String) -> ModelGraph {
    guard source == .keras3, target == .keras2 else { return graph }
    var masks = ImplicitMasks(graph)
    masks.drop()
    for layer in masks.masked {
      note(
        .translated, at: Self.inside(location, layer), field: "mask",
        "Keras 3 gives these merged tensors no mask; a Rescaling by 1 takes it away in Keras 2")
    }
    for layer in masks.unclear {
      note(
        .impossible, at: Self.inside(location, layer), field: "mask",
        "Keras 3 masks what all of the merged tensors mask, Keras 2 what any of them does")
    }
    return masks.graph
  }

  private mutating func translated(_ layer: GraphLayer, at location: String) -> GraphLayer {
    if let operation = operation(layer, at: location) { return operation }
    var result = layer
    let object = part(.object(layer.object), named: layer.name, at: location)
    result.object = object.object ?? layer.object
    for index in result.calls.indices {
      result.calls[index] = call(layer.calls[index], of: layer, at: location)
    }
    return target == .keras2 && source == .keras3 ? result.withListedStates() : result
  }

  static func inside(_ location: String, _ name: String) -> String {
    location.isEmpty ? name : location + "/" + name
  }
}
