import StrictJSON

extension OperatorTranslator {
  /// What Keras 3 has of a call of Keras 2 in an operation's configuration, and what in the call.
  mutating func split(
    _ call: LayerCall, of word: OperatorWord, in layer: GraphLayer
  ) -> ([String: JSONValue], [Argument])? {
    var keywords = call.keywords
    keywords["name"] = nil
    var operands: [Argument] = []
    for (place, parameter) in word.tensors.enumerated() {
      let named = keywords.removeValue(forKey: parameter.tensorFlow)
      let value = place == 0 ? call.arguments.first ?? named : named
      guard let value else { continue }
      guard operands.count == place else {
        return fail(layer, parameter.tensorFlow, "the arguments before it are not there")
      }
      operands.append(Self.arrays(value, slicing: word.className == "GetItem"))
    }
    var config: [String: JSONValue] = [:]
    for option in word.options {
      let name = option.tensorFlowName
      let argument = name.flatMap { keywords.removeValue(forKey: $0) } ?? .constant(.null)
      guard let value = argument.constant else {
        return fail(layer, name, "Keras 3 takes a constant here, and this is a tensor")
      }
      guard set(option, to: value, in: &config, of: layer) else { return nil }
    }
    for (name, value) in keywords.sorted(by: { $0.key < $1.key }) {
      guard value.isNull || value == .constant(false) else {
        return fail(layer, name, "Keras 3's \(word.className) has no such argument")
      }
    }
    return (config, operands)
  }

  private mutating func set(
    _ option: OperatorOption, to value: JSONValue, in config: inout [String: JSONValue],
    of layer: GraphLayer
  ) -> Bool {
    switch option {
    case .value(let name, let keras, let defaults):
      guard let known = value.isNull ? defaults.0 : value else {
        return fail(layer, name, "it has to be given") != nil
      }
      if keras == "dtype", !known.isNull, known.string.map(Self.isTypeName) != true {
        return fail(layer, name, "it is no type that Keras 3 knows") != nil
      }
      config[keras] = known
    case .list(let name):
      guard !value.isNull else { return fail(layer, name, "it has to be given") != nil }
      config[name] = value
    case .only(let tensorFlow, let keras):
      if let (name, only) = tensorFlow, !value.isNull, !Self.areEqual(value, only) {
        return fail(layer, name, "Keras 3 can only say \(only.canonicalText)") != nil
      }
      if let (name, value) = keras { config[name] = value }
    }
    return true
  }

  /// The constants of a Keras 3 operation under TensorFlow's names.
  mutating func tensorFlowOptions(
    of layer: GraphLayer, _ word: OperatorWord
  ) -> [String: JSONValue]? {
    var config = layer.config
    for name in ["name", "trainable", "dtype"] where !word.options.contains(name) {
      config[name] = nil
    }
    var result: [String: JSONValue] = [:]
    for option in word.options {
      let value = option.kerasName.flatMap { config.removeValue(forKey: $0) } ?? .null
      switch option {
      case .value(let name, _, let defaults):
        guard let known = value.isNull ? defaults.1 : value else {
          return fail(layer, option.kerasName, "it has to be given")
        }
        result[name] = known
      case .list(let name):
        guard !value.isNull else { return fail(layer, name, "it has to be given") }
        result[name] = value.array == nil ? [value] : value
      case .only(let tensorFlow, let keras):
        if let (name, only) = keras, !value.isNull, !Self.areEqual(value, only) {
          return fail(layer, name, "TensorFlow can only say \(only.canonicalText)")
        }
        if let (name, value) = tensorFlow { result[name] = value }
      }
    }
    for (name, value) in config.sorted(by: { $0.key < $1.key }) {
      guard value.isNull || value == false else {
        return fail(layer, name, "TensorFlow's \(word.functions[0]) has no such argument")
      }
    }
    return result
  }

  /// A call of a Keras 3 operation with TensorFlow's names for all arguments but the first.
  mutating func named(
    _ call: LayerCall, of word: OperatorWord, in layer: GraphLayer
  ) -> LayerCall? {
    var keywords = call.keywords
    var operands: [Argument?] = call.arguments
    guard operands.count <= word.tensors.count else {
      return fail(layer, nil, "it is called with more arguments than it takes")
    }
    for parameter in word.tensors.dropFirst(operands.count) {
      operands.append(keywords.removeValue(forKey: parameter.keras))
    }
    guard let first = operands.first ?? nil else {
      return fail(layer, nil, "it is called without its first argument")
    }
    var result = LayerCall(arguments: [Self.asFloat(first, beside: operands)])
    for (parameter, operand) in zip(word.tensors, operands).dropFirst() {
      if let operand, !operand.isNull { result.keywords[parameter.tensorFlow] = operand }
    }
    if let (name, _) = keywords.first(where: { !$0.value.isNull }) {
      return fail(layer, name, "TensorFlow's \(word.functions[0]) has no such argument")
    }
    return result
  }

  private mutating func fail<T>(_ layer: GraphLayer, _ field: String?, _ detail: String) -> T? {
    _ = impossible(layer, field: field, detail)
    return nil
  }

  /// Both may spell a number in their own way.
  private static func areEqual(_ a: JSONValue, _ b: JSONValue) -> Bool {
    if let a = a.double, let b = b.double { a == b } else { a == b }
  }

  private static func isTypeName(_ text: String) -> Bool {
    ["bool", "bfloat16"].contains(text)
      || ["float", "int", "uint"].contains { prefix in
        text.hasPrefix(prefix) && ["8", "16", "32", "64"].contains(text.dropFirst(prefix.count))
      }
  }

  /// TensorFlow makes a tensor of the first argument before it looks at the others' types.
  private static func asFloat(_ first: Argument, beside operands: [Argument?]) -> Argument {
    guard case .constant(.number(let text)) = first, Int(text) != nil else { return first }
    let types = operands.compactMap { $0?.tensors.first?.type["dtype"]?.string }
    guard types.contains(where: { $0.contains("float") }) else { return first }
    return .constant(.number(text + ".0"))
  }

  /// A list of numbers is a tensor for TensorFlow's functions. Keras 3's operations take no lists,
  /// but its configurations can hold tensors.
  /// keras/src/saving/serialization_lib.py, `__tensor__`.
  private static func arrays(_ value: Argument, slicing: Bool) -> Argument {
    guard !slicing, let constant = value.constant, case .array = constant else { return value }
    let type = hasFraction(constant) ? "float32" : "int32"
    return .constant([
      "class_name": "__tensor__", "config": ["value": constant, "dtype": .string(type)],
    ])
  }

  private static func hasFraction(_ value: JSONValue) -> Bool {
    switch value {
    case .array(let elements): elements.contains(where: hasFraction)
    case .number(let text): Int(text) == nil
    default: false
    }
  }
}

extension [OperatorOption] {
  fileprivate func contains(_ name: String) -> Bool {
    contains { $0.kerasName == name }
  }
}
