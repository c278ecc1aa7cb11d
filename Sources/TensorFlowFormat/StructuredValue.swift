/// How a function of Python takes and gives tensors: `StructuredValue` of
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/struct.proto
///
/// Only what a function of a model needs is here.
enum StructuredValue {
  typealias Entry = (key: String, value: StructuredValue)

  case none
  case text(String)
  case tensor(SavedModelToWrite.TensorSpecification)
  case list([StructuredValue])
  case tuple([StructuredValue])
  case dictionary([Entry])
  case namedTuple(String, [Entry])

  /// One tensor alone; several, or none, in a list.
  static func tensors(
    _ specifications: [SavedModelToWrite.TensorSpecification]
  ) -> StructuredValue {
    let tensors = specifications.map(Self.tensor)
    return tensors.count == 1 ? tensors[0] : .list(tensors)
  }

  /// Tensors by their keys.
  static func entries(_ entries: [SignatureWrapper.Entry]) -> StructuredValue {
    .dictionary(entries.map { ($0.key, .tensor($0.tensor)) })
  }

  /// The parameters of a function of Python that have no defaults: `inspect.FullArgSpec`.
  static func parameters(_ names: [String]) -> StructuredValue {
    .namedTuple(
      "FullArgSpec",
      [
        ("args", .list(names.map(Self.text))), ("varargs", .none), ("varkw", .none),
        ("defaults", .none), ("kwonlyargs", .list([])), ("kwonlydefaults", .none),
        ("annotations", .dictionary([])),
      ])
  }

  var serialized: [UInt8] {
    var message = WireWriter()
    switch self {
    case .none: message.append([], number: 1)
    case .text(let text): message.append(member: text, number: 13)
    case .tensor(let specification): message.append(specification.serialized, number: 33)
    case .list(let values): message.append(Self.serialized(values), number: 51)
    case .tuple(let values): message.append(Self.serialized(values), number: 52)
    case .dictionary(let entries):
      var fields = WireWriter()
      fields.append(map: entries.map { ($0.key, $0.value.serialized) }, number: 1)
      message.append(fields.bytes, number: 53)
    case .namedTuple(let name, let entries):
      message.append(Self.serialized(name, entries), number: 54)
    }
    return message.bytes
  }

  /// `ListValue` and `TupleValue`.
  private static func serialized(_ values: [StructuredValue]) -> [UInt8] {
    var message = WireWriter()
    for value in values { message.append(value.serialized, number: 1) }
    return message.bytes
  }

  /// `NamedTupleValue`.
  private static func serialized(_ name: String, _ entries: [Entry]) -> [UInt8] {
    var message = WireWriter()
    message.append(name, number: 1)
    for (key, value) in entries {
      var pair = WireWriter()
      pair.append(key, number: 1)
      pair.append(value.serialized, number: 2)
      message.append(pair.bytes, number: 2)
    }
    return message.bytes
  }
}

extension SavedModelToWrite.TensorSpecification {
  /// `TensorSpecProto`.
  fileprivate var serialized: [UInt8] {
    var message = WireWriter()
    message.append(name, number: 1)
    message.append(shape.serialized, number: 2)
    message.append(kind.number, number: 3)
    return message.bytes
  }
}
