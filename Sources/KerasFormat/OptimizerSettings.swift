public import StrictJSON

/// An optimizer as a training configuration has it.
public struct OptimizerSettings: Hashable, Sendable {
  /// One hyper-parameter.
  public struct Setting: Hashable, Sendable {
    /// As the configuration spells it: `lr`, `learning_rate`, `decay`.
    public let key: String
    /// A number or word as it stands there, anything else as JSON.
    public let value: String
  }

  /// The class, without a package before it: `Adam`.
  public let className: String
  /// In the order of their keys, the learning rate first; none that is `null`.
  public let settings: [Setting]
  private let inner: [OptimizerSettings]

  /// Reads Keras' `training_config`, or the `compile_config` of Keras 3.
  ///
  /// `nil` when it has no optimizer.
  public init?(in training: JSONValue) {
    guard let optimizer = training["optimizer_config"] ?? training["optimizer"] else { return nil }
    self.init(optimizer: optimizer)
  }

  private init?(optimizer: JSONValue) {
    // Keras 1.0 has the parameters beside the name.
    let config = optimizer["config"] ?? optimizer
    let spelled = optimizer["class_name"] ?? config["name"] ?? optimizer
    guard let name = spelled.string, !name.isEmpty else { return nil }
    className = LayerNode.bareClassName(name)
    let wrapped = config["inner_optimizer"] ?? config["optimizer"]
    inner = wrapped.flatMap { OptimizerSettings(optimizer: $0) }.map { [$0] } ?? []
    settings = (config.object ?? [:])
      .filter { $0.key != "name" && !$0.value.isNull && $0.value["class_name"] == nil }
      .map { Setting(key: $0.key, value: $0.value.shortText) }
      .sorted { ($0.rank, $0.key) < ($1.rank, $1.key) }
  }

  /// The optimizer within a wrapper such as `LossScaleOptimizer`; itself when it wraps none.
  public var innermost: OptimizerSettings { inner.first?.innermost ?? self }
}

extension OptimizerSettings.Setting {
  fileprivate var rank: Int { ["lr", "learning_rate"].contains(key) ? 0 : 1 }
}

extension JSONValue {
  /// A word or number as it stands there, anything else as canonical JSON.
  var shortText: String { string ?? canonicalText }
}

/// What a model was compiled with, beside the optimizer, in a few words each.
public struct TrainingSummary: Hashable, Sendable {
  /// The loss, `mse`, or one for each output; `nil` when there is none.
  public let loss: String?
  /// The metrics' names.
  public let metrics: [String]

  /// Reads Keras' `training_config`, or the `compile_config` of Keras 3.
  public init(in training: JSONValue) {
    loss = training["loss"].flatMap(Self.name)
    metrics = Self.names(in: training["metrics"] ?? .null)
  }

  /// `mse`, `SparseCategoricalCrossentropy`, `{"out":"mse"}`.
  private static func name(of value: JSONValue) -> String? {
    if value.isNull { return nil }
    if let className = value["class_name"]?.string {
      if className == "function", let function = value["config"]?.string { return function }
      return value["config"]?["name"]?.string ?? LayerNode.bareClassName(className)
    }
    return value.shortText
  }

  private static func names(in value: JSONValue) -> [String] {
    switch value {
    case .null: []
    case .array(let elements): elements.flatMap(names)
    case .object(let members) where value["class_name"] == nil:
      members.sorted { $0.key < $1.key }.flatMap { names(in: $0.value) }
    default: name(of: value).map { [$0] } ?? []
    }
  }
}
