public import HDF5Format
import StrictJSON
public import Tensors

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
  ///   - parent: tells of the optimizer when the archive does not. Keras 3 leaves it out of an
  ///     archive when the same model was saved to HDF5 before.
  /// - Throws: `KerasFormatError.malformed` when a text is no JSON, no model or not Keras', or a
  ///   tensor is impossible.
  public static func reading(
    config: [UInt8], metadata: [UInt8]?, weights: [HDF5Group], parent: KnownModel? = nil
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
    let settings = compiled.flatMap { OptimizerSettings(in: $0) }
    let numbered = NumberedModel(
      inventory: inventory, model: model, dialect: dialect,
      optimizer: settings == nil
        ? parent.map { NumberedOptimizer(of: $0) }
        : compiled.map(NumberedOptimizer.init(compiled:)))
    var reading = try WeightsLayout(inventory: inventory, format: .kerasArchive)
      .reading(of: numbered)
    reading.snapshot.producers = producers(keras: version)
    reading.snapshot.architecture = Architecture(dialect: dialect, config: text)
    // The part of the configuration has no bytes of its own: canonical spelling.
    if compiled != nil || numbered.hasOptimizer {
      reading.snapshot.training = TrainingConfiguration(
        config: compiled?.canonicalText,
        optimizer: settings?.className ?? (numbered.hasOptimizer ? parent?.optimizer : nil))
    }
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
}
