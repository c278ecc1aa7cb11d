import StrictJSON
import Tensors

extension ObjectTranslator {
  /// Whether the object is one of Keras' own that the target has, or a note says that the target
  /// has it not. `false`: it is somebody's own class, and nothing about it is known.
  mutating func isKnown(
    _ object: SerializedObject, _ kind: ObjectKind, at place: FieldPlace
  ) -> Bool {
    guard object.isOfKeras else { return false }
    if crossesGenerations, kind == .layers,
      let difference = ObjectNames.difference(object.className, in: target)
    {
      note(.impossible, at: place, "\(object.className): \(difference)")
      return false
    }
    let isOfTarget = FieldTable.of(target).fields(of: object.className, kind) != nil
    if isOfTarget || replaced.contains(object.className) { return true }
    let isOfSource = FieldTable.of(sourceGeneration).fields(of: object.className, kind) != nil
    let help = ObjectNames.gone[object.className]
    guard isOfSource || help != nil else { return false }
    // What the newest of a generation dropped is not translated within it.
    guard crossesGenerations || (help != nil && source == .keras1) else { return false }
    note(
      .impossible, at: place,
      "\(target.title) has no \(object.className)" + (help.map { ": \($0)" } ?? ""))
    return false
  }

  /// Classes of the source that other classes of the target say.
  private var replaced: Set<String> {
    guard target == .keras3 else { return [] }
    let always: Set = ["ThresholdedReLU", "SyncBatchNormalization"]
    return container == .archive ? always.union(["RandomHeight", "RandomWidth"]) : always
  }

  /// An object of Keras in the target's wrapper.
  ///
  /// - Parameter isInner: whether it is in another object's configuration: Keras 3's HDF5 files
  ///   name modules only there.
  func rendered(_ object: SerializedObject, _ kind: ObjectKind, isInner: Bool) -> JSONValue {
    var members: [String: JSONValue] = [
      "class_name": .string(object.className), "config": .object(object.config),
    ]
    if namesModules(isInner: isInner) {
      let known = FieldTable.of(target).fields(of: object.className, kind)
      members["module"] = .string(known?.module ?? object.module ?? "keras.\(kind.rawValue)")
      members["registered_name"] = .null
    }
    return .object(members)
  }

  private func namesModules(isInner: Bool) -> Bool {
    container == .archive || (target == .keras3 && isInner)
  }

  /// An object whose code is not Keras': its configuration stays as it is, but for the type, which
  /// is Keras' own field.
  mutating func custom(
    _ object: SerializedObject, _ json: JSONValue, isInner: Bool, at place: FieldPlace
  ) -> JSONValue {
    var members = json.object ?? [:]
    for name in ["inbound_nodes", "name", "shared_object_id"] { members[name] = nil }
    if crossesGenerations, var config = members["config"]?.object, let dtype = config["dtype"],
      dtype.object != nil
    {
      config["dtype"] = dtypePolicy(dtype, plain: false, at: place.field("dtype"))
      members["config"] = .object(config)
    }
    if namesModules(isInner: isInner) {
      members["class_name"] = .string(object.className)
      members["module"] = object.module.map { .string($0) } ?? .null
      members["registered_name"] = .string(object.registeredName)
    } else {
      members["class_name"] = .string(object.registeredName)
      for name in ["module", "registered_name", "build_config"] { members[name] = nil }
    }
    return .object(members)
  }
}
