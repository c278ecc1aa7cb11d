import TensorFlowGraph

/// The function behind a signature. It takes and gives what the model's function does, in the order
/// of the names: both are dictionaries of Python, which TensorFlow flattens so
/// (`canonicalize_signatures` of tensorflow/python/saved_model/signature_serialization.py in
/// https://github.com/tensorflow/tensorflow).
struct SignatureWrapper {
  typealias TensorSpecification = SavedModelToWrite.TensorSpecification

  /// An input or an output of the signature.
  struct Entry {
    /// Its place among those of the model's function.
    let place: Int
    let tensor: TensorSpecification
    /// By which Python orders it: an output's own name, but for an input that of a parameter.
    let key: String
  }

  let definition: FunctionDefinition
  /// In the order of the definition's arguments.
  let inputs: [Entry]
  /// In the order of the definition's results.
  let outputs: [Entry]

  init(of model: SavedModelToWrite) throws(SavedModelWritingError) {
    let served = model.served
    try Self.checkNames(of: served.inputs)
    try Self.checkNames(of: served.outputs)
    var names = ParameterNames()
    inputs = Self.sorted(served.inputs.map { names.name(for: $0.name) }, served.inputs)
    outputs = Self.sorted(served.outputs.map(\.name), served.outputs)
    let handles = served.variables.indices.map { "variable\($0)" }
    // Arguments are called by their places in the model's function.
    let call = NodeDefinition(
      name: "call", operation: Self.operation,
      inputs: served.inputs.indices.map { "input\($0)" } + handles,
      attributes: Self.attributes(
        calling: served.name, served.inputs.map(\.kind), handles: handles.count,
        served.outputs.map(\.kind)))
    definition = FunctionDefinition(
      name: Self.name(besides: model.library),
      arguments: inputs.map { .init(name: "input\($0.place)", kind: $0.tensor.kind) }
        + handles.map { .init(name: $0, kind: .resource) },
      results: outputs.map {
        .init(
          parameter: .init(name: "output\($0.place)", kind: $0.tensor.kind),
          source: "call:output:\($0.place)")
      },
      nodes: [call])
  }

  static let operation = "StatefulPartitionedCall"

  /// What a call of a function says of it.
  static func attributes(
    calling name: String, _ inputs: [ElementKind], handles: Int, _ outputs: [ElementKind]
  ) -> [String: AttributeValue] {
    let resources = repeatElement(ElementKind.resource, count: handles)
    return ["Tin": .kinds(inputs + resources), "Tout": .kinds(outputs), "f": .function(name)]
  }

  private static func name(besides library: [FunctionDefinition]) -> String {
    let taken = Set(library.map(\.name))
    let name = "__inference_signature_wrapper_"
    return name + String((0...taken.count).first { !taken.contains(name + String($0)) } ?? 0)
  }

  private static func sorted(_ keys: [String], _ tensors: [TensorSpecification]) -> [Entry] {
    zip(keys, tensors).enumerated()
      .map { Entry(place: $0, tensor: $1.1, key: $1.0) }
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  private static func checkNames(
    of tensors: [TensorSpecification]
  ) throws(SavedModelWritingError) {
    var names: Set<[UInt8]> = []
    for tensor in tensors where !names.insert(Array(tensor.name.utf8)).inserted {
      throw .repeatedName(tensor.name)
    }
  }
}
