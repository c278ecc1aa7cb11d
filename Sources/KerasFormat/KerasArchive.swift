public import HDF5Format
import StrictJSON
import Tensors

// Writer: keras/src/saving/saving_lib.py in https://github.com/keras-team/keras.
//
//   metadata.json      {"keras_version": …, "date_saved": …}
//   config.json        the model, with "build_config" and "compile_config"
//   model.weights.h5   all variables; or model.weights.json and shards
//   assets/…           vocabularies of layers that have some

/// Keras' archive of a whole model: `model.save("x.keras")`.
public enum KerasArchive {
  /// Finds every tensor and what it is for. Paths are those of ``KerasHDF5/reading(of:parent:)``.
  ///
  /// - Parameters:
  ///   - config: the bytes of `config.json`.
  ///   - metadata: the bytes of `metadata.json`, when the archive has it.
  ///   - weights: the trees of the weights' files: one, or all shards.
  /// - Throws: `KerasFormatError.malformed` when a text is no JSON, no model or not Keras', or a
  ///   tensor is impossible.
  public static func reading(
    config: [UInt8], metadata: [UInt8]?, weights: [HDF5Group]
  ) throws(KerasFormatError) -> KerasHDF5Reading {
    let inventory = try Inventory(of: weights)
    let intact = inventory.paths.count
    let json = try ConfigText.parse(config, at: configName, intact: intact)
    guard let model = LayerNode(json), let text = String(validating: config, as: UTF8.self) else {
      throw .malformed(
        location: configName, expected: "a model",
        found: ConfigText.withWeights("no class_name", intact: intact))
    }
    let version = try metadata.flatMap { bytes throws(KerasFormatError) in
      try ConfigText.parse(bytes, at: "metadata.json", intact: intact)["keras_version"]?.string
    }
    let dialect = Dialect(of: json, version: version.flatMap(KerasVersion.init))
    let compiled = json["compile_config"].flatMap { $0.isNull ? nil : $0 }
    let numbered = NumberedModel(
      inventory: inventory, model: model, dialect: dialect,
      optimizer: compiled.map(NumberedOptimizer.init(compiled:)))
    var reading = try WeightsLayout(inventory: inventory, format: .kerasArchive)
      .reading(of: numbered)
    reading.snapshot.producers = producers(keras: version)
    reading.snapshot.architecture = Architecture(dialect: dialect, config: text)
    reading.snapshot.training = training(compiled, hasState: numbered.hasOptimizer)
    reading.snapshot.findings = ConfigFindings(of: json).findings + reading.snapshot.findings
    return reading
  }

  private static let configName = "config.json"

  private static func producers(keras: String?) -> [String: String] {
    guard let keras else { return [:] }
    var producers = ["keras": keras]
    if let tensorFlow = tensorflowVersion(forKeras: keras, backend: nil) {
      producers["tensorflow"] = tensorFlow
      producers["tensorflow.source"] = "inferred"
    }
    return producers
  }

  /// The part of the configuration, which has no bytes of its own, in canonical spelling.
  private static func training(_ compiled: JSONValue?, hasState: Bool) -> TrainingConfiguration? {
    guard let compiled else {
      return hasState ? TrainingConfiguration(config: nil, optimizer: nil) : nil
    }
    return TrainingConfiguration(
      config: compiled.canonicalText, optimizer: OptimizerSettings(in: compiled)?.className)
  }
}
