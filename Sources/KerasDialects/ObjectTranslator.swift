import StrictJSON
import Tensors

/// Says single objects in the words of the target: layers, and how a model was compiled.
struct ObjectTranslator {
  let source: Dialect
  let target: KerasGeneration
  let container: ConfigContainer
  /// In the order in which the objects were translated.
  private(set) var notes: [ConversionNote] = []

  init(from source: Dialect, to target: KerasGeneration, in container: ConfigContainer) {
    self.source = source
    self.target = target
    self.container = container
  }

  /// Translates a model that a wrapper's configuration holds; answers `nil` when what it is given
  /// is no model.
  typealias NestedModel = (JSONValue, String) -> JSONValue?

  /// The generation whose words a configuration has after Keras 1's were replaced.
  var sourceGeneration: KerasGeneration { source == .keras3 ? .keras3 : .keras2 }

  var crossesGenerations: Bool { sourceGeneration != target }

  /// Notes of what is translated round the objects: the structure of a model.
  mutating func note(_ note: ConversionNote) {
    notes.append(note)
  }

  mutating func note(
    _ kind: ConversionNote.Kind, at place: FieldPlace, _ detail: String
  ) {
    notes.append(ConversionNote(kind, at: place.location, field: place.field, detail))
  }

  /// A layer's object (`class_name`, `config`, and what its generation has beside them) without its
  /// inbound nodes. `nestedModel` translates a model that a wrapper's configuration holds; it
  /// answers `nil` when what it is given is no model.
  mutating func layer(
    _ json: JSONValue, at location: String, nestedModel: NestedModel
  ) -> JSONValue {
    layer(json, at: FieldPlace(location), isInner: false, nestedModel: nestedModel)
  }

  /// - Parameter isInner: whether the layer is in another's configuration.
  mutating func layer(
    _ json: JSONValue, at place: FieldPlace, isInner: Bool, nestedModel: NestedModel
  ) -> JSONValue {
    guard var object = SerializedObject(json.withoutNotations) else { return json }
    if isInner, Self.models.contains(object.className), object.isOfKeras,
      let model = nestedModel(json, place.path)
    {
      return model
    }
    if source == .keras1 { upgradeLayer(&object, at: place) }
    object.className = ObjectNames.today(of: object.className, .layers)
    guard isKnown(object, .layers, at: place) else {
      return custom(object, json, isInner: isInner, at: place)
    }
    settleLayer(&object, at: place)
    guard let fields = FieldTable.of(target).fields(of: object.className, .layers) else {
      // The target's own table would have it if another generation's word were needed.
      return rendered(object, .layers, isInner: isInner)
    }
    var inner: [String: JSONValue] = [:]
    for (name, value) in sortedFields(of: object) where fields[name] != nil {
      let here = place.field(name)
      inner[name] = nested(value, named: name, at: here, nestedModel: nestedModel)
    }
    for name in inner.keys { object.config[name] = nil }
    object.config = translatedFields(of: object, .layers, into: fields, at: place)
    object.config.merge(inner) { _, layer in layer }
    return rendered(object, .layers, isInner: isInner)
  }

  private static let models: Set = ["Functional", "Model", "Sequential"]

  /// The layers in a layer's field; `nil` when it has none.
  private mutating func nested(
    _ value: JSONValue, named name: String, at place: FieldPlace, nestedModel: NestedModel
  ) -> JSONValue? {
    switch name {
    case "layer", "backward_layer", "cell":
      if let cells = value.array {
        return .array(
          cells.map { layer($0, at: place, isInner: true, nestedModel: nestedModel) })
      }
      guard value.object != nil else { return nil }
      return layer(value, at: place, isInner: true, nestedModel: nestedModel)
    case "cells", "layers":
      guard let elements = value.array else { return nil }
      return .array(
        elements.map { layer($0, at: place, isInner: true, nestedModel: nestedModel) })
    default:
      return nil
    }
  }

  func sortedFields(of object: SerializedObject) -> [(key: String, value: JSONValue)] {
    object.config.sorted { $0.key < $1.key }
  }
}

/// Where a field is, for notes.
struct FieldPlace {
  let location: String
  let field: String?

  init(_ location: String, field: String? = nil) {
    self.location = location
    self.field = field
  }

  /// A field below this.
  func field(_ name: String) -> FieldPlace {
    FieldPlace(location, field: field.map { "\($0).\(name)" } ?? name)
  }

  /// Location and field as one path.
  var path: String { field.map { "\(location)/\($0.replacing(".", with: "/"))" } ?? location }
}
