import StrictJSON
import Tensors

extension GraphReader {
  /// One of a layer's `inbound_nodes`.
  func call(_ node: JSONValue, preservingStructure: Bool) -> LayerCall? {
    // Keras 2 calls a model with a dictionary of its inputs.
    if case .object(let members) = node, dialect == .keras3 || members["kwargs"] != nil {
      guard let arguments = members["args"], case .list(let positional) = argument(arguments),
        case .members(let keywords) = argument(members["kwargs"] ?? .object([:]))
      else { return nil }
      return LayerCall(arguments: positional, keywords: keywords)
    }
    guard node.array != nil || node.object != nil else { return nil }
    var keywords: JSONValue?
    guard var first = legacyInputs(node, keywords: &keywords) else { return nil }
    if !preservingStructure, case .list(let elements) = first, elements.count == 1 {
      first = elements[0]
    }
    guard case .members(let named) = argument(keywords ?? .object([:])) else { return nil }
    return LayerCall(arguments: [first], keywords: named)
  }

  /// The first argument of a call of Keras 1 and 2: `["dense", 0, 0, {keywords}]` for each tensor,
  /// `["_CONSTANT_VALUE", -1, value, {keywords}]` for what is none, in lists and dictionaries. The
  /// keywords are with every tensor, always the same.
  private func legacyInputs(_ json: JSONValue, keywords: inout JSONValue?) -> Argument? {
    switch json {
    case .array(let parts):
      if (3...4).contains(parts.count), let name = parts[0].string {
        if parts.count == 4, !parts[3].isNull { keywords = parts[3] }
        if name == "_CONSTANT_VALUE" { return .constant(parts[2]) }
        return triple(.array(Array(parts.prefix(3)))).map(Argument.tensor)
      }
      var elements: [Argument] = []
      for part in parts {
        guard let element = legacyInputs(part, keywords: &keywords) else { return nil }
        elements.append(element)
      }
      return .list(elements)
    case .object(let members):
      var inputs: [String: Argument] = [:]
      for (key, part) in members.sorted(by: { $0.key < $1.key }) {
        guard let element = legacyInputs(part, keywords: &keywords) else { return nil }
        inputs[key] = element
      }
      return .members(inputs)
    default: return nil
    }
  }

  /// An argument that is not Keras 2's first.
  private func argument(_ json: JSONValue) -> Argument {
    switch json {
    case .array(let elements):
      if dialect != .keras3, let tensor = triple(json) { return .tensor(tensor) }
      return .list(elements.map(argument))
    case .object(let members):
      guard let className = members["class_name"]?.string else {
        return slice(members) ?? .members(members.mapValues(argument))
      }
      let config = members["config"]?.object ?? [:]
      switch className {
      case "__tuple__": return .list((members["items"]?.array ?? []).map(argument))
      case "__ellipsis__": return .ellipsis
      case "__slice__": return slice(config) ?? .constant(json)
      case "__keras_tensor__": return tensor(config) ?? .constant(json)
      default: return .constant(json)
      }
    default: return .constant(json)
    }
  }

  private func slice(_ members: [String: JSONValue]) -> Argument? {
    guard members.count == 3, let start = members["start"], let stop = members["stop"],
      let step = members["step"]
    else { return nil }
    return .slice(start: argument(start), stop: argument(stop), step: argument(step))
  }

  private func tensor(_ config: [String: JSONValue]) -> Argument? {
    guard let history = config["keras_history"], var tensor = triple(history) else { return nil }
    tensor.type = config
    tensor.type["keras_history"] = nil
    return .tensor(tensor)
  }
}
