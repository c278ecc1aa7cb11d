import StrictJSON

/// A node of TensorFlow's graph as a layer, `TensorFlowOpLayer`: how TensorFlow 2.0 to 2.3 wrote
/// functions on tensors. Its operation, and the constants among its operands by their places.
/// tf_keras/src/engine/base_layer.py `TensorFlowOpLayer`.
struct GraphOperation {
  static let className = "TensorFlowOpLayer"

  /// The operation's name in TensorFlow: `AddV2`.
  let name: String
  private let attributes: [String: JSONValue]
  private let constants: [(place: Int, value: JSONValue)]

  /// `nil` for what is no such layer, or not written as one.
  init?(_ layer: GraphLayer) {
    guard layer.className == Self.className, let node = layer.config["node_def"],
      let name = node["op"]?.string
    else { return nil }
    self.name = name
    attributes = node["attr"]?.object ?? [:]
    var constants: [(place: Int, value: JSONValue)] = []
    for (key, value) in layer.config["constants"]?.object ?? [:] {
      guard let place = Int(key), place >= 0 else { return nil }
      constants.append((place, value))
    }
    self.constants = constants.sorted { $0.place < $1.place }
  }

  /// The same as Keras writes it since TensorFlow 2.4; `nil` when no function is known for it.
  func function(of layer: GraphLayer) -> GraphLayer? {
    guard let word = Self.words[name], keepsItsMeaning else { return nil }
    var calls: [LayerCall] = []
    for call in layer.calls {
      guard let call = named(call, operands: word.operands) else { return nil }
      calls.append(call)
    }
    let config: [String: JSONValue] = [
      "name": .string(layer.name), "function": .string(word.function),
    ]
    return GraphLayer(
      name: layer.name,
      object: ["class_name": "TFOpLambda", "config": .object(config)], calls: calls)
  }

  /// Attributes that say more than types change what the operation does.
  private var keepsItsMeaning: Bool {
    attributes.allSatisfy { name, value in
      name == "keep_dims" || name.hasPrefix("_") || value["b"]?.bool != true
    }
  }

  private func named(_ call: LayerCall, operands names: [String]) -> LayerCall? {
    var operands: [Argument] =
      if case .list(let tensors)? = call.arguments.first { tensors } else { call.arguments }
    for (place, value) in constants {
      guard place <= operands.count else { return nil }
      operands.insert(.constant(value), at: place)
    }
    if name == "ConcatV2" {
      guard let axis = operands.popLast() else { return nil }
      return LayerCall(arguments: [.list(operands)], keywords: ["axis": axis])
    }
    guard operands.count == names.count, let first = operands.first else { return nil }
    var result = LayerCall(arguments: [first])
    for (name, operand) in zip(names, operands).dropFirst() { result.keywords[name] = operand }
    if let keeps = attributes["keep_dims"]?["b"] {
      result.keywords["keepdims"] = .constant(keeps)
    }
    return result
  }

  private struct Word {
    let function: String
    let operands: [String]
  }

  private static let words: [String: Word] = {
    var words: [String: Word] = [:]
    func add(_ operands: [String], _ functions: [String: String]) {
      for (name, function) in functions {
        words[name] = Word(function: function, operands: operands)
      }
    }
    add(
      ["x", "y"],
      [
        "Add": "math.add", "AddV2": "math.add", "Sub": "math.subtract", "Mul": "math.multiply",
        "RealDiv": "math.truediv", "Pow": "math.pow", "Maximum": "math.maximum",
        "Minimum": "math.minimum", "FloorDiv": "math.floordiv", "FloorMod": "math.floormod",
      ])
    add(
      ["x"],
      [
        "Neg": "math.negative", "Abs": "math.abs", "Square": "math.square", "Sqrt": "math.sqrt",
        "Rsqrt": "math.rsqrt", "Exp": "math.exp", "Log": "math.log", "Sin": "math.sin",
        "Cos": "math.cos", "Relu": "nn.relu", "Relu6": "nn.relu6", "Elu": "nn.elu",
        "Selu": "nn.selu", "Sigmoid": "math.sigmoid", "Tanh": "math.tanh",
        "Softplus": "math.softplus", "Softmax": "nn.softmax",
      ])
    add(
      ["input_tensor", "axis"],
      [
        "Mean": "math.reduce_mean", "Sum": "math.reduce_sum", "Max": "math.reduce_max",
        "Min": "math.reduce_min", "Prod": "math.reduce_prod",
      ])
    add(["values", "axis"], ["ConcatV2": "concat"])
    add(["tensor", "shape"], ["Reshape": "reshape"])
    add(["input", "axis"], ["ExpandDims": "expand_dims"])
    add(["a", "perm"], ["Transpose": "transpose"])
    add(["input", "multiples"], ["Tile": "tile"])
    add(["a", "b"], ["MatMul": "linalg.matmul", "BatchMatMulV2": "linalg.matmul"])
    return words
  }()
}
