import StrictJSON
import Tensors

/// The order in which an optimizer numbers its arrays: single numbers, one or more slots a weight,
/// and single numbers again.
///
/// Source: `build` of the classes in keras/src/optimizers (keras-team/keras) and
/// tf_keras/src/optimizers (keras-team/tf-keras).
struct OptimizerSequence {
  /// One array of a weight's.
  struct Slot {
    /// As Keras calls it.
    let name: String
    /// Which weight has it, by its place among those that are trained.
    let target: Int
    let shape: Shape
  }

  var leading: [String]
  var slots: [Slot]
  var trailing: [String] = []

  var count: Int { leading.count + slots.count + trailing.count }

  /// Whether arrays of these shapes may be it.
  func fits(_ shapes: [Shape]) -> Bool {
    guard shapes.count == count else { return false }
    return shapes.prefix(leading.count).allSatisfy { $0 == .scalar }
      && shapes.suffix(trailing.count).allSatisfy { $0 == .scalar }
      && zip(shapes.dropFirst(leading.count), slots).allSatisfy { $0 == $1.shape }
  }
}

/// An optimizer's settings that decide on its arrays.
struct OptimizerSlots {
  /// `adam` for `Adam`; see ``SlotVocabulary/key(_:)``.
  let key: String
  /// `nil` when only the class is known.
  let config: JSONValue?

  /// Every way in which the arrays may follow each other, as far as settings and version leave that
  /// open.
  func candidates(for weights: [TieTarget]) -> [[OptimizerSequence.Slot]] {
    if key == "adafactor" { return Adafactor.candidates(for: weights.map(\.shape)) }
    return passes.flatMap { own in
      basePasses.map { base in slots(base + own, for: weights) }
    }
  }

  /// What every optimizer may have before its own; Keras 3.6 had the two of a weight together.
  private var basePasses: [Passes] {
    choices("use_ema").flatMap { averages in
      choices("gradient_accumulation_steps").flatMap { accumulates -> [Passes] in
        let names = (averages ? ["average"] : []) + (accumulates ? ["gradient_accumulator"] : [])
        return names.count < 2 ? [names.map { [$0] }] : [names.map { [$0] }, [names]]
      }
    }
  }

  /// Each pass goes over all weights, and gives each of them these slots.
  private typealias Passes = [[String]]

  private var passes: [Passes] {
    switch key {
    case "adam", "adamw":
      // Keras 3 had the three of a weight together in its first versions.
      let plain = [["momentum", "velocity"]]
      return choices("amsgrad").flatMap { amsgrad -> [Passes] in
        amsgrad
          ? [plain + [["velocity_hat"]], [["momentum", "velocity", "velocity_hat"]]] : [plain]
      }
    case "nadam", "lamb", "schedulefreeadamw", "muon": return [[["momentum", "velocity"]]]
    case "adamax": return [[["momentum", "norm"]]]
    case "lion": return [[["momentum"]]]
    case "sgd":
      // Keras 2 has the slot also when its factor is 0.
      return choices("momentum") == [true] ? [[["momentum"]]] : [[], [["momentum"]]]
    case "rmsprop":
      return choices("momentum").flatMap { momentum in
        choices("centered").map { centered in
          [["velocity"]] + (momentum ? [["momentum"]] : [])
            + (centered ? [["average_gradient"]] : [])
        }
      }
    case "adagrad": return [[["accumulator"]]]
    case "adadelta": return [[["accumulated_grad", "accumulated_delta_var"]]]
    case "ftrl": return [[["accumulator", "linear"]]]
    default: return []
    }
  }

  /// Whether a setting is on; both when it is not known.
  private func choices(_ setting: String) -> [Bool] {
    guard let config else { return [false, true] }
    let value = config[setting] ?? .null
    return [value.bool ?? ((value.double ?? 0) != 0)]
  }

  private func slots(_ passes: Passes, for weights: [TieTarget]) -> [OptimizerSequence.Slot] {
    passes.flatMap { names in
      weights.enumerated().flatMap { target, weight in
        names.filter { $0 != "velocity" || key != "muon" || isLeftToAdam(weight) }
          .map { OptimizerSequence.Slot(name: $0, target: target, shape: weight.shape) }
      }
    }
  }

  /// Muon keeps a velocity only for what it leaves to Adam: all that is no matrix, and what is
  /// called an embedding. What other patterns exclude makes another number of arrays
  /// (`_should_use_adamw` of keras/src/optimizers/muon.py).
  private func isLeftToAdam(_ weight: TieTarget) -> Bool {
    if weight.shape.dimensions.count != 2 { return true }
    return config?["exclude_embeddings"]?.bool != false
      && weight.path.lowercased().contains("embedding")
  }
}

/// Adafactor keeps sums over each of a weight's last two dimensions beside an array of its shape.
/// Where there are no two, Keras 3 keeps a single number for each sum.
private enum Adafactor {
  static func candidates(for shapes: [Shape]) -> [[OptimizerSequence.Slot]] {
    [false, true].map { isKeras3 in
      shapes.enumerated().flatMap { target, shape in
        Self.shapes(of: shape, isKeras3: isKeras3).map { name, shape in
          OptimizerSequence.Slot(name: name, target: target, shape: shape)
        }
      }
    }
  }

  private static func shapes(of weight: Shape, isKeras3: Bool) -> [(String, Shape)] {
    let dimensions = weight.dimensions
    guard dimensions.count >= 2, let rows = Shape(Array(dimensions.dropLast())),
      let columns = Shape(dimensions.dropLast(2) + dimensions.suffix(1))
    else {
      let unused: [(String, Shape)] = isKeras3 ? [("r", .scalar), ("c", .scalar)] : []
      return unused + [("velocity", weight)]
    }
    return [("r", rows), ("c", columns), ("velocity", weight)]
  }
}
