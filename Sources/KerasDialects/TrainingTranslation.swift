import StrictJSON
import Tensors

/// How a model was compiled: `training_config` of HDF5 files and SavedModels, `compile_config` of
/// archives. Both hold the same but for the optimizer, which is `optimizer_config` in the former.
///
/// keras/src/legacy/saving/saving_utils.py `model_metadata`; keras/src/trainers/trainer.py
/// `get_compile_config`; tf_keras/src/engine/training.py.
extension ObjectTranslator {
  /// `training_config` or `compile_config` in the form that the container has; null for a model
  /// that was not compiled.
  mutating func training(_ json: JSONValue) -> JSONValue {
    let json = json.withoutNotations
    guard let members = json.object else { return .null }
    let optimizer = members["optimizer_config"] ?? members["optimizer"] ?? .null
    let loss = members["loss"] ?? .null
    // Archives say `{}` or nothing but nulls of such a model.
    if optimizer.isNull, loss.isNull { return .null }
    var result: [String: JSONValue] = [:]
    result[container == .hdf5 ? "optimizer_config" : "optimizer"] = self.optimizer(optimizer)
    result["loss"] = parts(loss, .losses, at: FieldPlace("loss"))
    for name in ["metrics", "weighted_metrics"] {
      let list = members[name] ?? .null
      result[name] = parts(metricList(list), .metrics, at: FieldPlace(name))
    }
    result["loss_weights"] = members["loss_weights"] ?? .null
    addRunning(members, to: &result)
    return .object(result)
  }

  /// How steps are run, which both generations of archives say, and HDF5 files of Keras 3.
  private mutating func addRunning(
    _ members: [String: JSONValue], to result: inout [String: JSONValue]
  ) {
    if let mode = members["sample_weight_mode"], !mode.isNull {
      note(
        .lost, at: FieldPlace("training", field: "sample_weight_mode"),
        "newer Keras tell it from the weights' shape")
    }
    guard target == .keras3 || container == .archive else { return }
    let standards: [String: JSONValue] =
      target == .keras3
      ? ["run_eagerly": false, "steps_per_execution": 1, "jit_compile": false]
      : ["run_eagerly": .null, "steps_per_execution": .null, "jit_compile": .null]
    for (name, standard) in standards {
      let value = members[name] ?? .null
      result[name] = value.isNull ? standard : value
    }
  }

  /// Keras 2 before 2.4 lists metrics by output; one list of lists with one list is that list.
  private func metricList(_ value: JSONValue) -> JSONValue {
    guard let outer = value.array, outer.count == 1, let inner = outer[0].array else {
      return value
    }
    return .array(inner)
  }

  /// Losses and metrics in whatever structure they are in.
  private mutating func parts(
    _ value: JSONValue, _ kind: ObjectKind, at place: FieldPlace
  ) -> JSONValue {
    switch value {
    case .array(let elements):
      return .array(elements.map { parts($0, kind, at: place) })
    case .object(let members) where members["class_name"] == nil:
      var result: [String: JSONValue] = [:]
      for (name, part) in members.sorted(by: { $0.key < $1.key }) {
        result[name] = parts(part, kind, at: place.field(name))
      }
      return .object(result)
    case .null: return .null
    default:
      return kind == .losses ? loss(value, at: place) : metric(value, at: place)
    }
  }
}
