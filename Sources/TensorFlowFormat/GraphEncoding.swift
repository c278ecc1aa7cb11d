import TensorFlowGraph

// Graphs as protobuf messages. The numbers of the fields are those of attr_value.proto,
// node_def.proto, op_def.proto, function.proto, tensor.proto and tensor_shape.proto in
// https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/framework

extension ElementKind {
  /// `DataType`.
  var number: UInt64 { UInt64(rawValue) }
}

extension PartialShape {
  /// `TensorShapeProto`: -1 for a dimension that is not known.
  var serialized: [UInt8] {
    var message = WireWriter()
    for dimension in self {
      var size = WireWriter()
      size.append(UInt64(bitPattern: Int64(dimension ?? -1)), number: 1)
      message.append(size.bytes, number: 2)
    }
    return message.bytes
  }
}

extension ConstantTensor {
  /// `TensorProto`.
  var serialized: [UInt8] {
    var message = WireWriter()
    message.append(kind.number, number: 1)
    message.append(PartialShape(dimensions).serialized, number: 2)
    switch elements {
    case .bytes(let bytes):
      if !bytes.isEmpty { message.append(bytes, number: 4) }
    case .strings(let strings):
      for string in strings { message.append(string, number: 8) }
    }
    return message.bytes
  }
}

extension AttributeValue {
  /// `AttrValue`.
  var serialized: [UInt8] {
    var message = WireWriter()
    switch self {
    case .kinds, .integers, .reals, .texts, .shapes: message.append(list, number: 1)
    case .text(let text): message.append(member: text, number: 2)
    case .integer(let value):
      message.append(member: UInt64(bitPattern: Int64(value)), number: 3)
    case .real(let value): message.append(member: value, number: 4)
    case .flag(let flag): message.append(member: flag, number: 5)
    case .kind(let kind): message.append(member: kind.number, number: 6)
    case .shape(let shape): message.append(shape.serialized, number: 7)
    case .tensor(let tensor): message.append(tensor.serialized, number: 8)
    case .function(let name):
      var function = WireWriter()
      function.append(name, number: 1)
      message.append(function.bytes, number: 10)
    }
    return message.bytes
  }

  /// `AttrValue.ListValue`; empty for what is no list.
  private var list: [UInt8] {
    var message = WireWriter()
    switch self {
    case .texts(let texts):
      for text in texts { message.append(member: text, number: 2) }
    case .integers(let values):
      message.append(packed: values.map { UInt64(bitPattern: Int64($0)) }, number: 3)
    case .reals(let values): message.append(packed: values, number: 4)
    case .kinds(let kinds): message.append(packed: kinds.map(\.number), number: 6)
    case .shapes(let shapes):
      for shape in shapes { message.append(shape.serialized, number: 7) }
    case .kind, .integer, .real, .flag, .text, .shape, .tensor, .function: break
    }
    return message.bytes
  }
}

extension NodeDefinition {
  /// `NodeDef`.
  var serialized: [UInt8] {
    var message = WireWriter()
    message.append(name, number: 1)
    message.append(operation, number: 2)
    for input in inputs { message.append(member: input, number: 3) }
    message.append(map: attributes.map { ($0.key, $0.value.serialized) }, number: 5)
    return message.bytes
  }
}

extension FunctionDefinition {
  /// `FunctionDef`.
  ///
  /// - Parameter variables: those that the last arguments are handles of. Their shapes are written
  ///   beside them, without which a reader that loads the function alone would not know them.
  func serialized(variables: [SavedVariable]) -> [UInt8] {
    var message = WireWriter()
    message.append(signature(variables: variables), number: 1)
    for node in nodes { message.append(node.serialized, number: 3) }
    let sources = results.map { ($0.parameter.name, Array($0.source.utf8)) }
    message.append(map: sources, number: 4)
    return message.bytes
  }

  /// `OpDef`.
  private func signature(variables: [SavedVariable]) -> [UInt8] {
    var message = WireWriter()
    message.append(name, number: 1)
    let firstHandle = arguments.count - variables.count
    for (place, argument) in arguments.enumerated() {
      let handled = place < firstHandle ? nil : variables[place - firstHandle]
      message.append(argument.serialized(handling: handled), number: 2)
    }
    for result in results {
      message.append(result.parameter.serialized(handling: nil), number: 3)
    }
    return message.bytes
  }
}

extension FunctionDefinition.Parameter {
  /// `OpDef.ArgDef`.
  fileprivate func serialized(handling variable: SavedVariable?) -> [UInt8] {
    var message = WireWriter()
    message.append(name, number: 1)
    message.append(kind.number, number: 3)
    if let variable {
      var handled = WireWriter()
      handled.append(variable.kind.number, number: 1)
      handled.append(variable.shape.serialized, number: 2)
      message.append(handled.bytes, number: 7)
    }
    return message.bytes
  }
}
