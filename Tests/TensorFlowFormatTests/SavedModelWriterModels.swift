import TensorFlowFormat
import TensorFlowGraph
import Tensors

/// The models of `Fixtures/make_saved_models.py`.
enum WrittenModels {
  typealias Tensor = SavedModelToWrite.TensorSpecification

  static func floats(_ values: [Float]) -> [UInt8] {
    values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
  }

  static func integers(_ values: [Int64]) -> [UInt8] {
    values.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
  }

  static func variable(
    _ key: String, _ name: String, _ dtype: DType, _ dimensions: [Int], _ bytes: [UInt8]
  ) -> (TensorToWrite, ObjectGraph.Node)? {
    let path = key + "/.ATTRIBUTES/VARIABLE_VALUE"
    guard let shape = Shape(dimensions),
      let tensor = TensorToWrite(
        name: path, dtype: dtype, shape: shape, content: .literal(bytes))
    else { return nil }
    let attribute = ObjectGraph.Attribute(name: "VARIABLE_VALUE", fullName: name, key: path)
    return (tensor, ObjectGraph.Node(attributes: [attribute]))
  }

  static func node(_ children: [(String, Int)]) -> ObjectGraph.Node {
    ObjectGraph.Node(children: children.map { ObjectGraph.Child(name: $0.0, node: $0.1) })
  }
}

/// Two inputs, two outputs, whose names are in another order than they are; a layer of a class
/// that Keras does not know; names that no node may have; the state of an optimizer.
extension WrittenModels {
  /// - Parameter metadata: of the first objects, for Keras.
  static func toy(metadata: [String]) -> SavedModelToWrite {
    let variables = [
      variable(
        "layer_with_weights-0/kernel", "hidden layer/é/kernel", .float32, [3, 2],
        floats([1, -2, 0.5, 0.25, -1, 3])),
      variable("layer_with_weights-0/bias", "_bias", .float32, [2], floats([0.5, -0.5])),
      variable("layer_with_weights-1/scale", "save/keys", .float32, [], floats([3])),
      variable("optimizer/iter", "iter", .int64, [], integers([7])),
      variable(
        "layer_with_weights-0/bias/.OPTIMIZER_SLOT/optimizer/m", "_bias", .float32, [2],
        floats([0.125, 0.25])),
      variable("save_counter", "", .int64, [], integers([1])),
    ].compactMap(\.self)
    var nodes = [
      node([
        ("layer-0", 1), ("layer-1", 2), ("layer_with_weights-0", 3), ("layer-2", 3),
        ("layer_with_weights-1", 4), ("layer-3", 4), ("optimizer", 5), ("save_counter", 11),
      ]),
      node([]), node([]), node([("kernel", 6), ("bias", 7)]), node([("scale", 8)]),
      node([("iter", 9)]),
    ]
    nodes += variables.map(\.1)
    nodes[5].slots = [.init(original: 7, name: "m", variable: 10)]
    let checkpoint = CheckpointToWrite(
      tensors: variables.map(\.0), graph: ObjectGraph(nodes: nodes))
    return SavedModelToWrite(
      library: library, served: served, signature: "serving_default", checkpoint: checkpoint,
      objects: objects(metadata), weights: [6, 7, 8], trainable: [6, 7], tensorFlowVersion: "2.21.0"
    )
  }

  private static let first = Tensor(name: "my input", kind: .float32, shape: [nil, 3])
  private static let second = Tensor(name: "in:0", kind: .float32, shape: [nil, 2])

  private static let served = SavedModelToWrite.ConcreteFunction(
    name: "__inference_serve_1", inputs: [first, second],
    outputs: [
      Tensor(name: "hidden layer", kind: .float32, shape: [nil, 2]),
      Tensor(name: "__a", kind: .float32, shape: [nil, 2]),
    ], variables: [6, 7, 8])

  private static let scaled = SavedModelToWrite.ConcreteFunction(
    name: "__inference_layer_2",
    inputs: [Tensor(name: "inputs", kind: .float32, shape: [nil, 2])],
    outputs: [Tensor(name: "outputs", kind: .float32, shape: [nil, 2])], variables: [8])

  private static let library: [FunctionDefinition] = {
    let kind: [String: AttributeValue] = ["T": .kind(.float32)]
    func read(_ name: String) -> NodeDefinition {
      NodeDefinition(
        name: "read_" + name, operation: "ReadVariableOp", inputs: [name],
        attributes: ["dtype": .kind(.float32)])
    }
    func parameter(_ name: String, _ kind: ElementKind) -> FunctionDefinition.Parameter {
      .init(name: name, kind: kind)
    }
    let product = NodeDefinition(
      name: "hidden/MatMul", operation: "MatMul", inputs: ["x", "read_kernel:value:0"],
      attributes: kind)
    let sum = NodeDefinition(
      name: "hidden/BiasAdd", operation: "BiasAdd",
      inputs: ["hidden/MatMul:product:0", "read_bias:value:0"],
      attributes: ["T": .kind(.float32), "data_format": .text("NHWC")])
    let relu = NodeDefinition(
      name: "hidden/Relu", operation: "Relu", inputs: ["hidden/BiasAdd:output:0"],
      attributes: kind)
    let scale = NodeDefinition(
      name: "scale/Mul", operation: "Mul", inputs: ["y", "read_scale:value:0"], attributes: kind)
    return [
      FunctionDefinition(
        name: scaled.name,
        arguments: [parameter("y", .float32), parameter("scale", .resource)],
        results: [.init(parameter: parameter("z", .float32), source: "scale/Mul:z:0")],
        nodes: [read("scale"), scale]),
      FunctionDefinition(
        name: served.name,
        arguments: [
          parameter("x", .float32), parameter("y", .float32), parameter("kernel", .resource),
          parameter("bias", .resource), parameter("scale", .resource),
        ],
        results: [
          .init(parameter: parameter("out0", .float32), source: "hidden/Relu:activations:0"),
          .init(parameter: parameter("out1", .float32), source: "scale/Mul:z:0"),
        ],
        nodes: [read("kernel"), read("bias"), read("scale"), product, sum, relu, scale]),
    ]
  }()

  private static func objects(_ metadata: [String]) -> [Int: SavedModelToWrite.Object] {
    var objects: [Int: SavedModelToWrite.Object] = [
      0: .init(identifier: "_tf_keras_network"), 1: .init(identifier: "_tf_keras_input_layer"),
      2: .init(identifier: "_tf_keras_input_layer"), 3: .init(identifier: "_tf_keras_layer"),
      4: .init(identifier: "_tf_keras_layer", call: scaled), 5: .init(identifier: "optimizer"),
    ]
    for (node, text) in metadata.enumerated() { objects[node]?.metadata = text }
    return objects
  }
}

/// No variables, strings, and a table that has to be filled before it is read.
extension WrittenModels {
  static let lookup: SavedModelToWrite = {
    let words = SavedModelToWrite.TensorSpecification(
      name: "words", kind: .string, shape: [nil])
    let ids = SavedModelToWrite.TensorSpecification(name: "ids", kind: .int64, shape: [nil])
    let kinds: [String: AttributeValue] = ["Tin": .kind(.string), "Tout": .kind(.int64)]
    func constant(_ name: String, _ tensor: ConstantTensor) -> NodeDefinition {
      NodeDefinition(
        name: name, operation: "Const", inputs: [],
        attributes: ["dtype": .kind(tensor.kind), "value": .tensor(tensor)])
    }
    let nodes = [
      NodeDefinition(
        name: "table", operation: "HashTableV2", inputs: [],
        attributes: [
          "key_dtype": .kind(.string), "value_dtype": .kind(.int64),
          "shared_name": .text("words of lookup"),
        ]),
      constant(
        "keys",
        ConstantTensor(
          kind: .string, dimensions: [3],
          elements: .strings([Array("a".utf8), Array("ä".utf8), []]))),
      constant(
        "values",
        ConstantTensor(
          kind: .int64, dimensions: [3], elements: .bytes(integers([5, -6, 1 << 40])))),
      constant(
        "unknown",
        ConstantTensor(kind: .int64, dimensions: [], elements: .bytes(integers([-1])))),
      NodeDefinition(
        name: "fill", operation: "LookupTableImportV2",
        inputs: ["table:table_handle:0", "keys:output:0", "values:output:0"],
        attributes: kinds),
      NodeDefinition(
        name: "find", operation: "LookupTableFindV2",
        inputs: ["table:table_handle:0", "words", "unknown:output:0", "^fill"],
        attributes: kinds),
    ]
    let definition = FunctionDefinition(
      name: "__inference_serve_1", arguments: [.init(name: "words", kind: .string)],
      results: [
        .init(parameter: .init(name: "ids", kind: .int64), source: "find:values:0")
      ], nodes: nodes)
    return SavedModelToWrite(
      library: [definition],
      served: .init(name: definition.name, inputs: [words], outputs: [ids], variables: []),
      signature: "words to ids",
      checkpoint: CheckpointToWrite(tensors: [], graph: ObjectGraph(nodes: [node([])])),
      objects: [:], weights: [], trainable: [], tensorFlowVersion: "2.21.0")
  }()
}
