import StrictJSON
public import Tensors

extension Translation {
  /// What is said otherwise than in the source, and no note tells of yet: layer by layer, then how
  /// it is compiled.
  public func differences(from source: KerasConfiguration) -> [ConversionNote] {
    ConfigDifferences(from: source, to: self).notes
  }
}

/// What of a model's configuration is said otherwise in a translation, layer by layer and field by
/// field: told by comparing the two, so that nothing is left untold.
private struct ConfigDifferences {
  private(set) var notes: [ConversionNote] = []
  private let renamedLayers: [String: String]

  init(from source: KerasConfiguration, to translation: Translation) {
    renamedLayers = translation.renamedLayers
    let target = translation.configuration
    compareLayers(of: source.model, target.model, at: [])
    if let old = source.training, let new = target.training { compareTraining(old, new) }
    let known = Set(translation.notes.map { Place(location: $0.location, field: $0.field) })
    // A note of the whole layer tells of its fields, too.
    notes.removeAll { note in
      known.contains(Place(location: note.location, field: note.field))
        || known.contains(Place(location: note.location, field: nil))
    }
  }

  private struct Place: Hashable {
    let location: String
    let field: String?
  }

  // MARK: Layers

  private mutating func compareLayers(of source: JSONValue, _ target: JSONValue, at path: [String])
  {
    let before = Self.layers(of: source)
    let after = Self.layers(of: target)
    func renamed(_ name: String) -> String {
      let location = (path + [name]).joined(separator: "/")
      let new = renamedLayers[location] ?? location
      return new.split(separator: "/").last.map(String.init) ?? name
    }
    let old = Dictionary(before.map { (renamed($0.name), $0.json) }) { first, _ in first }
    let new = Set(after.map(\.name))
    for (name, json) in after {
      let location = (path + [name]).joined(separator: "/")
      guard let layer = old[name] else {
        add(location, nil, "added: \(Self.className(of: json))")
        continue
      }
      compare(layer, json, location: location)
      compareLayers(of: layer, json, at: path + [name])
    }
    for (name, json) in before where !new.contains(renamed(name)) {
      let location = (path + [name]).joined(separator: "/")
      add(location, nil, "left out: \(Self.className(of: json))")
    }
  }

  private static func layers(of model: JSONValue) -> [(name: String, json: JSONValue)] {
    let layers = model["config"]?.array ?? model["config"]?["layers"]?.array ?? []
    return layers.compactMap { layer in
      (layer["config"]?["name"]?.string ?? layer["name"]?.string).map { ($0, layer) }
    }
  }

  private static func className(of object: JSONValue) -> String {
    object["class_name"]?.string ?? "an object"
  }

  // MARK: Training

  private mutating func compareTraining(_ source: JSONValue, _ target: JSONValue) {
    let old = source["optimizer_config"] ?? source["optimizer"]
    let new = target["optimizer_config"] ?? target["optimizer"]
    if let old, let new {
      // A name alone stands for the optimizer with its defaults.
      if old["class_name"] == nil {
        add("optimizer", nil, "\(Self.short(old)) becomes \(Self.className(of: new))")
      } else {
        compare(old, new, location: "optimizer")
      }
    }
    for field in ["loss", "metrics", "weighted_metrics", "loss_weights"] {
      let before = Self.plain(source[field] ?? .null)
      let after = Self.plain(target[field] ?? .null)
      guard before != after else { continue }
      add(field, nil, "\(Self.short(before)) becomes \(Self.short(after))")
    }
  }

  // MARK: Fields

  /// What a model's own comparison tells, or what is no setting.
  private static let structure: Set = ["layers", "input_layers", "output_layers", "name"]

  private mutating func compare(
    _ source: JSONValue, _ target: JSONValue, location: String, within field: String = ""
  ) {
    let classes = (Self.className(of: source), Self.className(of: target))
    if classes.0 != classes.1 {
      let place = field.isEmpty ? nil : String(field.dropLast())
      add(location, place, "\(classes.0) becomes \(classes.1)")
    }
    let before = (source["config"]?.object ?? [:]).filter { !Self.structure.contains($0.key) }
    let after = (target["config"]?.object ?? [:]).filter { !Self.structure.contains($0.key) }
    var added = after.filter { before[$0.key] == nil }
    for (key, old) in before.sorted(by: { $0.key < $1.key }) {
      if let new = after[key] {
        compare(old, new, at: location, field + key)
      } else if let other = added.keys.sorted().first(where: {
        Self.plain(added[$0] ?? .null) == Self.plain(old)
      }) {
        added[other] = nil
        add(location, field + key, "becomes \(other)")
      } else {
        add(location, field + key, "left out: \(Self.short(old))")
      }
    }
    for (key, new) in added.sorted(by: { $0.key < $1.key }) {
      add(location, field + key, "added: \(Self.short(new))")
    }
  }

  private mutating func compare(
    _ old: JSONValue, _ new: JSONValue, at location: String, _ field: String
  ) {
    let (before, after) = (Self.plain(old), Self.plain(new))
    guard before != after else { return }
    if before["class_name"] != nil, after["class_name"] != nil {
      compare(before, after, location: location, within: field + ".")
    } else {
      add(location, field, "\(Self.short(before)) becomes \(Self.short(after))")
    }
  }

  private mutating func add(_ location: String, _ field: String?, _ detail: String) {
    notes.append(ConversionNote(.translated, at: location, field: field, detail))
  }

  /// Without what names a class beside its name, and a policy as its name.
  private static func plain(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(plain))
    case .object(let members):
      if ["Policy", "DTypePolicy"].contains(value["class_name"]?.string),
        let name = value["config"]?["name"]
      {
        return name
      }
      let wrapping = ["module", "registered_name", "shared_object_id", "build_config"]
      return .object(members.filter { !wrapping.contains($0.key) }.mapValues(plain))
    default: return value
    }
  }

  /// The text of a value when it is short, else what kind of thing it is.
  private static func short(_ value: JSONValue) -> String {
    let text = plain(value).canonicalText
    if text.utf8.count <= 60 { return text }
    if let className = value["class_name"]?.string, className.utf8.count <= 60 {
      return value["config"]?["name"]?.string.map { "\(className) \($0)" } ?? className
    }
    switch value {
    case .array(let elements):
      let parts = elements.prefix(4).map(short)
      return "[\(parts.joined(separator: ", "))\(elements.count > 4 ? ", …" : "")]"
    case .object(let members):
      return "{\(members.keys.sorted().prefix(4).joined(separator: ", ")), …}"
    default: return "\(text.utf8.count) bytes of text"
    }
  }
}
