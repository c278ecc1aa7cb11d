import HDF5Format
import StrictJSON
import Tensors

/// What the attributes of a legacy HDF5 file tell of its model.
struct LegacyMetadata {
  private(set) var producers: [String: String] = [:]
  private(set) var architecture: Architecture?
  private(set) var training: TrainingConfiguration?
  private(set) var findings: [Finding] = []
  /// The layers of the configuration, when it could be read.
  private(set) var layers: LayerIndex?
  /// Whether weights are named as Keras 1 does.
  private(set) var isKeras1: Bool
  /// The orders of weights that the optimizer's numbered arrays may follow.
  let weightOrders: Set<WeightOrder>
  /// The class of the optimizer that has the slots: the one within a `LossScaleOptimizer`.
  private(set) var slotsOptimizer: String?

  /// - Parameters:
  ///   - root: the file's tree.
  ///   - intact: how many tensors of the file can be read, for messages.
  init(root: HDF5Group, intact: Int) throws(KerasFormatError) {
    let places = [root, root.groups["model_weights"]].compactMap { $0 }
    func text(in attribute: String) -> String? {
      places.lazy.compactMap { $0.text(in: attribute) }.first
    }
    producers["keras"] = text(in: "keras_version")
    producers["backend"] = text(in: "backend")
    if let keras = producers["keras"],
      let tensorFlow = tensorflowVersion(forKeras: keras, backend: producers["backend"])
    {
      producers["tensorflow"] = tensorFlow
      producers["tensorflow.source"] = "inferred"
    }
    let version = producers["keras"].flatMap(KerasVersion.init)
    // Files of weights alone have no version before Keras 2.
    isKeras1 = (version?.major ?? 1) < 2
    weightOrders = WeightOrder.possible(for: version)
    try readModelConfig(of: root, version: version, intact: intact)
    readTrainingConfig(of: root)
  }

  private mutating func readModelConfig(
    of root: HDF5Group, version: KerasVersion?, intact: Int
  ) throws(KerasFormatError) {
    let attribute = "model_config"
    guard root.attributes[attribute] != nil else { return }
    let location = "/ @" + attribute
    guard let text = root.text(in: attribute) else {
      throw .malformed(
        location: location, expected: "a string of JSON",
        found: ConfigText.withWeights("something else", intact: intact))
    }
    let json = try ConfigText.parse(Array(text.utf8), at: location, intact: intact)
    guard let model = LayerNode(json) else { return addUnread(attribute, "no class_name in it") }
    let dialect = Dialect(of: json, version: version)
    architecture = Architecture(dialect: dialect, config: text)
    isKeras1 = dialect == .keras1
    layers = LayerIndex(below: model)
    findings += ConfigFindings(of: json).findings
  }

  private mutating func readTrainingConfig(of root: HDF5Group) {
    let attribute = "training_config"
    if root.attributes[attribute] == nil {
      if root.groups["optimizer_weights"] != nil {
        training = TrainingConfiguration(config: nil, optimizer: nil)
      }
      return
    }
    guard let text = root.text(in: attribute) else { return addUnread(attribute, "no string") }
    do throws(JSONError) {
      let json = try JSONValue(parsing: text, depthLimit: ConfigText.depthLimit)
      let settings = OptimizerSettings(in: json)
      training = TrainingConfiguration(config: text, optimizer: settings?.className)
      slotsOptimizer = settings?.innermost.className
      findings += ConfigFindings(of: json, named: attribute).findings.filter { $0.kind == .lambda }
    } catch {
      training = TrainingConfiguration(config: text, optimizer: nil)
      addUnread(attribute, "no JSON: \(error)")
    }
  }

  private mutating func addUnread(_ attribute: String, _ detail: String) {
    findings.append(Finding(kind: .unreadConfig, location: attribute, detail: detail))
  }
}
