public import Tensors

/// Why the state of an optimizer cannot be written. Without the state the model always can:
/// `--no-optimizer`.
public enum OptimizerObstacle: Error, Hashable, Sendable {
  /// What should be an optimizer's configuration has no class.
  case noOptimizer
  /// Which variables an optimizer of that class has is not known, or not for this Keras.
  case unknownOptimizer(className: String)
  /// Variables of which it is not known what they are to the optimizer, by their paths.
  case untied(paths: [String])
  /// More than one variable may be a number of the optimizer's, `iteration` say.
  case ambiguous(number: String, paths: [String])
  /// The optimizer has slots that the version does not have, in the optimizer's order.
  case missingSlots([OptimizerSlot])
  /// Neither the version nor the configuration has a number: `iteration`, `learning_rate`.
  case missingNumber(String)
  /// The bytes of a number are needed, and were not given or are no such number.
  case unreadableNumber(path: String)
  /// A slot that is of another shape or type than its weight has it.
  case unfitting(path: String, expected: String, found: String)
  /// A tensor whose bytes do not fit 63 bits.
  case tooLarge(path: String)
}
