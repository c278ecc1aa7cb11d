import StrictJSON
public import Tensors

extension Translation {
  /// Says a model and how it was compiled in the words of one generation of Keras, in the form that
  /// a container has. What cannot be said is a note of kind `impossible`.
  ///
  /// Names of layers stay, but for those that Keras 3 refuses: `renamedLayers`. A model that does
  /// not list its layers, and classes that Keras does not ship, pass through.
  ///
  /// - Throws: only when `source.model` is no model: it has no class or no configuration.
  public init(
    of source: KerasConfiguration, to target: KerasGeneration, in container: ConfigContainer
  ) throws(DialectError) {
    let model =
      source.dialect == .keras3 && target == .keras3
      ? source.model : source.model.withPlainLists
    guard model["class_name"]?.string != nil else { throw .noModel(missing: "class_name") }
    guard let config = model["config"] else { throw .noModel(missing: "config") }
    guard config.object != nil || config.array != nil else { throw .noModel(missing: "config") }
    var translator = ModelTranslator(from: source.dialect, to: target, in: container)
    var translated = translator.part(
      model, named: config["name"]?.string ?? "sequential", at: "")
    let training = source.training.map { translator.training($0, of: translated) }?.unlessNull
    if container == .archive, case .object(var object) = translated {
      object["compile_config"] = training
      translated = .object(object)
    }
    self.init(
      configuration: KerasConfiguration(
        model: translated, training: training,
        dialect: target == .keras2 ? .keras2 : .keras3),
      notes: translator.notes, renamedLayers: translator.renaming.locations)
  }
}

extension Translation {
  /// Says only how a model was compiled in the words of one generation; the model stays as it is.
  public init(
    ofTraining source: KerasConfiguration, to target: KerasGeneration,
    in container: ConfigContainer
  ) {
    var translator = ModelTranslator(from: source.dialect, to: target, in: container)
    let training = source.training.map { translator.training($0) }?.unlessNull
    self.init(
      configuration: KerasConfiguration(
        model: source.model, training: training, dialect: source.dialect),
      notes: translator.notes)
  }
}

extension JSONValue {
  /// What is not compiled has `null`.
  fileprivate var unlessNull: JSONValue? { isNull ? nil : self }
}
