import KerasDialects
import StrictJSON
import TensorFlowGraph
import Tensors

/// What a whole model is called with and what it gives, as the configuration says.
struct ModelEnds {
  struct Input {
    let name: String
    let kind: ElementKind
    let shape: PartialShape
  }

  let inputs: [Input]
  /// How the model is called with them; `nil` for a single tensor.
  private let structure: Argument?
  /// The names of the layers that give the outputs, as Keras 2 calls these; `nil` for Keras 3.
  private let layerNames: [String]?

  init(of model: Layer) throws(CompileError) {
    guard model.isModel else {
      throw .unsupported(
        location: model.location, field: "class_name",
        detail: "\(model.className) is no model of layers, functional or sequential")
    }
    if model.settings["input_layers"] == nil {
      let layers = try Network.sequence(of: model)
      inputs = try Self.inputs(ofSequence: layers, model)
      structure = nil
      layerNames = model.dialect == .keras3 ? nil : layers.last.map { [$0.name] }
      return
    }
    let network = try Network(of: model)
    var inputs: [Input] = []
    for tensor in network.graph.inputs.tensors {
      inputs.append(try Self.input(try network.inputLayer(tensor)))
    }
    self.inputs = inputs
    structure = network.graph.inputs
    layerNames =
      model.dialect == .keras3 ? nil : Self.unique(network.graph.outputs.tensors.map(\.layer))
  }

  /// The first layer of a `Sequential` is an input, or a model that has some.
  private static func inputs(
    ofSequence layers: [Layer], _ model: Layer
  ) throws(CompileError) -> [Input] {
    if let first = layers.first, first.className == "InputLayer" { return [try input(first)] }
    if let first = layers.first, first.isModel { return try ModelEnds(of: first).inputs }
    let recorded =
      model.settings.list("build_input_shape")
      ?? model.object["build_config"]?["input_shape"]?.elements
    guard let recorded, let first = layers.first else {
      throw .unsupported(
        location: model.location, field: "layers",
        detail: "the model was saved before it was built, so that the shape of its input is not"
          + " known")
    }
    return [
      Input(
        name: first.name + "_input",
        kind: model.dialect == .keras3 ? first.policy.compute : first.policy.variable,
        shape: try shape(recorded, of: first, "build_input_shape"))
    ]
  }

  /// What an `InputLayer` says of an input.
  static func input(_ layer: Layer) throws(CompileError) -> Input {
    for field in ["sparse", "ragged"] where try layer.settings.flag(field, default: false) {
      throw layer.settings.unsupported(field, "only dense tensors can be served")
    }
    let spelled =
      layer.settings.list("batch_shape") ?? layer.settings.list("batch_input_shape")
    guard let spelled else { throw layer.settings.malformed("batch_shape", "a shape") }
    return Input(
      name: layer.name, kind: try kind(of: layer),
      shape: try shape(spelled, of: layer, "batch_shape"))
  }

  /// The type of an input: `dtype` is a type, and in some releases a policy.
  private static func kind(of layer: Layer) throws(CompileError) -> ElementKind {
    guard let name = layer.settings["dtype"]?.string else { return layer.policy.compute }
    guard let kind = ElementKind(named: name) else {
      throw layer.settings.unsupported("dtype", "the type \(name) is not known")
    }
    return kind
  }

  private static func shape(
    _ sizes: [JSONValue], of layer: Layer, _ field: String
  ) throws(CompileError) -> PartialShape {
    var shape: PartialShape = []
    for size in sizes {
      guard size.isNull || (0...Int(Int32.max)).contains(size.integer ?? -1) else {
        throw layer.settings.malformed(field, "dimensions")
      }
      shape.append(size.integer)
    }
    return shape
  }

  /// What the model is called with.
  func argument(of tensors: [Tensor]) -> CallValue {
    guard let structure else { return tensors.first.map(CallValue.tensor) ?? .list([]) }
    var rest = tensors[...]
    func value(_ argument: Argument) -> CallValue {
      switch argument {
      case .tensor: rest.popFirst().map(CallValue.tensor) ?? .list([])
      case .list(let elements): .list(elements.map(value))
      case .members(let members):
        .members(
          Dictionary(members.sorted { $0.key < $1.key }.map { ($0.key, value($0.value)) }) { $1 })
      case .constant(let constant): .constant(constant)
      case .slice, .ellipsis: .list([])
      }
    }
    return value(structure)
  }

  /// The names of the outputs: in Keras 2 those of their layers, in Keras 3 the keys of a
  /// dictionary, or `output_0`, `output_1`, … (`ExportArchive` of
  /// https://github.com/keras-team/keras).
  func outputNames(of value: CallValue) -> [String] {
    if let layerNames { return layerNames }
    if case .members(let members) = value, members.values.allSatisfy({ $0.tensor != nil }) {
      return members.keys.sorted()
    }
    return value.tensors.indices.map { "output_\($0)" }
  }

  /// `dense`, and `dense_1` for the next of that name: `_set_output_names` of
  /// https://github.com/keras-team/tf-keras.
  private static func unique(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    var counts: [String: Int] = [:]
    return names.map { name in
      var candidate = name
      while !taken.insert(candidate).inserted {
        let count = counts[name, default: 1]
        candidate = "\(name)_\(count)"
        counts[name] = count + 1
      }
      return candidate
    }
  }
}
