public import TensorFlowGraph

/// A SavedModel that is written.
public struct SavedModelToWrite: Hashable, Sendable {
  /// A tensor that a function takes or gives.
  public struct TensorSpecification: Hashable, Sendable {
    /// As Keras names it: any text.
    public var name: String
    public var kind: ElementKind
    public var shape: PartialShape

    public init(name: String, kind: ElementKind, shape: PartialShape) {
      self.name = name
      self.kind = kind
      self.shape = shape
    }
  }

  /// A function of the library, and what it is called with.
  public struct ConcreteFunction: Hashable, Sendable {
    /// The name of a definition in the library. Its arguments are the inputs, in their order, then
    /// a resource for each variable; its results are the outputs.
    public var name: String
    public var inputs: [TensorSpecification]
    public var outputs: [TensorSpecification]
    /// The variables' nodes in the checkpoint's graph, in the order of the arguments.
    public var variables: [Int]

    public init(
      name: String, inputs: [TensorSpecification], outputs: [TensorSpecification], variables: [Int]
    ) {
      self.name = name
      self.inputs = inputs
      self.outputs = outputs
      self.variables = variables
    }
  }

  /// What an object of the checkpoint's graph is revived as.
  public struct Object: Hashable, Sendable {
    /// `_tf_keras_layer`, `trackable_list_wrapper`, `optimizer`.
    public var identifier: String
    /// What `keras_metadata.pb` has of it, JSON; `nil`: the file does not have the object.
    public var metadata: String?
    /// What the layer computes, for classes that Keras 2 cannot make.
    public var call: ConcreteFunction?

    public init(identifier: String, metadata: String? = nil, call: ConcreteFunction? = nil) {
      self.identifier = identifier
      self.metadata = metadata
      self.call = call
    }
  }

  /// All functions that are called, those of loops and layers as well.
  public var library: [FunctionDefinition]
  /// What is served, under `serve`, `__call__` and the signature.
  public var served: ConcreteFunction
  /// `serving_default`.
  public var signature: String
  /// The variables and how objects hold them; the root is the model.
  public var checkpoint: CheckpointToWrite
  /// By nodes of the checkpoint's graph. Those that are neither here nor variables are plain
  /// objects.
  public var objects: [Int: Object]
  /// The nodes of the model's own variables, those of its optimizer apart, in the order in which
  /// the model lists them.
  public var weights: [Int]
  /// The nodes of the variables that training changes.
  public var trainable: Set<Int>
  /// How many of the last nodes of the checkpoint's graph only training needs: the optimizer and
  /// its variables. They are in the checkpoint alone, where Keras 2 finds them when it has made the
  /// optimizer; a program that serves neither reads nor holds them.
  public var trainingNodes: Int
  /// Which TensorFlow a reader shall take it to be of: `2.21.0`.
  public var tensorFlowVersion: String

  public init(
    library: [FunctionDefinition], served: ConcreteFunction, signature: String,
    checkpoint: CheckpointToWrite, objects: [Int: Object], weights: [Int], trainable: Set<Int>,
    trainingNodes: Int = 0, tensorFlowVersion: String
  ) {
    self.library = library
    self.served = served
    self.signature = signature
    self.checkpoint = checkpoint
    self.objects = objects
    self.weights = weights
    self.trainable = trainable
    self.trainingNodes = trainingNodes
    self.tensorFlowVersion = tensorFlowVersion
  }
}
