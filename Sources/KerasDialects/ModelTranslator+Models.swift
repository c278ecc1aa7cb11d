import StrictJSON
import Tensors

extension ModelTranslator {
  mutating func sequential(
    _ object: [String: JSONValue], _ config: [String: JSONValue], _ layers: [JSONValue],
    named name: String, at location: String
  ) -> JSONValue {
    if layers.first?["class_name"] == "Merge", layers[0]["config"]?["layers"] != nil {
      note(
        .impossible, at: Self.inside(location, GraphReader.name(of: layers[0]) ?? "merge"),
        field: "layers",
        "a Sequential that begins with branches has no word today: build it as a Model of them")
    }
    var config = config
    let listed = expanded(
      SequentialLayers(layers, dialect: source).layers, at: location)
    var taken: Set<String> = Set(listed.compactMap(GraphReader.name))
    var parts: [(name: String, object: JSONValue)] = []
    for layer in listed {
      let name = GraphReader.name(of: layer) ?? Self.free("sequential", &taken)
      parts.append((name, part(layer, named: name, at: Self.inside(location, name))))
    }
    config["layers"] = .array(renamed(parts, at: location))
    if config["name"]?.string == nil { config["name"] = .string(name) }
    config["build_input_shape"] =
      SequentialLayers.shape(of: listed.first) ?? config["build_input_shape"]
      ?? object["build_config"]?["input_shape"]
    if config["build_input_shape"]?.isNull == true { config["build_input_shape"] = nil }
    return shell(object, config: config, functional: false, at: location)
  }

  /// A name like those that Keras gives, and that no other layer has.
  private static func free(_ name: String, _ taken: inout Set<String>) -> String {
    var candidate = name
    var number = 1
    while !taken.insert(candidate).inserted {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  /// The model's object round its configuration, as the container has it.
  mutating func shell(
    _ object: [String: JSONValue], config: [String: JSONValue], functional: Bool,
    at location: String
  ) -> JSONValue {
    let className = object["class_name"]?.string ?? ""
    let config = named(config, at: location)
    guard ["Sequential", "Functional", "Model"].contains(className) else {
      return customShell(object, config)
    }
    let name = functional ? "Functional" : "Sequential"
    let plain: [String: JSONValue] = [
      "class_name": .string(name), "config": .object(fields(config, functional)),
    ]
    guard container == .archive else { return .object(plain) }
    var result = plain
    if functional {
      result["module"] = .string(
        target == .keras2 ? "tf_keras.src.engine.functional" : "keras.src.models.functional")
      result["registered_name"] = "Functional"
    } else {
      result["module"] = "keras"
      result["registered_name"] = .null
    }
    if isSameGeneration, let build = object["build_config"] { result["build_config"] = build }
    return .object(result)
  }

  /// The configuration with a name that the target takes. Of a model in another this is not the
  /// last word: its name is made unique there.
  private mutating func named(
    _ config: [String: JSONValue], at location: String
  ) -> [String: JSONValue] {
    guard target == .keras3, let name = config["name"]?.string, name.contains("/") else {
      return config
    }
    let new = LayerRenaming.name(for: name, taken: [])
    if location.isEmpty {
      note(
        .translated, at: "model", field: "name",
        "Keras 3 allows no '/' in a name: it is called \(new)")
    }
    return config.merging(["name": .string(new)]) { $1 }
  }

  /// The members of a model's configuration that the target's models have.
  private func fields(_ config: [String: JSONValue], _ functional: Bool) -> [String: JSONValue] {
    if isSameGeneration { return config }
    var known: Set = ["name", "layers"]
    if functional { known.formUnion(["trainable", "input_layers", "output_layers"]) }
    if !functional { known.insert("build_input_shape") }
    var result = config.filter { known.contains($0.key) }
    if target == .keras3 { result["trainable"] = config["trainable"] ?? true }
    return result
  }

  /// A registered class of the user's is told by its registered name alone in HDF5 files, and by
  /// its module, class and registered name in archives.
  private func customShell(
    _ object: [String: JSONValue], _ config: [String: JSONValue]
  ) -> JSONValue {
    var result = object
    result["config"] = .object(config)
    if container == .hdf5 {
      if let registered = object["registered_name"]?.string {
        result["class_name"] = .string(registered)
      }
      return .object(result.filter { ["class_name", "config"].contains($0.key) })
    }
    if object["registered_name"] == nil, let name = object["class_name"]?.string {
      result["class_name"] = .string(name.split(separator: ">").last.map(String.init) ?? name)
      result["module"] = .null
      result["registered_name"] = .string(name)
    }
    result["compile_config"] = nil
    return .object(result)
  }
}
