import StrictJSON
import TensorFlowGraph
import Tensors

/// What a layer is called with, or gives.
indirect enum CallValue {
  case tensor(Tensor)
  case constant(JSONValue)
  case list([CallValue])
  case members([String: CallValue])
  /// Python's `start:stop:step` in an index.
  case slice(start: CallValue, stop: CallValue, step: CallValue)
  /// Python's `...` in an index.
  case ellipsis

  /// The tensors in it, in the order of places; members by name.
  var tensors: [Tensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .constant, .ellipsis: []
    case .list(let elements): elements.flatMap(\.tensors)
    case .members(let members): members.sorted { $0.key < $1.key }.flatMap(\.value.tensors)
    case .slice(let start, let stop, let step): [start, stop, step].flatMap(\.tensors)
    }
  }

  func map(_ transform: (Tensor) -> Tensor) -> CallValue {
    switch self {
    case .tensor(let tensor): .tensor(transform(tensor))
    case .constant, .ellipsis: self
    case .list(let elements): .list(elements.map { $0.map(transform) })
    case .members(let members): .members(members.mapValues { $0.map(transform) })
    case .slice(let start, let stop, let step):
      .slice(
        start: start.map(transform), stop: stop.map(transform), step: step.map(transform))
    }
  }

  var tensor: Tensor? { if case .tensor(let tensor) = self { tensor } else { nil } }

  /// Its value, when there is no tensor in it and nothing that only an index can have.
  var constant: JSONValue? {
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

  var isNull: Bool { if case .constant(.null) = self { true } else { false } }
}

/// One call of a layer.
struct Call {
  let layer: Layer
  var arguments: [CallValue]
  var keywords: [String: CallValue]

  /// An argument by place or name; `nil` when it is not given, or `None`.
  func argument(_ place: Int, _ name: String) -> CallValue? {
    let value = keywords[name] ?? (arguments.indices.contains(place) ? arguments[place] : nil)
    return value.flatMap { $0.isNull ? nil : $0 }
  }

  /// The only tensor of the first argument.
  var input: Tensor {
    get throws(CompileError) {
      let tensors = arguments.first?.tensors ?? []
      guard tensors.count == 1 else {
        throw unfitting("one tensor", "\(tensors.count)")
      }
      return tensors[0]
    }
  }

  /// The only tensor of the first argument, of a rank.
  func input(rank: Int) throws(CompileError) -> Tensor {
    let input = try input
    guard input.rank == rank else { throw unfitting("rank \(rank)", "rank \(input.rank)") }
    return input
  }

  /// The only tensor of the first argument, of a rank within bounds.
  func input(ranks: ClosedRange<Int>) throws(CompileError) -> Tensor {
    let input = try input
    guard ranks.contains(input.rank) else {
      throw unfitting("rank \(ranks.lowerBound) to \(ranks.upperBound)", "rank \(input.rank)")
    }
    return input
  }

  /// The tensors of the first argument.
  var inputs: [Tensor] { arguments.first?.tensors ?? [] }

  /// The tensors whose shapes a layer is built with: of an attention layer also those of the value
  /// and the key, of an operation all.
  var builtOf: [Tensor] {
    if OperatorTable.lowering(of: layer) != nil { return arguments.flatMap(\.tensors) }
    guard layer.className.hasSuffix("Attention") else { return inputs }
    return inputs
      + ["value", "key"].enumerated().flatMap { place, name in
        argument(place + 1, name)?.tensors ?? []
      }
  }

  /// Makes sure that a layer is not called with `training=True`: then it does at inference what it
  /// does in training, in Keras 2. Keras 3's models overrule it.
  func refuseTraining() throws(CompileError) {
    guard layer.dialect != .keras3, let training = keywords["training"],
      ![.null, .bool(false), .integer(0)].contains(training.constant)
    else { return }
    throw layer.settings.unsupported(
      "training", "the model calls it as in training also when it serves; build it without")
  }

  func unfitting(_ expected: String, _ found: String) -> CompileError {
    .unfittingInput(location: layer.location, expected: expected, found: found)
  }

  /// An axis of a tensor, counted from 0.
  func axis(_ axis: Int, of tensor: Tensor, field: String = "axis") throws(CompileError) -> Int {
    let place = axis < 0 ? axis + tensor.rank : axis
    guard tensor.shape.indices.contains(place) else {
      throw layer.settings.malformed(field, "an axis of \(tensor.rank) dimensions")
    }
    return place
  }

  // MARK: Masks

  /// The mask that the layer computes with: the argument `mask`, else that of its input. Keras 3
  /// looks at the input only when the layer is called with one tensor, or one list.
  var mask: Tensor.Mask? {
    if let given = keywords["mask"]?.tensor { return given.asMask }
    if layer.dialect == .keras3, argumentsWithTensors != 1 { return nil }
    return inputs.first?.mask
  }

  /// How many arguments have tensors.
  var argumentsWithTensors: Int {
    (arguments + keywords.values).count { !$0.tensors.isEmpty }
  }
}
