import StrictJSON
import Tensors

/// Both generations pass masks on from layer to layer, but Keras 3 only to layers that are called
/// with a single tensor: a recurrent layer with initial states has to get its mask as an argument,
/// and attention those of its values and keys. Merged tensors have another mask in Keras 3: none
/// when one of them has none, and else what any of them has. In Keras 2 it is what all have that
/// have one, so that all layers behind have to get it.
/// keras/src/layers/layer.py `__call__`, keras/src/layers/merging/base_merge.py `compute_mask`.
struct ImplicitMasks {
  private(set) var graph: ModelGraph
  /// The layers that got a mask, or should have and could not.
  private(set) var masked: [String] = []
  private(set) var unclear: [String] = []
  private let places: [String: Int]
  /// How many merging layers are looked at inside of one another.
  private var depth = 0
  private static let depthLimit = 200
  private var operations: [Mask: TensorReference] = [:]
  private var conjunctions: [[Mask]: TensorReference] = [:]
  private var origins: [Tensor: Origin] = [:]

  /// - Parameter graph: with the source's meaning.
  init(_ graph: ModelGraph) {
    self.graph = graph
    places = Dictionary(graph.layers.indices.map { (graph.layers[$0].name, $0) }) { $1 }
  }

  /// Gives masks of Keras 2 to the layers that Keras 3 gives none.
  mutating func give() {
    for index in graph.layers.indices {
      let layer = graph.layers[index]
      for (number, call) in layer.calls.enumerated() {
        for wish in Self.wanted(by: layer, in: call) {
          switch origin(of: wish.input) {
          case .none: continue
          case .unclear(let isPassedOn):
            if !isPassedOn || !wish.isSingle { unclear.append(layer.name) }
          case .masks(let masks, let isPassedOn):
            if isPassedOn, wish.isSingle { continue }
            if call.keywords[wish.keyword] != nil {
              unclear.append(layer.name)
              continue
            }
            var tensor = tensor(of: masks, for: layer.name)
            if wish.keyword == "attention_mask" { tensor = ofQueries(tensor, for: layer.name) }
            self.graph.layers[index].calls[number].keywords[wish.keyword] = .tensor(tensor)
            masked.append(layer.name)
          }
        }
        if layer.className.hasSuffix("Attention"), isUnsaid(layer, call) {
          unclear.append(layer.name)
        }
      }
    }
  }

  /// A mask argument that Keras 2 fills in.
  private struct Wish {
    var keyword: String
    /// The tensor that has the mask.
    var input: TensorReference
    /// Whether Keras 3 fills it in, too, when it has the same mask.
    var isSingle = false
  }

  private static func wanted(by layer: GraphLayer, in call: LayerCall) -> [Wish] {
    if layer.className == "MultiHeadAttention" {
      var wishes = ["value", "key"].compactMap { name -> Wish? in
        guard case .tensor(let input)? = call.keywords[name], call.keywords[name + "_mask"] == nil
        else { return nil }
        return Wish(keyword: name + "_mask", input: input)
      }
      if case .tensor(let query)? = call.arguments.first {
        wishes.append(Wish(keyword: "attention_mask", input: query, isSingle: true))
      }
      return wishes
    }
    guard taking.contains(layer.className) || LayerArguments.isRecurrent(layer.className),
      call.keywords["mask"] == nil, case .tensor(let input)? = call.arguments.first
    else { return [] }
    return [Wish(keyword: "mask", input: input, isSingle: call.tensors.count == 1)]
  }

  /// Layers beside recurrent ones that compute with the mask of their input.
  private static let taking: Set = [
    "BatchNormalization", "GlobalAveragePooling1D", "Softmax", "TimeDistributed",
  ]

  /// Whether an `Attention`, which takes the masks of its inputs in a list, needs one that Keras 3
  /// does not pass on.
  private mutating func isUnsaid(_ layer: GraphLayer, _ call: LayerCall) -> Bool {
    guard layer.className != "MultiHeadAttention", call.keywords["mask"] == nil else {
      return false
    }
    for tensor in call.tensors {
      if case .masks(_, false) = origin(of: tensor) { return true }
    }
    return false
  }

  /// What a mask is computed of.
  private struct Mask: Hashable {
    var input: TensorReference
    var value: JSONValue
    /// Whether a step is masked when all of its features have the value.
    var isOfFeatures: Bool
  }

  private enum Origin {
    case none
    /// A mask that is not written here.
    case unclear(isPassedOn: Bool)
    /// A step counts when all of these say so.
    ///
    /// - Parameter isPassedOn: whether the tensor has the same mask in Keras 3.
    case masks([Mask], isPassedOn: Bool)
  }

  /// A tensor without its type.
  private struct Tensor: Hashable {
    var layer: String
    var call: Int
    var output: Int
  }

  /// The mask that a tensor has: made by its layer, or by those before.
  private mutating func origin(of tensor: TensorReference) -> Origin {
    var path: [Tensor] = []
    var tensor = tensor
    var found = Origin.none
    // A chain that is longer than the graph goes round.
    while path.count <= graph.layers.count {
      let key = Tensor(layer: tensor.layer, call: tensor.call, output: tensor.output)
      if let known = origins[key] {
        found = known
        break
      }
      path.append(key)
      origins[key] = Origin.none
      guard let layer = places[tensor.layer].map({ graph.layers[$0] }),
        layer.calls.indices.contains(tensor.call)
      else { break }
      let inputs = layer.calls[tensor.call].arguments.first
      guard case .tensor(var input)? = inputs else {
        if Self.merging.contains(layer.className) { found = merged(inputs, by: layer) }
        break
      }
      input.type = [:]
      if let value = Self.maskValue(of: layer) {
        let mask = Mask(input: input, value: value, isOfFeatures: layer.className == "Masking")
        found = .masks([mask], isPassedOn: true)
        break
      }
      // What a model gives may have a mask that was made in it.
      if makesMasks, layer.config["layers"] != nil { found = .unclear(isPassedOn: false) }
      guard Self.passes(layer), tensor.output == 0 else { break }
      tensor = input
    }
    for key in path { origins[key] = found }
    return found
  }

  /// The mask of merged tensors.
  private mutating func merged(_ inputs: Argument?, by layer: GraphLayer) -> Origin {
    guard depth < Self.depthLimit else { return makesMasks ? .unclear(isPassedOn: false) : .none }
    depth += 1
    defer { depth -= 1 }
    var masks: [Mask] = []
    var (areAlike, havePassed, isFirst, hasMasks) = (true, true, true, false)
    for tensor in inputs?.tensors ?? [] {
      switch origin(of: tensor) {
      case .unclear: return .unclear(isPassedOn: false)
      case .none:
        areAlike = areAlike && masks.isEmpty
      case .masks(let others, let isPassedOn):
        areAlike = areAlike && (isFirst || masks == others)
        havePassed = havePassed && isPassedOn
        hasMasks = true
        masks += others.filter { !masks.contains($0) }
      }
      isFirst = false
    }
    guard hasMasks else { return .none }
    let axis = layer.className == "Concatenate" ? layer.config["axis"]?.integer : -1
    // Steps behind steps: both generations put the masks together likewise.
    if axis != -1 { return .unclear(isPassedOn: axis == 1 && havePassed) }
    return .masks(masks, isPassedOn: areAlike && havePassed)
  }

  private var makesMasks: Bool { graph.layers.contains { Self.maskValue(of: $0) != nil } }

  private static func maskValue(of layer: GraphLayer) -> JSONValue? {
    switch layer.className {
    case "Embedding": layer.config["mask_zero"] == true ? 0 : nil
    case "Masking": layer.config["mask_value"]
    default: nil
    }
  }

  /// The layers that give the mask of their input to their output.
  private static func passes(_ layer: GraphLayer) -> Bool {
    if layer.className == "Bidirectional" {
      return layer.config["layer"]?["config"]?["return_sequences"] == true
    }
    if LayerArguments.isRecurrent(layer.className) {
      return layer.config["return_sequences"] == true
    }
    return passing.contains(layer.className)
  }

  private static let passing: Set = [
    "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dense",
    "Dropout", "ELU", "GaussianDropout", "GaussianNoise", "LayerNormalization", "LeakyReLU",
    "MultiHeadAttention", "PReLU", "ReLU", "Softmax", "SpatialDropout1D", "TimeDistributed",
    "UnitNormalization",
  ]

  private static let merging: Set = [
    "Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract",
  ]

  /// The mask of queries as one of scores: Keras 3 asks the queries for theirs, and takes no other.
  /// keras/src/layers/attention/multi_head_attention.py `call`.
  private mutating func ofQueries(
    _ mask: TensorReference, for layer: String
  ) -> TensorReference {
    add(
      "ExpandDims", ["axis": -1], named: layer + "_mask_of_queries",
      LayerCall(arguments: [.tensor(mask)]))
  }

  /// Takes masks away that Keras 3 takes away, and Keras 2 does not, where a masked tensor is
  /// merged with one that has no mask: a layer that does nothing, and passes no mask on, comes
  /// between.
  mutating func drop() {
    guard makesMasks else { return }
    for index in graph.layers.indices where Self.merging.contains(graph.layers[index].className) {
      let layer = graph.layers[index]
      for (number, call) in layer.calls.enumerated() {
        drop(in: call, of: layer) { $0.graph.layers[index].calls[number].arguments = [$1] }
      }
    }
  }

  private mutating func drop(
    in call: LayerCall, of layer: GraphLayer, replace: (inout ImplicitMasks, Argument) -> Void
  ) {
    guard case .list(let inputs)? = call.arguments.first else { return }
    var masks: [[Mask]] = []
    var isMasked: [Bool] = []
    for input in inputs {
      var mask: [Mask] = []
      if case .tensor(let tensor) = input, case .masks(let found, true) = origin(of: tensor) {
        mask = found
      }
      isMasked.append(!mask.isEmpty)
      if !mask.isEmpty, !masks.contains(mask) { masks.append(mask) }
    }
    // Steps behind steps have the same masks in both; but Keras 2 cannot join them with none.
    let isOfSteps = layer.className == "Concatenate" && layer.config["axis"]?.integer == 1
    if isOfSteps, Set(isMasked).count > 1 { unclear.append(layer.name) }
    if isOfSteps { return }
    guard isMasked.contains(false) else {
      if masks.count > 1 { unclear.append(layer.name) }
      return
    }
    guard !masks.isEmpty else { return }
    masked.append(layer.name)
    let unmasked = zip(inputs, isMasked).map { input, isMasked in
      isMasked ? withoutMask(input, for: layer) : input
    }
    replace(&self, .list(unmasked))
  }

  private mutating func withoutMask(_ input: Argument, for layer: GraphLayer) -> Argument {
    var config: [String: JSONValue] = ["scale": .number("1.0"), "offset": .number("0.0")]
    config["dtype"] = layer.config["dtype"]
    let result = add(
      "Rescaling", config, module: "keras.layers", named: layer.name + "_unmasked",
      LayerCall(arguments: [input]))
    return .tensor(TensorReference(layer: result.layer, call: 0, output: 0))
  }

  /// The tensor of what all masks say.
  private mutating func tensor(of masks: [Mask], for layer: String) -> TensorReference {
    if let known = conjunctions[masks] { return known }
    var result: TensorReference?
    for mask in masks {
      let next = tensor(of: mask, for: layer)
      result =
        result.map { before in
          let both = LayerCall(arguments: [.tensor(before), .tensor(next)])
          return add("LogicalAnd", [:], named: layer + "_mask_of_all", both)
        } ?? next
    }
    let tensor = result ?? TensorReference(layer: layer, call: 0, output: 0)
    conjunctions[masks] = tensor
    return tensor
  }

  /// The tensor of a mask, computed by operations that are added to the graph once.
  private mutating func tensor(of mask: Mask, for layer: String) -> TensorReference {
    if let known = operations[mask] { return known }
    let differs = LayerCall(arguments: [.tensor(mask.input), .constant(mask.value)])
    var result = add("NotEqual", [:], named: layer + "_mask", differs)
    if mask.isOfFeatures {
      let any = LayerCall(arguments: [.tensor(result)])
      result = add(
        "Any", ["axis": -1, "keepdims": false], named: layer + "_mask_of_steps", any)
    }
    operations[mask] = result
    return result
  }

  /// The names are none that Keras gives: it counts its own while it builds the model.
  private mutating func add(
    _ className: String, _ config: [String: JSONValue], module: String = "keras.src.ops.numpy",
    named stem: String, _ call: LayerCall
  ) -> TensorReference {
    let taken = Set(graph.layers.map(\.name))
    var name = stem
    var number = 1
    while taken.contains(name) {
      name = "\(stem)_\(number)"
      number += 1
    }
    let object: [String: JSONValue] = [
      "module": .string(module), "class_name": .string(className),
      "config": .object(config.merging(["name": .string(name)]) { $1 }),
      "registered_name": module == "keras.layers" ? .null : .string(className),
    ]
    graph.layers.append(GraphLayer(name: name, object: object, calls: [call]))
    return TensorReference(layer: name, call: 0, output: 0, type: ["dtype": "bool"])
  }
}
