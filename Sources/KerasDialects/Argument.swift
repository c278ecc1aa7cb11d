public import StrictJSON

/// A tensor in a model's graph: what a call of a layer gives.
public struct TensorReference: Hashable, Sendable {
  public var layer: String
  /// The layer's calls in this graph, counted from 0.
  public var call: Int
  /// The layer's outputs, flattened, counted from 0.
  public var output: Int
  /// `shape` and `dtype`, where the source says them.
  public var type: [String: JSONValue] = [:]
}

/// What a layer is called with.
public indirect enum Argument: Hashable, Sendable {
  case tensor(TensorReference)
  case constant(JSONValue)
  case list([Argument])
  case members([String: Argument])
  /// Python's `start:stop:step` in an index.
  case slice(start: Argument, stop: Argument, step: Argument)
  /// Python's `...` in an index.
  case ellipsis
}

extension Argument {
  /// The tensors in it, in the order of places; members by name.
  public var tensors: [TensorReference] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .constant, .ellipsis: []
    case .list(let elements): elements.flatMap(\.tensors)
    case .members(let members): members.sorted { $0.key < $1.key }.flatMap(\.value.tensors)
    case .slice(let start, let stop, let step): [start, stop, step].flatMap(\.tensors)
    }
  }

  /// The same with other tensors.
  func mapTensors(_ transform: (TensorReference) -> TensorReference) -> Argument {
    switch self {
    case .tensor(let tensor): .tensor(transform(tensor))
    case .constant, .ellipsis: self
    case .list(let elements): .list(elements.map { $0.mapTensors(transform) })
    case .members(let members): .members(members.mapValues { $0.mapTensors(transform) })
    case .slice(let start, let stop, let step):
      .slice(
        start: start.mapTensors(transform), stop: stop.mapTensors(transform),
        step: step.mapTensors(transform))
    }
  }

  /// Its value, when it has no tensor and nothing that only an index can have.
  public var constant: JSONValue? {
    switch self {
    case .constant(let value): return value
    case .tensor, .slice, .ellipsis: return nil
    case .list(let elements):
      let values = elements.compactMap(\.constant)
      return values.count == elements.count ? .array(values) : nil
    case .members(let members):
      let values = members.compactMapValues(\.constant)
      return values.count == members.count ? .object(values) : nil
    }
  }

  /// Whether Python's `...` is in it.
  var hasEllipsis: Bool {
    switch self {
    case .ellipsis: true
    case .list(let elements): elements.contains(where: \.hasEllipsis)
    default: false
    }
  }

  var isNull: Bool { self == .constant(.null) }
}
