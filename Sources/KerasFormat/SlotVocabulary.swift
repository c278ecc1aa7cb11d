/// The names of optimizer slots, whatever version of the optimizer wrote them.
///
/// | optimizer | slots |
/// | --- | --- |
/// | Adam, AdamW, Nadam, Lamb | `m`, `v`, `vhat` |
/// | Adamax | `m`, `u` |
/// | Lion | `m` |
/// | SGD | `momentum` |
/// | RMSprop | `velocity`, `momentum`, `average_gradient` |
/// | Adagrad | `accumulator` |
/// | Adadelta | `accumulator`, `delta_accumulator` |
/// | Ftrl | `accumulator`, `linear` |
/// | Adafactor | `r`, `c`, `v` |
///
/// Other slots, and those of other optimizers, keep the name that the file gives them: `average`,
/// `gradient_accumulator`.
public struct SlotVocabulary: Sendable {
  private let names: [String: String]

  /// The vocabulary of an optimizer.
  ///
  /// - Parameter optimizer: the class, or the name Keras makes of it: `RMSprop`, `rm_sprop_1`.
  public init(optimizer: String?) {
    names = Self.spellings[Self.key(optimizer ?? "")] ?? [:]
  }

  /// The name for a slot that a file calls so.
  public func name(of slot: String) -> String { names[slot] ?? slot }

  /// The class without what makes a name unique: `rm_sprop_1` and `RMSprop` are `rmsprop`.
  static func key(_ optimizer: String) -> String {
    (withoutCounter(optimizer) ?? optimizer).lowercased().filter { $0 != "_" }
  }

  private static let adam = ["momentum": "m", "velocity": "v", "velocity_hat": "vhat"]

  /// What is spelled differently: Keras 3's names, then TensorFlow's in tf.keras.
  private static let spellings: [String: [String: String]] = [
    "adam": adam, "adamw": adam, "nadam": adam, "lamb": adam, "lion": adam,
    "adamax": ["momentum": "m", "norm": "u", "v": "u"],
    "sgd": ["m": "momentum"],
    "rmsprop": ["rms": "velocity", "mg": "average_gradient"],
    "adadelta": [
      "accumulated_grad": "accumulator", "accum_grad": "accumulator",
      "accumulated_delta_var": "delta_accumulator", "accum_var": "delta_accumulator",
    ],
    "adafactor": ["velocity": "v"],
  ]

  /// The groups of arrays that Keras 1 and 2.0 to 2.3 list, in their order, for what they only
  /// number (`get_updates` of keras/optimizers.py there). Adam had no `vhat` before 2.1.3.
  static func numberedLayouts(of optimizer: String) -> [[String]] {
    switch key(optimizer) {
    case "adam": [["m", "v"], ["m", "v", "vhat"]]
    case "nadam": [["m", "v"]]
    case "adamax": [["m", "u"]]
    case "sgd": [["momentum"]]
    case "rmsprop": [["velocity"]]
    case "adagrad": [["accumulator"]]
    case "adadelta": [["accumulator", "delta_accumulator"]]
    default: []
    }
  }

  /// The name for a single number of the optimizer's. TensorFlow 1 numbers what a graph has twice:
  /// `iterations_1`.
  static func scalarName(_ name: String) -> String {
    switch withoutCounter(name) ?? name {
    case "iter", "iteration", "iterations": "iteration"
    // Nadam's in Keras 3, the one variable of an optimizer that it does not name.
    case "variable": "u_product"
    default: name
    }
  }
}
