import KerasFormat
import StrictJSON
import Tensors

/// The texts of a version's configurations, read.
struct RecordedConfiguration {
  let model: JSONValue
  let training: JSONValue?

  /// - Throws: `JSONError`: a commit reads both, and takes no model whose text is none.
  init(_ architecture: Architecture, _ training: TrainingConfiguration?) throws(JSONError) {
    model = try JSONValue(parsing: architecture.config)
    let compiled = try training?.config.map { text throws(JSONError) in
      try JSONValue(parsing: text)
    }
    self.training = compiled.flatMap { $0.isNull ? nil : $0 }
  }
}

/// What an export takes of a version: all, or a nested model.
struct ModelPart {
  let configuration: JSONValue
  /// In the version's order; without the path of the nested model.
  let variables: [RecordedVariable]
  let isWhole: Bool

  /// Why there is no such part.
  struct NoSuchModel: Error {
    let prefix: String
    /// The paths of the nested models.
    let models: [String]
  }

  /// - Parameter prefix: the path of a nested model, which all variables are below; empty: all.
  init(
    of source: RecordedConfiguration, _ variables: [RecordedVariable], under prefix: String
  ) throws(NoSuchModel) {
    isWhole = prefix.isEmpty
    guard !isWhole else {
      configuration = source.model
      self.variables = variables
      return
    }
    let names = prefix.split(separator: "/").map(String.init)
    var models: [String] = []
    var found: JSONValue?
    for (path, model) in NestedModels.all(in: source.model) {
      models.append(path.joined(separator: "/"))
      if path == names { found = model }
    }
    guard let found else { throw NoSuchModel(prefix: prefix, models: models) }
    configuration = found
    self.variables = variables.map { variable in
      RecordedVariable(
        path: variable.path.split(separator: "/").dropFirst(names.count).joined(separator: "/"),
        containerPath: variable.containerPath, role: variable.role, slot: variable.slot,
        dtype: variable.dtype, shape: variable.shape)
    }
  }

  var hasState: Bool { variables.contains { $0.role == .optimizer } }
}

/// The models within a model's configuration.
private enum NestedModels {
  /// Each with the names of the models round it and its own.
  static func all(in model: JSONValue) -> [(path: [String], model: JSONValue)] {
    layers(of: model).flatMap { layer -> [(path: [String], model: JSONValue)] in
      let name = layer["config"]?["name"]?.string ?? layer["name"]?.string
      guard let name, !layers(of: layer).isEmpty, case .object(var members) = layer else {
        return []
      }
      // How the model round it calls it is not part of it.
      members["inbound_nodes"] = nil
      members["name"] = nil
      return [([name], .object(members))]
        + all(in: layer).map { (path: [name] + $0.path, model: $0.model) }
    }
  }

  private static func layers(of model: JSONValue) -> [JSONValue] {
    model["config"]?.array ?? model["config"]?["layers"]?.array ?? []
  }
}
