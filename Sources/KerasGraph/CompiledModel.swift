import KerasDialects
public import StrictJSON
public import TensorFlowGraph
public import Tensors

/// A model as TensorFlow's functions.
public struct CompiledModel: Hashable, Sendable {
  /// A tensor that goes in or comes out.
  public struct Specification: Hashable, Sendable {
    /// As Keras names it.
    public let name: String
    public let kind: ElementKind
    public let shape: PartialShape

    init(_ name: String, _ tensor: Tensor) {
      self.name = name
      kind = tensor.kind
      shape = tensor.shape
    }
  }

  /// All functions, each after those that it calls; the model's own is the last.
  public let library: [FunctionDefinition]
  /// The name of the model's own function. Its arguments are the inputs, then a resource for each
  /// of the variables.
  public let function: String
  /// In the order of the model.
  public let inputs: [Specification]
  public let outputs: [Specification]
  /// The variables that are used, by their places in the version's list.
  public let variables: [Int]
  /// What each layer is called with first, by its name after those of the models round it.
  public let inputShapes: [String: [PartialShape]]
  /// Functions of single layers, by the same names.
  public let layerFunctions: [String: LayerFunction]

  /// What one layer computes.
  public struct LayerFunction: Hashable, Sendable {
    /// The name of a function in the library, whose arguments are as those of the model's.
    public let name: String
    public let inputs: [Specification]
    public let outputs: [Specification]
    public let variables: [Int]
  }

  /// Compiles a model for inference.
  ///
  /// - Parameters:
  ///   - configuration: the model's, of Keras 2 or Keras 3: `class_name`, `config`, and what is
  ///     beside them.
  ///   - dialect: which of them.
  ///   - weights: where the layers' weights are in `variables`.
  ///   - batch: how many examples the function takes at once; `nil`: any number.
  ///   - separately: the classes of layers that get functions of their own as well, if they take
  ///     one argument.
  public init(
    of configuration: JSONValue, dialect: Dialect, weights: LayerWeights,
    variables: [RecordedVariable], batch: Int? = nil, separately: Set<String> = []
  ) throws(CompileError) {
    let model = try Layer(
      root: configuration, weights: weights, variables: variables, dialect: dialect)
    let ends = try ModelEnds(of: model)
    let builder = GraphBuilder(in: FunctionLibrary())
    let arguments = ends.inputs.enumerated().map { place, input in
      var shape = input.shape
      if let batch, !shape.isEmpty { shape[0] = batch }
      return builder.argument(named: "in\(place)", kind: input.kind, shape: shape)
    }
    let value = try builder.call(
      Call(layer: model, arguments: [ends.argument(of: arguments)], keywords: [:]))
    let results = value.tensors
    function = "__inference_serve"
    builder.scope = ""
    let definition = builder.function(
      named: function, arguments: arguments + builder.handles, results: results)
    layerFunctions = try Self.functions(of: separately, in: builder.library)
    library = builder.library.functions + [definition]
    inputs = zip(ends.inputs, arguments).map { input, argument in
      Specification(input.name, argument)
    }
    outputs = zip(ends.outputNames(of: value), results).map { name, tensor in
      Specification(name, tensor)
    }
    self.variables = builder.variables
    inputShapes = builder.library.firstCalls.mapValues { $0.builtOf.map(\.shape) }
  }

  private static func functions(
    of classes: Set<String>, in library: FunctionLibrary
  ) throws(CompileError) -> [String: LayerFunction] {
    var functions: [String: LayerFunction] = [:]
    for (location, call) in library.firstCalls.sorted(by: { $0.key < $1.key })
    where classes.contains(call.layer.className) && call.arguments.count == 1
      && call.keywords.isEmpty
    {
      let builder = GraphBuilder(in: library)
      var arguments: [Tensor] = []
      let given = call.arguments[0].map { tensor in
        let name = "in\(arguments.count)"
        arguments.append(builder.argument(named: name, kind: tensor.kind, shape: tensor.shape))
        return arguments[arguments.count - 1]
      }
      let results = try builder.call(
        Call(layer: call.layer, arguments: [given], keywords: [:])
      ).tensors
      let name = library.uniqueName("__inference_layer")
      library.add(
        builder.function(named: name, arguments: arguments + builder.handles, results: results))
      functions[location] = LayerFunction(
        name: name, inputs: arguments.map { Specification("inputs", $0) },
        outputs: results.map { Specification("outputs", $0) }, variables: builder.variables)
    }
    return functions
  }
}
