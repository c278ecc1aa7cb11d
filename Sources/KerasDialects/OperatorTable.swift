import StrictJSON

/// The functions that mean the same in both generations.
enum OperatorTable {
  static let words: [OperatorWord] = binary + unary + reductions + activations + shapes + selections

  /// By TensorFlow's name.
  static let byFunction: [String: OperatorWord] = Dictionary(
    words.flatMap { word in word.functions.map { ($0, word) } }
  ) { first, _ in first }

  /// By Keras 3's class. Two classes of one function (`Divide`, `TrueDivide`) are two words.
  static let byClass: [String: OperatorWord] = Dictionary(
    words.map { ($0.className, $0) }
  ) { first, _ in first }

  private static func pair(_ functions: [String], _ name: String) -> OperatorWord {
    OperatorWord(functions, "numpy", name, tensors: [("x", "x1"), ("y", "x2")])
  }

  private static let binary: [OperatorWord] = [
    pair(["__operators__.add", "math.add", "add"], "Add"),
    pair(["math.subtract", "subtract"], "Subtract"),
    pair(["math.multiply", "multiply"], "Multiply"),
    pair(["math.truediv", "truediv", "compat.v1.div"], "TrueDivide"),
    pair(["math.divide", "divide"], "Divide"),
    pair(["math.pow", "pow"], "Power"),
    pair(["math.maximum", "maximum"], "Maximum"),
    pair(["math.minimum", "minimum"], "Minimum"),
    pair(["math.floordiv", "compat.v1.floor_div"], "FloorDivide"),
    pair(["math.floormod", "math.mod"], "Mod"),
    pair(["math.less", "less"], "Less"),
    pair(["math.less_equal", "less_equal"], "LessEqual"),
    pair(["math.greater", "greater"], "Greater"),
    pair(["math.greater_equal", "greater_equal"], "GreaterEqual"),
    pair(["math.equal", "equal", "__operators__.eq"], "Equal"),
    pair(["math.not_equal", "not_equal", "__operators__.ne"], "NotEqual"),
    pair(["math.logical_and", "logical_and"], "LogicalAnd"),
    pair(["math.logical_or", "logical_or"], "LogicalOr"),
    pair(["math.logical_xor"], "LogicalXor"),
    OperatorWord(
      ["linalg.matmul", "matmul"], "numpy", "Matmul", tensors: [("a", "x1"), ("b", "x2")]),
  ]

  private static let unary: [OperatorWord] = [
    OperatorWord(["math.negative", "negative"], "numpy", "Negative"),
    OperatorWord(["math.abs", "abs"], "numpy", "Absolute"),
    OperatorWord(["math.abs"], "numpy", "Abs"),
    OperatorWord(["math.square", "square"], "numpy", "Square"),
    OperatorWord(["math.sqrt", "sqrt"], "numpy", "Sqrt"),
    OperatorWord(["math.rsqrt"], "math", "Rsqrt"),
    OperatorWord(["math.reciprocal"], "numpy", "Reciprocal"),
    OperatorWord(["math.exp", "exp"], "numpy", "Exp"),
    OperatorWord(["math.expm1"], "numpy", "Expm1"),
    OperatorWord(["math.log"], "numpy", "Log"),
    OperatorWord(["math.log1p"], "numpy", "Log1p"),
    OperatorWord(["math.sin", "sin"], "numpy", "Sin"),
    OperatorWord(["math.cos", "cos"], "numpy", "Cos"),
    OperatorWord(["math.tan", "tan"], "numpy", "Tan"),
    OperatorWord(["math.erf"], "math", "Erf"),
    OperatorWord(["math.sign", "sign"], "numpy", "Sign"),
    OperatorWord(["math.floor", "floor"], "numpy", "Floor"),
    OperatorWord(["math.ceil"], "numpy", "Ceil"),
    OperatorWord(
      ["math.round", "round"], "numpy", "Round",
      options: [.only(tensorFlow: nil, keras: ("decimals", 0))]),
    OperatorWord(["math.logical_not", "logical_not"], "numpy", "LogicalNot"),
    OperatorWord(
      ["zeros_like", "compat.v1.zeros_like"], "numpy", "ZerosLike",
      options: [.value("dtype", .null)]),
    OperatorWord(
      ["ones_like", "compat.v1.ones_like"], "numpy", "OnesLike", options: [.value("dtype", .null)]),
  ]

  private static func reduction(
    _ functions: [String], _ name: String, module: String = "numpy"
  ) -> OperatorWord {
    OperatorWord(
      functions, module, name, tensors: [("input_tensor", "x")],
      options: [.value("axis", .null), .value("keepdims", false)])
  }

  private static let reductions: [OperatorWord] = [
    reduction(["math.reduce_sum", "reduce_sum"], "Sum"),
    reduction(["math.reduce_mean", "reduce_mean"], "Mean"),
    reduction(["math.reduce_max", "reduce_max"], "Max"),
    reduction(["math.reduce_min", "reduce_min"], "Min"),
    reduction(["math.reduce_prod", "reduce_prod"], "Prod"),
    reduction(["math.reduce_any", "reduce_any"], "Any"),
    reduction(["math.reduce_all", "reduce_all"], "All"),
    reduction(["math.reduce_std"], "Std"),
    reduction(["math.reduce_variance"], "Var"),
    reduction(["math.reduce_logsumexp", "reduce_logsumexp"], "Logsumexp", module: "math"),
  ]

  private static func activation(
    _ functions: [String], _ name: String, module: String = "nn", _ options: [OperatorOption] = []
  ) -> OperatorWord {
    OperatorWord(functions, module, name, tensors: [("features", "x")], options: options)
  }

  private static let activations: [OperatorWord] = [
    activation(["nn.relu"], "Relu"),
    activation(["nn.relu6"], "Relu6"),
    activation(["nn.silu", "nn.swish"], "Silu"),
    activation(["nn.selu"], "Selu"),
    activation(["math.softplus", "nn.softplus"], "Softplus"),
    activation(["nn.softsign"], "Softsign"),
    activation(["math.sigmoid", "sigmoid", "nn.sigmoid"], "Sigmoid"),
    activation(["math.tanh", "tanh", "nn.tanh"], "Tanh", module: "numpy"),
    // TensorFlow's `elu` has no alpha.
    activation(["nn.elu"], "Elu", [.only(tensorFlow: nil, keras: ("alpha", .number("1.0")))]),
    activation(
      ["nn.gelu"], "Gelu",
      [.value(tensorFlow: "approximate", keras: "approximate", defaults: (false, true))]),
    activation(
      ["nn.leaky_relu"], "LeakyRelu",
      [
        .value(
          tensorFlow: "alpha", keras: "negative_slope",
          defaults: (.number("0.2"), .number("0.2")))
      ]),
    activation(["nn.softmax"], "Softmax", [.value("axis", -1)]),
    activation(["nn.log_softmax", "math.log_softmax"], "LogSoftmax", [.value("axis", -1)]),
  ]
}
