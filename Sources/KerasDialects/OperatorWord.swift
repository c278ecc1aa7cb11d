import StrictJSON

/// A function on tensors that both generations can have as a layer: Keras 2 as `TFOpLambda` with
/// TensorFlow's name of the function and its arguments in the call, Keras 3 as an operation of
/// `keras.ops` with what is constant in its configuration.
/// tf_keras/src/layers/core/tf_op_layer.py, keras/src/ops.
struct OperatorWord {
  /// TensorFlow's names. The first is what is written.
  let functions: [String]
  /// Of `keras.src.ops`.
  let module: String
  let className: String
  /// The arguments that may be tensors, in Keras 3's order.
  let tensors: [Parameter]
  let options: [OperatorOption]

  /// One argument's names in TensorFlow and in Keras 3. The first argument has no name in Keras 2.
  struct Parameter {
    let tensorFlow: String
    let keras: String
  }

  init(
    _ functions: [String], _ module: String, _ className: String,
    tensors: [(String, String)] = [("x", "x")], options: [OperatorOption] = []
  ) {
    self.functions = functions
    self.module = module
    self.className = className
    self.tensors = tensors.map { Parameter(tensorFlow: $0.0, keras: $0.1) }
    self.options = options
  }
}

/// A constant of a function.
enum OperatorOption {
  /// The same value under two names. A default of `nil` is a value that has to be there.
  case value(tensorFlow: String, keras: String, defaults: (JSONValue?, JSONValue?))
  /// The same, but TensorFlow takes it in a list only. It has to be there.
  case list(String)
  /// A value that both say, each in its own way, and no other.
  case only(tensorFlow: (String, JSONValue)?, keras: (String, JSONValue)?)

  /// The same value, and the same default, under one name.
  static func value(_ name: String, _ standard: JSONValue? = nil) -> OperatorOption {
    .value(tensorFlow: name, keras: name, defaults: (standard, standard))
  }

  /// The same value under two names, and it has to be there.
  static func value(_ tensorFlow: String, as keras: String) -> OperatorOption {
    .value(tensorFlow: tensorFlow, keras: keras, defaults: (nil, nil))
  }

  var tensorFlowName: String? {
    switch self {
    case .value(let name, _, _), .list(let name): name
    case .only(let pair, _): pair?.0
    }
  }

  var kerasName: String? {
    switch self {
    case .value(_, let name, _), .list(let name): name
    case .only(_, let pair): pair?.0
    }
  }
}
