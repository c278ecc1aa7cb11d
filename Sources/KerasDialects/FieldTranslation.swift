import StrictJSON
import Tensors

extension ObjectTranslator {
  /// The fields of an object of a class that both generations have, or that was put in the
  /// target's words, as the target takes them.
  ///
  /// A field that the target has is copied. One that it does not have may only be missing when its
  /// value is the source's default, or it says nothing that the model computes with.
  mutating func translatedFields(
    of object: SerializedObject, _ kind: ObjectKind, into fields: FieldSet, at place: FieldPlace
  ) -> [String: JSONValue] {
    let known = FieldTable.of(sourceGeneration).fields(of: object.className, kind)
    var config: [String: JSONValue] = [:]
    for (name, value) in sortedFields(of: object) {
      let here = place.field(name)
      // Keras 3 takes no name that is none.
      if name == "name", value.isNull { continue }
      let standard = known?[name]?.standard
      if let field = fields[name] {
        let isOmitted = !field.isWritten && crossesGenerations && value == field.standard
        if !isOmitted { config[name] = translated(value, of: name, kind, object, at: here) }
      } else if let standard, Self.isSame(value, standard) {
        continue
      } else {
        leaveOut(value, name, kind, of: object.className, at: here)
      }
    }
    guard crossesGenerations, let known else { return config }
    for name in known.names where object.config[name] == nil && config[name] == nil {
      guard let mine = known[name], mine.isWritten, let before = mine.standard,
        let now = fields[name]?.standard, !Self.isSame(before, now), !Self.followsLibrary(name)
      else { continue }
      config[name] = translated(before, of: name, kind, object, at: place.field(name))
    }
    return config
  }

  /// Fields whose default is each library's own and need not be said.
  private static func followsLibrary(_ name: String) -> Bool {
    ["name", "dtype", "batch_input_shape", "batch_shape", "reduction"].contains(name)
  }

  /// Whether two values mean the same: numbers by value, objects by class and configuration.
  static func isSame(_ first: JSONValue, _ second: JSONValue) -> Bool {
    if first == second { return true }
    if let first = first.double, let second = second.double {
      return first == second || Float(first) == Float(second)
    }
    if let first = first.array, let second = second.array {
      return first.count == second.count && zip(first, second).allSatisfy { isSame($0, $1) }
    }
    if let first = SerializedObject(first), let second = SerializedObject(second) {
      return first.className == second.className
        && isSame(.object(first.config), .object(second.config))
    }
    if let first = first.object, let second = second.object {
      return first.count == second.count
        && first.allSatisfy { key, value in second[key].map { isSame(value, $0) } ?? false }
    }
    return false
  }

  /// A field that the target does not have, with a value that is not the source's default.
  private mutating func leaveOut(
    _ value: JSONValue, _ name: String, _ kind: ObjectKind, of className: String,
    at place: FieldPlace
  ) {
    if FieldMeaning.isSilent(name, kind) || value.isNull { return }
    if let reason = FieldMeaning.lost[name] {
      note(.lost, at: place, reason)
    } else if kind == .optimizers || kind == .losses || kind == .metrics {
      note(.lost, at: place, "\(className) of \(target.title) has no such setting")
    } else {
      note(
        .impossible, at: place,
        "\(value.canonicalText.prefix(60)): \(className) of \(target.title) has no such field")
    }
  }

  /// A field's value in the target's words.
  mutating func translated(
    _ value: JSONValue, of name: String, _ kind: ObjectKind, _ owner: SerializedObject,
    at place: FieldPlace
  ) -> JSONValue {
    if name == "dtype" {
      return kind == .layers
        ? dtypePolicy(value, plain: owner.className == "InputLayer", at: place)
        : plainDType(value)
    }
    if name == "name" { return self.name(value, kind, at: place) }
    if name.hasSuffix("activation"), kind == .layers {
      return activation(value, of: owner, at: place)
    }
    if let part = FieldMeaning.kind(ofField: name) {
      return object(value, part, at: place)
    }
    return value
  }

  /// Keras 3 refuses names with a slash. The layers of a model have to differ in their names, which
  /// is seen to where all of them are known.
  private mutating func name(
    _ value: JSONValue, _ kind: ObjectKind, at place: FieldPlace
  ) -> JSONValue {
    guard target == .keras3, kind == .layers, let name = value.string, name.contains("/") else {
      return value
    }
    let new = LayerRenaming.name(for: name, taken: [])
    if place.field != "name" {
      note(.translated, at: place, "Keras 3 allows no '/' in a name: it is called \(new)")
    }
    return .string(new)
  }

  /// An initializer, a regularizer, a constraint, a schedule.
  mutating func object(
    _ value: JSONValue, _ kind: ObjectKind, at place: FieldPlace
  ) -> JSONValue {
    if let text = value.string { return named(text, kind, at: place) }
    guard var object = SerializedObject(value) else { return value }
    object.className = todaysName(of: object.className, kind)
    guard isKnown(object, kind, at: place) else {
      return custom(object, value, isInner: true, at: place)
    }
    // Keras of TensorFlow 1 gave initializers a type, which later ones take from the variable.
    if kind == .initializers { object.drop("dtype", "partition_info") }
    guard let fields = FieldTable.of(target).fields(of: object.className, kind) else {
      return value
    }
    object.config = translatedFields(of: object, kind, into: fields, at: place)
    return rendered(object, kind, isInner: true)
  }

  private func todaysName(of name: String, _ kind: ObjectKind) -> String {
    let today = ObjectNames.today(of: name, kind)
    guard kind == .initializers, FieldTable.of(target).fields(of: today, kind) == nil else {
      return today
    }
    return FieldTable.of(sourceGeneration).function(today, .initializer) ?? today
  }

  /// An object that is named by text alone.
  private mutating func named(
    _ text: String, _ kind: ObjectKind, at place: FieldPlace
  ) -> JSONValue {
    guard kind == .initializers, FieldTable.of(target).function(text, .initializer) == nil,
      let name = FieldTable.of(sourceGeneration).function(text, .initializer)
    else { return .string(text) }
    // Keras 2 knows words that Keras 3 does not; both know the classes.
    return object(
      .object(["class_name": .string(name), "config": .object([:])]), kind, at: place)
  }
}

extension KerasGeneration {
  /// For messages.
  var title: String { self == .keras2 ? "Keras 2" : "Keras 3" }
}
