import StrictJSON
import Tensors

/// A node of TensorFlow's graph, read as a call of the function that makes such nodes.
struct GraphNode {
  /// The function, its parameters for the node's operands, and for the node's attributes.
  struct Word {
    let function: String
    let operands: [String]
    let attributes: [String: String]
  }

  let name: String
  let word: Word
  let attributes: [String: JSONValue]
  let settings: Settings

  /// What the function is called with.
  func arguments(of call: Call) throws(CompileError) -> [String: CallValue] {
    let operands = try operands(of: call)
    if name == "StridedSlice" { return try slice(operands) }
    var arguments: [String: CallValue] = [:]
    switch name {
    case "ConcatV2":
      arguments["axis"] = operands.last
      arguments["values"] = .list(Array(operands.dropLast()))
    case "Pack", "AddN": arguments[word.operands[0]] = .list(operands)
    default:
      guard operands.count == word.operands.count else {
        throw settings.malformed("node_def", "\(word.operands.count) operands of \(name)")
      }
      for (parameter, operand) in zip(word.operands, operands) { arguments[parameter] = operand }
    }
    for (attribute, value) in attributes {
      guard let parameter = word.attributes[attribute] else {
        try checkIgnored(attribute, value)
        continue
      }
      if let value = Self.plain(value) { arguments[parameter] = .constant(value) }
    }
    return arguments
  }

  /// The tensors, with the constants at their places.
  private func operands(of call: Call) throws(CompileError) -> [CallValue] {
    var operands = call.arguments
    if case .list(let tensors)? = call.arguments.first { operands = tensors }
    let constants = settings["constants"]?.object ?? [:]
    for place in constants.keys.compactMap({ Int($0) }).sorted() {
      guard (0...operands.count).contains(place), let value = constants[String(place)] else {
        throw settings.malformed("constants", "places of operands")
      }
      operands.insert(.constant(value), at: place)
    }
    return operands
  }

  /// An attribute's value, out of its message.
  private static func plain(_ json: JSONValue) -> JSONValue? {
    if let flag = json["b"] { return flag }
    if let text = json["i"]?.string { return .number(text) }
    if let number = json["i"] ?? json["f"] ?? json["s"] { return number }
    if let list = json["list"] {
      return .array((list["i"]?.array ?? []).map { $0.string.map(JSONValue.number) ?? $0 })
    }
    guard let type = json["type"]?.string else { return nil }
    let names = ["DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16"]
    return .string(names[type] ?? String(type.dropFirst(3)).lowercased())
  }

  /// Types go without saying, and so does what is false.
  private func checkIgnored(_ attribute: String, _ value: JSONValue) throws(CompileError) {
    let isQuiet = attribute.hasPrefix("_") || value["type"] != nil || value["b"] == false
    let isCount = ["N", "T", "Tidx", "num_split", "explicit_paddings"].contains(attribute)
    guard isQuiet || isCount || value.object?.isEmpty == true else {
      throw settings.unsupported(
        "node_def", "the attribute \(attribute) of \(name) is not compiled")
    }
  }

  // MARK: Slices

  /// Places, ends and steps with the masks that say which of them count.
  private func slice(_ operands: [CallValue]) throws(CompileError) -> [String: CallValue] {
    guard operands.count == 4 else { throw settings.malformed("node_def", "four operands") }
    var bounds: [[JSONValue]] = []
    for operand in operands.dropFirst() {
      guard let numbers = operand.constant?.plain.array else {
        throw settings.unsupported("node_def", "a slice is known only when the graph runs")
      }
      bounds.append(numbers)
    }
    guard bounds.allSatisfy({ $0.count == bounds[0].count }), bounds[0].count <= 30 else {
      throw settings.malformed("node_def", "places, ends and steps")
    }
    func has(_ mask: String, _ place: Int) -> Bool {
      let value = attributes[mask].flatMap(Self.plain)?.integer ?? 0
      return value >> place & 1 == 1
    }
    let keys = bounds[0].indices.map { place -> CallValue in
      if has("ellipsis_mask", place) { return .ellipsis }
      if has("new_axis_mask", place) { return .constant(.null) }
      if has("shrink_axis_mask", place) { return .constant(bounds[0][place]) }
      return .slice(
        start: .constant(has("begin_mask", place) ? .null : bounds[0][place]),
        stop: .constant(has("end_mask", place) ? .null : bounds[1][place]),
        step: .constant(bounds[2][place]))
    }
    return ["tensor": operands[0], "slice_spec": .list(keys)]
  }

  // MARK: Words

  static let words: [String: Word] = {
    var words: [String: Word] = [:]
    func add(
      _ operands: [String], _ attributes: [String: String], _ functions: [String: String]
    ) {
      for (name, function) in functions {
        words[name] = Word(function: function, operands: operands, attributes: attributes)
      }
    }
    add(["x", "y"], [:], pairs)
    add(["x"], [:], elements)
    for (name, function) in activations { add(["features"], [:], [name: function]) }
    add(["input_tensor", "axis"], ["keep_dims": "keepdims"], reductions)
    add(["logits"], [:], ["Softmax": "nn.softmax", "LogSoftmax": "nn.log_softmax"])
    add(["features"], ["alpha": "alpha"], ["LeakyRelu": "nn.leaky_relu"])
    add(["values"], [:], ["ConcatV2": "concat"])
    add(["values"], ["axis": "axis"], ["Pack": "stack"])
    add(["inputs"], [:], ["AddN": "math.add_n"])
    add(["value"], ["axis": "axis", "num": "num"], ["Unpack": "unstack"])
    add(["axis", "value"], ["num_split": "num_or_size_splits"], ["Split": "split"])
    add(["tensor", "shape"], [:], ["Reshape": "reshape"])
    add(["input", "axis"], [:], ["ExpandDims": "expand_dims"])
    add(["input"], ["squeeze_dims": "axis"], ["Squeeze": "squeeze"])
    add(["a", "perm"], [:], ["Transpose": "transpose"])
    add(["input", "multiples"], [:], ["Tile": "tile"])
    add(["tensor", "axis"], [:], ["ReverseV2": "reverse"])
    add(["tensor", "paddings"], [:], ["Pad": "pad"])
    add(["tensor", "paddings", "constant_values"], [:], ["PadV2": "pad"])
    add(["tensor", "paddings"], ["mode": "mode"], ["MirrorPad": "pad"])
    add(["x"], ["DstT": "dtype"], ["Cast": "cast"])
    add(["input"], ["out_type": "out_type"], ["Shape": "shape"])
    add(["condition", "x", "y"], [:], ["Select": "where", "SelectV2": "where"])
    add(["params", "indices", "axis"], ["batch_dims": "batch_dims"], ["GatherV2": "gather"])
    add(["t", "clip_value_min", "clip_value_max"], [:], ["ClipByValue": "clip_by_value"])
    add(
      ["input", "axis"], ["output_type": "output_type"], ["ArgMax": "argmax", "ArgMin": "argmin"])
    add(
      ["a", "b"], ["transpose_a": "transpose_a", "transpose_b": "transpose_b"],
      ["MatMul": "linalg.matmul"])
    add(
      ["a", "b"], ["adj_x": "transpose_a", "adj_y": "transpose_b"],
      ["BatchMatMul": "linalg.matmul", "BatchMatMulV2": "linalg.matmul"])
    add(["tensor"], [:], ["StridedSlice": "__operators__.getitem"])
    add(["value", "bias"], ["data_format": "data_format"], ["BiasAdd": "nn.bias_add"])
    return words
  }()

  private static let pairs = [
    "Add": "math.add", "AddV2": "math.add", "Sub": "math.subtract", "Mul": "math.multiply",
    "RealDiv": "math.truediv", "Div": "math.truediv", "Pow": "math.pow",
    "Maximum": "math.maximum", "Minimum": "math.minimum", "FloorDiv": "math.floordiv",
    "FloorMod": "math.floormod", "Less": "math.less", "LessEqual": "math.less_equal",
    "Greater": "math.greater", "GreaterEqual": "math.greater_equal", "Equal": "math.equal",
    "NotEqual": "math.not_equal", "LogicalAnd": "math.logical_and",
    "LogicalOr": "math.logical_or", "SquaredDifference": "math.squared_difference",
    "DivNoNan": "math.divide_no_nan",
  ]

  private static let elements = [
    "Neg": "math.negative", "Abs": "math.abs", "Square": "math.square", "Sqrt": "math.sqrt",
    "Rsqrt": "math.rsqrt", "Exp": "math.exp", "Log": "math.log", "Log1p": "math.log1p",
    "Sin": "math.sin", "Cos": "math.cos", "Tan": "math.tan", "Atan": "math.atan",
    "Sigmoid": "math.sigmoid", "Tanh": "math.tanh", "Floor": "math.floor", "Ceil": "math.ceil",
    "Round": "math.round", "Sign": "math.sign", "Erf": "math.erf",
    "Reciprocal": "math.reciprocal", "LogicalNot": "math.logical_not", "Identity": "identity",
    "StopGradient": "stop_gradient", "Expm1": "math.expm1",
  ]

  private static let activations = [
    "Relu": "nn.relu", "Relu6": "nn.relu6", "Elu": "nn.elu", "Selu": "nn.selu",
    "Softplus": "nn.softplus", "Softsign": "nn.softsign",
  ]

  private static let reductions = [
    "Mean": "math.reduce_mean", "Sum": "math.reduce_sum", "Max": "math.reduce_max",
    "Min": "math.reduce_min", "Prod": "math.reduce_prod", "Any": "math.reduce_any",
    "All": "math.reduce_all",
  ]
}
