import StrictJSON
import TensorFlowGraph
import Tensors

/// A layer of a model, or a part of one, ready to be called.
struct Layer {
  /// Its own name.
  let name: String
  /// Its name after those of the models round it.
  let location: String
  /// Without a package before it.
  let className: String
  let settings: Settings
  let policy: DTypePolicy
  /// Which Keras the model is written for: keras2 or keras3.
  let dialect: Dialect
  let weights: LayerWeights
  /// The version's.
  let variables: [RecordedVariable]
  /// All that the configuration has of it.
  let object: JSONValue
  /// Whether it is the whole model, whose name is in no location.
  let isRoot: Bool

  /// - Parameters:
  ///   - object: `class_name`, `config`, and what else Keras writes beside them.
  ///   - model: the location of the model or layer that it is in; empty for the whole model.
  init(
    _ object: JSONValue, in model: String, weights: LayerWeights, variables: [RecordedVariable],
    dialect: Dialect
  ) throws(CompileError) {
    let spelled = object["class_name"]?.string ?? ""
    var config = object["config"] ?? .null
    // A `Sequential` of early Keras is only the list of its layers.
    if let layers = config.array { config = ["layers": .array(layers)] }
    let name = config["name"]?.string ?? object["name"]?.string ?? spelled.lowercased()
    self.name = name
    location = model.isEmpty ? name : "\(model)/\(name)"
    className = String(spelled.split(whereSeparator: { $0 == ">" || $0 == "." }).last ?? "")
    settings = Settings(location: location, json: config.object ?? [:])
    policy = try DTypePolicy(settings["dtype"], in: settings)
    self.dialect = dialect
    self.weights = weights
    self.variables = variables
    self.object = object
    isRoot = false
  }

  /// The whole model.
  init(
    root object: JSONValue, weights: LayerWeights, variables: [RecordedVariable], dialect: Dialect
  ) throws(CompileError) {
    let model = try Layer(
      object, in: "", weights: weights, variables: variables, dialect: dialect)
    self.init(root: model)
  }

  private init(root model: Layer) {
    (name, location, className) = (model.name, model.location, model.className)
    (settings, policy, dialect) = (model.settings, model.policy, model.dialect)
    (weights, variables, object) = (model.weights, model.variables, model.object)
    isRoot = true
  }

  /// Whether the class is one that Keras ships, and not another's of the same name.
  var isOfKeras: Bool {
    let module = object["module"]?.string ?? "keras"
    let isOfKeras = ["keras", "tf_keras", "tensorflow.keras"].contains {
      module == $0 || module.hasPrefix($0 + ".")
    }
    let registered = object["registered_name"]?.string ?? object["class_name"]?.string ?? ""
    let package = registered.split(separator: ">").dropLast().first
    // A layer of InceptionResNetV2, registered as if it were a user's.
    let isCustomScale = registered == "Custom>CustomScaleLayer"
    return isOfKeras
      && (package == nil || package == "keras" || package == "Keras" || isCustomScale)
  }

  /// Whether it is a model with layers of its own.
  var isModel: Bool { settings.list("layers") != nil }

  // MARK: Parts

  /// A layer that the configuration nests: `layer` of a wrapper, `cell` of a recurrent one.
  ///
  /// - Parameter part: the attribute that has it, as in ``LayerWeights/parts``.
  func part(
    _ part: String, _ object: JSONValue?
  ) throws(CompileError) -> Layer {
    guard let object, object["class_name"]?.string != nil else {
      throw settings.malformed(part, "a layer")
    }
    return try Layer(
      object, in: location, weights: weights.parts[part] ?? LayerWeights(), variables: variables,
      dialect: dialect)
  }

  // MARK: Weights

  func has(_ weight: String) -> Bool { weights.own[weight] != nil }

  /// A weight's shape.
  func shape(of weight: String) throws(CompileError) -> [Int] {
    try variable(weight).1.shape.dimensions
  }

  /// A weight of a layer and its place in the version's list.
  func variable(_ weight: String) throws(CompileError) -> (ordinal: Int, RecordedVariable) {
    guard let ordinal = weights.own[weight], variables.indices.contains(ordinal) else {
      throw .missingWeight(location: location, weight: weight)
    }
    return (ordinal, variables[ordinal])
  }

  /// A weight, in the kind that the layer computes in.
  ///
  /// - Parameters:
  ///   - rank: how many dimensions it has to have; `nil`: any.
  ///   - kind: another kind. Weights that are no floats keep theirs.
  func read(
    _ weight: String, rank: Int? = nil, as kind: ElementKind? = nil, in graph: GraphBuilder
  ) throws(CompileError) -> Tensor {
    let (ordinal, variable) = try variable(weight)
    let dimensions = variable.shape.dimensions
    if let rank, dimensions.count != rank {
      throw .missingWeight(location: location, weight: "\(weight) of \(rank) dimensions")
    }
    let stored = ElementKind(variable.dtype)
    if kind?.isFloating == true, !stored.isFloating {
      throw .missingWeight(location: location, weight: "\(weight) of floats")
    }
    let value = graph.read(
      variable: ordinal, kind: stored, shape: dimensions.map { $0 },
      name: "\(location)/\(weight)")
    return value.kind.isFloating ? graph.cast(value, to: kind ?? policy.compute) : value
  }
}
