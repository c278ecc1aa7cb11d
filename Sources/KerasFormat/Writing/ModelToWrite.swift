public import StrictJSON
public import Tensors

/// A model as it is to be exported: everything but the bytes of its variables.
public struct ModelToWrite: Hashable, Sendable {
  /// The model in the dialect of the file that is written.
  public var configuration: JSONValue
  public var dialect: Dialect
  /// `training_config` or `compile_config`, as the file has it; `nil`: not compiled.
  public var training: JSONValue?
  /// The version's variables in its own order. Contents name them by their places here.
  public var variables: [RecordedVariable]
  /// What the variables were read from: their containers' paths tell of objects within layers that
  /// Keras does not ship.
  public var source: ModelFormat

  public init(
    configuration: JSONValue, dialect: Dialect, training: JSONValue?,
    variables: [RecordedVariable], source: ModelFormat
  ) {
    self.configuration = configuration
    self.dialect = dialect
    self.training = training
    self.variables = variables
    self.source = source
  }
}

/// A weight that an optimizer has state for.
public struct TrainedWeight: Hashable, Sendable {
  /// The canonical path, which the slots name.
  public var path: String
  /// The variable's name in Keras 2, without `:0`: `hidden/kernel`.
  public var keras2Name: String
  /// The variable's path in Keras 3: `mlp/hidden/kernel`.
  public var keras3Name: String
  public var dtype: DType
  public var shape: Shape

  public init(
    path: String, keras2Name: String, keras3Name: String, dtype: DType, shape: Shape
  ) {
    self.path = path
    self.keras2Name = keras2Name
    self.keras3Name = keras3Name
    self.dtype = dtype
    self.shape = shape
  }
}

/// Why a model cannot be written in a container.
public enum ExportError: Error, Hashable, Sendable {
  /// The configuration is no model: it has no `class_name`.
  case noModel
  /// A layer needs a weight that the version does not have.
  case missingWeight(layer: String, weight: String)
  /// A weight that belongs to no layer of the configuration.
  case strayWeight(path: String)
  /// A layer, or a model, has no name in the configuration, and the container files it by that.
  case unnamedLayer(className: String)
  /// The container's place for a weight depends on how the code of a class holds it, and neither
  /// the configuration nor the version tells.
  case unknownObject(layer: String, className: String, weight: String)
  /// Two weights of a layer would have one name.
  case ambiguousName(layer: String, name: String)
  /// A name that the container cannot have: empty, or longer than it allows.
  case unusableName(String)
  /// A layer within more wrappers than any model has.
  case tooDeep(layer: String, limit: Int)
  /// The optimizer's state cannot be written.
  case optimizer(OptimizerObstacle)
  /// A tensor whose bytes do not fit 63 bits.
  case tooLarge(path: String)
}
