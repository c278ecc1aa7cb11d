public import TensorFlowFormat
public import Tensors

/// A tensor of numbers in a TensorFlow checkpoint.
public struct CheckpointEntry: Hashable, Sendable {
  /// The tensor's name in the checkpoint.
  public let key: String
  public let dtype: DType
  public let shape: Shape
  public let bytes: TensorBytes

  public init(key: String, dtype: DType, shape: Shape, bytes: TensorBytes) {
    self.key = key
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }
}

/// What the tensors of a TensorFlow checkpoint are.
public struct TrackedReading: Hashable, Sendable {
  /// One for each entry, in their order; the paths are unique, and the container's path is the key.
  public var variables: [Variable]
  /// That of the SavedModel, or of the parent whose weights these are.
  public var architecture: Architecture?
  public var training: TrainingConfiguration?
  public var findings: [Finding]

  public init(
    variables: [Variable], architecture: Architecture?, training: TrainingConfiguration?,
    findings: [Finding]
  ) {
    self.variables = variables
    self.architecture = architecture
    self.training = training
    self.findings = findings
  }
}

/// Models in TensorFlow's checkpoints, and in the SavedModels that have one.
public enum TrackedModel {
  /// Tells what each tensor of a checkpoint is for, and gives it the path that the same variable
  /// has in a legacy HDF5 file of the model: see ``KerasHDF5/reading(of:parent:)``.
  ///
  /// For that the layers must be known, from the SavedModel or from a parent that has the same
  /// weights. Otherwise a weight's path is the name that the variable has in the program, without
  /// the name of a Keras 3 `Sequential` before it, or when several variables have that name, the
  /// attributes by which the objects hold it: `layer_with_weights-0/kernel`. What no graph of
  /// objects describes, as in checkpoints of TensorFlow 1, has its key for a path.
  ///
  /// - Parameters:
  ///   - entries: all tensors of the checkpoint but those of strings. No two have one key.
  ///   - graph: `nil` for a checkpoint of TensorFlow 1, whose keys are the variables' names.
  ///   - keras: what Keras recorded in the SavedModel.
  ///   - parent: is not asked when `keras` has an architecture.
  public static func reading(
    _ entries: [CheckpointEntry], graph: ObjectGraph?, keras: KerasMetadata?, parent: KnownModel?
  ) throws(KerasFormatError) -> TrackedReading {
    if let graph { try check(graph) }
    let tracked = TrackedVariables(entries, graph: graph)
    let weights = tracked.namedWeights(own: keras?.architecture, parent: parent)
    let optimizer = TrackedOptimizer(
      weights.targets, className: keras?.slotsOptimizer, parent: parent?.slotsOptimizer,
      isCanonical: weights.architecture != nil)
    let state = optimizer.states(of: tracked)
    let hasState = tracked.items.contains { $0.role == .optimizer }
    // The parent's optimizer is this one's when all of its state could be read as such.
    let isParents = weights.architecture?.origin == .parent && state.findings.isEmpty
    let findings = (keras?.findings ?? []) + weights.findings + state.findings
    return TrackedReading(
      variables: tracked.variables(weights: weights.paths, optimizer: state.states),
      architecture: weights.architecture,
      training: keras?.training
        ?? (hasState
          ? TrainingConfiguration(config: nil, optimizer: isParents ? parent?.optimizer : nil)
          : nil),
      findings: findings)
  }

  /// That nodes name only nodes that are there.
  private static func check(_ graph: ObjectGraph) throws(KerasFormatError) {
    func malformed(_ node: Int) -> KerasFormatError {
      .malformed(
        location: "object graph", expected: "nodes below \(graph.nodes.count)",
        found: "node \(node)")
    }
    guard !graph.nodes.isEmpty else { throw malformed(0) }
    for node in graph.nodes {
      let named = node.children.map(\.node) + node.slots.flatMap { [$0.original, $0.variable] }
      if let wrong = named.first(where: { !graph.nodes.indices.contains($0) }) {
        throw malformed(wrong)
      }
    }
  }
}
