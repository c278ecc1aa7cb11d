import KerasGraph
import StrictJSON
import TensorFlowGraph
import Tensors
import Testing

@Suite struct CompiledModelTests {
  private static let variables = [
    RecordedVariable(
      path: "dense/kernel", containerPath: "", role: .weight, slot: nil, dtype: .float32,
      shape: Shape([4, 3]) ?? .scalar)
  ]
  private static let weights = LayerWeights(parts: ["dense": LayerWeights(own: ["kernel": 0])])
  private static let input: JSONValue = [
    "class_name": "InputLayer",
    "config": ["name": "given", "batch_shape": [.null, 4], "dtype": "float32"],
  ]

  private static func dense(_ fields: [String: JSONValue] = [:]) -> JSONValue {
    let config: [String: JSONValue] = ["name": "dense", "units": 3, "use_bias": false]
    return ["class_name": "Dense", "config": .object(config.merging(fields) { $1 })]
  }

  private static func sequential(_ layers: [JSONValue]) -> JSONValue {
    ["class_name": "Sequential", "config": ["name": "model", "layers": .array(layers)]]
  }

  private func compiled(_ model: JSONValue, batch: Int? = nil) throws -> CompiledModel {
    try CompiledModel(
      of: model, dialect: .keras3, weights: Self.weights, variables: Self.variables, batch: batch)
  }

  @Test func aModelIsOneFunctionOfItsInputsAndVariables() throws {
    let model = try compiled(Self.sequential([Self.input, Self.dense(["activation": "relu"])]))
    #expect(model.inputs.map(\.name) == ["given"] && model.inputs.map(\.shape) == [[nil, 4]])
    #expect(model.outputs.map(\.name) == ["output_0"])
    #expect(model.outputs.map(\.shape) == [[nil, 3]])
    #expect(model.variables == [0])
    let function = try #require(model.library.last)
    #expect(function.name == model.function)
    #expect(function.arguments.map(\.kind) == [.float32, .resource])
    #expect(
      function.nodes.map(\.operation) == ["ReadVariableOp", "MatMul", "Relu", "Identity"])
    #expect(model.inputShapes["dense"] == [[nil, 4]])
  }

  @Test func theBatchIsFixedWhereThatIsAsked() throws {
    let model = try compiled(Self.sequential([Self.input, Self.dense()]), batch: 7)
    #expect(model.inputs.map(\.shape) == [[7, 4]] && model.outputs.map(\.shape) == [[7, 3]])
  }

  @Test func theSameModelIsTheSameFunctions() throws {
    let model = Self.sequential([Self.input, Self.dense(["activation": "softmax"])])
    #expect(try compiled(model) == compiled(model))
  }

  @Test func aClassThatIsNotOfKerasIsNamed() {
    let own: JSONValue = [
      "class_name": "Dense", "module": "my.layers", "registered_name": "my>Dense",
      "config": ["name": "dense"],
    ]
    #expect(throws: CompileError.unknownLayer(location: "dense", className: "Dense")) {
      try compiled(Self.sequential([Self.input, own]))
    }
  }

  @Test func anActivationThatIsNotKnownIsNamed() {
    #expect {
      try compiled(Self.sequential([Self.input, Self.dense(["activation": "mine"])]))
    } throws: { error in
      guard case .unsupported("dense", "activation", _)? = error as? CompileError else {
        return false
      }
      return true
    }
  }

  @Test func aWeightThatIsMissingIsNamed() {
    #expect(throws: CompileError.missingWeight(location: "dense", weight: "kernel")) {
      try CompiledModel(
        of: Self.sequential([Self.input, Self.dense()]), dialect: .keras3,
        weights: LayerWeights(), variables: [])
    }
  }

  @Test func callsThatNeedTheirOwnResultsAreRefused() {
    func reference(_ layer: String) -> JSONValue {
      [
        "class_name": "__keras_tensor__",
        "config": [
          "shape": [.null, 4], "dtype": "float32", "keras_history": [.string(layer), 0, 0],
        ],
      ]
    }
    func identity(_ name: String, of other: String) -> JSONValue {
      [
        "class_name": "Identity", "name": .string(name), "config": ["name": .string(name)],
        "inbound_nodes": [["args": [reference(other)], "kwargs": [:]]],
      ]
    }
    let model: JSONValue = [
      "class_name": "Functional",
      "config": [
        "name": "model", "layers": [identity("a", of: "b"), identity("b", of: "a")],
        "input_layers": [], "output_layers": [["a", 0, 0]],
      ],
    ]
    #expect(throws: CompileError.self) { try compiled(model) }
  }

  /// Each level calls the one below twice: 2 to the 60th calls.
  @Test func aModelThatGrowsWithoutEndIsRefused() {
    var model = Self.dense()
    for level in 0..<60 {
      let inner = model
      model = Self.sequential([inner, inner])
      if case .object(var object) = model, case .object(var config)? = object["config"] {
        config["name"] = .string("level\(level)")
        object["config"] = .object(config)
        model = .object(object)
      }
    }
    #expect(throws: CompileError.self) { try compiled(Self.sequential([Self.input, model])) }
  }
}
