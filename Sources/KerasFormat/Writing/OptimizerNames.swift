public import Tensors

/// An optimizer's group in `.weights.h5`.
public struct OptimizerGroup: Hashable, Sendable {
  /// The group that has `vars`: `optimizer`, `optimizer/inner_optimizer`.
  public let path: String
  public let state: NumberedOptimizerState
}

extension OptimizerToWrite {
  /// All of the optimizer's variables, by the names that go into `weight_names`, in that order.
  ///
  /// Keras 2 writes `iteration:0` and `Adam/m/dense/kernel:0`, Keras 3 `adam/iteration` and
  /// `adam/dense_kernel_momentum`. Readers go by the order.
  public func legacyTensors() throws(OptimizerObstacle) -> [TensorToWrite] {
    var taken: [String: Int] = [:]
    var tensors: [TensorToWrite] = []
    for (variable, name) in named {
      tensors.append(try tensor(variable, named: Self.unique(name, &taken)))
    }
    return tensors
  }

  /// The groups of `.weights.h5`: Keras writes an optimizer within another a second time.
  ///
  /// Source: `_save_state` of keras/src/saving/saving_lib.py (keras-team/keras) and of
  /// tf_keras/src/saving/saving_lib.py (keras-team/tf-keras).
  public func groups() throws(OptimizerObstacle) -> [OptimizerGroup] {
    let all = try group("optimizer", wrapperName ?? name, wrapperVariables + variables)
    guard wrapperName != nil else { return [all] }
    return [all, try group("optimizer/inner_optimizer", name, variables)]
  }

  private func group(
    _ path: String, _ name: String, _ variables: [Variable]
  ) throws(OptimizerObstacle) -> OptimizerGroup {
    var tensors: [TensorToWrite] = []
    for (number, variable) in variables.enumerated() {
      tensors.append(try tensor(variable, named: "\(path)/vars/\(number)"))
    }
    return OptimizerGroup(
      path: path, state: NumberedOptimizerState(name: name, variables: tensors))
  }

  private var named: [(Variable, String)] {
    let suffix = generation == .keras2 ? ":0" : ""
    return (wrapperVariables + variables).map { ($0, fullName(of: $0) + suffix) }
  }

  /// What the library names a variable.
  func fullName(of variable: Variable) -> String {
    switch (variable.meaning, generation) {
    case (.number(let scalar), .keras2): keras2Name(of: scalar)
    case (.number(let scalar), .keras3): keras3Name(of: scalar)
    case (.slot(let kind, let place), .keras2):
      "\(name)/\(kind.keras2Name)/\(weights[place].keras2Name)"
    case (.slot(let kind, let place), .keras3):
      "\(name)/\(weights[place].keras3Name.split(separator: "/").joined(separator: "_"))"
        + "_\(kind.keras3Name)"
    }
  }

  private func keras2Name(of scalar: OptimizerScalar) -> String {
    switch scalar {
    case .lossScale: "current_loss_scale"
    case .goodSteps: "good_steps"
    case .momentumProduct: "\(name)/Variable"
    default: scalar.rawValue
    }
  }

  private func keras3Name(of scalar: OptimizerScalar) -> String {
    let wrapper = wrapperName ?? name
    return switch scalar {
    case .momentumProduct: "\(name)/variable"
    case .lossScale, .goodSteps: "\(wrapper)/\(scalar.rawValue)"
    case .wrapperIteration: "\(wrapper)/iteration"
    case .wrapperLearningRate: "\(wrapper)/learning_rate"
    default: "\(name)/\(scalar.rawValue)"
    }
  }

  /// Keras 3's names may coincide where slashes became underscores.
  private static func unique(_ name: String, _ taken: inout [String: Int]) -> String {
    guard var counter = taken[name] else {
      taken[name] = 0
      return name
    }
    repeat { counter += 1 } while taken["\(name)_\(counter)"] != nil
    taken[name] = counter
    taken["\(name)_\(counter)"] = 0
    return "\(name)_\(counter)"
  }
}
