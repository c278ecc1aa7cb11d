public import StrictJSON
public import Tensors

/// Where an optimizer's state is written.
public enum OptimizerContainer: Hashable, Sendable {
  /// `optimizer_weights` of a whole model's HDF5 file.
  case legacyHDF5
  /// `.weights.h5`, also in an archive.
  case weightsHDF5
  /// TensorFlow's, for Keras 2.
  case checkpoint
}

/// The variables that a Keras' optimizer has after `build`, each with what it is to hold.
public struct OptimizerToWrite: Hashable, Sendable {
  /// What a variable holds.
  enum Content: Hashable, Sendable {
    /// What a variable of the version has, by its place there.
    case stored(Int)
    case bytes([UInt8])
    /// The same bytes for every element.
    case filled([UInt8])
  }

  enum Meaning: Hashable, Sendable {
    case number(OptimizerScalar)
    /// An array of a weight's, which is told by its place among those that are trained.
    case slot(OptimizerSlotKind, weight: Int)
  }

  struct Variable: Hashable, Sendable {
    let meaning: Meaning
    let dtype: DType
    let shape: Shape
    let content: Content
  }

  public let generation: KerasGeneration
  public let container: OptimizerContainer
  /// The optimizer's configuration, with the learning rate that the state has.
  public let configuration: JSONValue
  /// What is otherwise than in the version, and does not matter for training.
  public let notes: [ConversionNote]
  /// Why training does not go on from the file as it would have from the version; empty when it
  /// does.
  public let gaps: [ConversionNote]

  /// The names of the optimizer that trains, and of what scales the loss for it.
  let name: String
  let wrapperName: String?
  let weights: [TrainedWeight]
  /// What Keras 3's wrapper has before the variables.
  let wrapperVariables: [Variable]
  /// In the order of the optimizer's `variables`.
  let variables: [Variable]
  /// What Keras 2 keeps beside those, and only in checkpoints.
  let tracked: [Variable]

  /// Puts an optimizer's state together.
  ///
  /// - Parameters:
  ///   - record: what the version has, or another version with weights of these paths.
  ///   - optimizer: `class_name` and `config` in the words of that generation.
  ///   - weights: those that the optimizer trains, in the model's order.
  ///   - generation: the Keras that shall go on.
  ///   - container: where the state is written.
  /// - Returns: `nil` when the version has no state.
  public static func state(
    of record: OptimizerRecord, for optimizer: JSONValue, training weights: [TrainedWeight],
    in generation: KerasGeneration, container: OptimizerContainer
  ) throws(OptimizerObstacle) -> OptimizerToWrite? {
    guard !record.isEmpty else { return nil }
    let plan = try OptimizerPlan(optimizer, for: generation)
    var builder = OptimizerBuilder(
      record: record, plan: plan, weights: weights, container: container)
    try builder.build()
    return OptimizerToWrite(
      generation: generation, container: container,
      configuration: builder.learningRate.map { Self.replacing(rate: $0, in: optimizer) }
        ?? optimizer,
      notes: builder.notes, gaps: builder.gaps, name: plan.inner.name,
      wrapperName: plan.wrapper?.name, weights: weights,
      wrapperVariables: builder.wrapperVariables, variables: builder.variables,
      tracked: builder.tracked)
  }

  private static func replacing(rate: Float, in optimizer: JSONValue) -> JSONValue {
    guard case .object(var members) = optimizer, case .object(var config) = members["config"]
    else { return optimizer }
    if let wrapped = config["inner_optimizer"] {
      config["inner_optimizer"] = replacing(rate: rate, in: wrapped)
    } else {
      config["learning_rate"] = .number(String(Double(rate)))
    }
    members["config"] = .object(config)
    return .object(members)
  }
}

extension OptimizerToWrite {
  /// A variable as a tensor of the container's.
  func tensor(_ variable: Variable, named name: String) throws(OptimizerObstacle) -> TensorToWrite {
    // Keras 2 reads bfloat16 out of no HDF5 file, and Keras 3 not out of the older ones.
    let isHDF5 = container == .legacyHDF5 || generation == .keras2 && container == .weightsHDF5
    let isWidened = isHDF5 && variable.dtype == .bfloat16
    let dtype = isWidened ? .float32 : variable.dtype
    let content: TensorContent
    switch variable.content {
    case .stored(let ordinal): content = isWidened ? .widened(ordinal) : .stored(ordinal)
    case .bytes(let bytes): content = .literal(isWidened ? Self.widened(bytes) : bytes)
    case .filled(let element):
      guard let count = variable.shape.elementCount,
        variable.shape.byteCount(of: dtype) != nil
      else { throw .tooLarge(path: name) }
      let wide = isWidened ? Self.widened(element) : element
      content = .filled(wide, count: count)
    }
    guard
      let tensor = TensorToWrite(
        name: name, dtype: dtype, shape: variable.shape, content: content)
    else { throw .tooLarge(path: name) }
    return tensor
  }

  /// A bfloat16 number as float32: the same with zeros behind, which come first.
  private static func widened(_ bytes: [UInt8]) -> [UInt8] { [0, 0] + bytes }
}
