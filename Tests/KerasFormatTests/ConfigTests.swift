import HDF5Format
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// What a configuration tells: of the model, and of code that it would run.
@Suite struct ConfigTests {
  private func snapshot(
    config: String, version: String? = "2.2.4", training: String? = nil
  ) throws -> ModelSnapshot {
    let tree = Trees.model(
      version: version, config: config, training: training, weights: Trees.layers([:]))
    return try KerasHDF5.reading(of: tree).snapshot
  }

  private static func sequential(_ layers: String) -> String {
    #"{"class_name":"Sequential","config":{"name":"s","layers":[\#(layers)]}}"#
  }

  @Test func aLambdaIsFoundAtAnyDepth() throws {
    let lambda = """
      {"class_name":"Lambda","config":{"name":"twice","function_type":"lambda","function":["4w",
      null,null]}}
      """
    let inner = """
      {"class_name":"Model","config":{"name":"inner","layers":[\(lambda)]}}
      """
    let wrapped = """
      {"class_name":"TimeDistributed","config":{"name":"td","layer":{"class_name":"Lambda",
      "config":{"name":"f","function_type":"function","function":"f"}}}}
      """
    let snapshot = try snapshot(config: Self.sequential("\(inner),\(wrapped)"))
    #expect(
      snapshot.findings == [
        Finding(kind: .lambda, location: "inner/twice", detail: "Lambda layer, Python bytecode"),
        Finding(kind: .lambda, location: "td/f", detail: "Lambda layer, calls the function f"),
      ])
  }

  @Test func keras3sSerialisedLambdasAreFoundOutsideLambdaLayersToo() throws {
    let layer = """
      {"module":"keras.layers","class_name":"Activation","registered_name":null,"config":{
      "name":"act","activation":{"class_name":"__lambda__","config":{"value":"4w=="}}}}
      """
    #expect(
      try snapshot(config: Self.sequential(layer), version: "3.0.0").findings == [
        Finding(kind: .lambda, location: "act", detail: "activation: Python bytecode")
      ])
  }

  @Test func aLambdaLayersOwnBytecodeIsNoSecondFinding() throws {
    let layer = """
      {"class_name":"Lambda","config":{"name":"f","function":{"class_name":"__lambda__",
      "config":{"value":"4w=="}}}}
      """
    #expect(
      try snapshot(config: Self.sequential(layer), version: "3.0.0").findings == [
        Finding(kind: .lambda, location: "f", detail: "Lambda layer, Python bytecode")
      ])
  }

  @Test func aLambdaInTheTrainingIsFoundToo() throws {
    let training = """
      {"loss":{"class_name":"__lambda__","config":{"value":"4w=="}},
      "metrics":[{"class_name":"Mine","config":{}}]}
      """
    #expect(
      try snapshot(config: Self.sequential(""), training: training).findings == [
        Finding(kind: .lambda, location: "training_config", detail: "loss: Python bytecode")
      ])
  }

  @Test func keras1sMergeMayHaveALambdaAsItsMode() throws {
    let layer = """
      {"class_name":"Merge","config":{"name":"merge_1","mode_type":"lambda","mode":["4w"],
      "layers":[]}}
      """
    #expect(
      try snapshot(config: Self.sequential(layer), version: "1.2.0").findings == [
        Finding(kind: .lambda, location: "merge_1", detail: "mode: Python bytecode")
      ])
  }

  @Test(arguments: [
    (#""class_name":"MyLayer","config":{"name":"a"}"#, "the class MyLayer"),
    (#""class_name":"mine>Dense","config":{"name":"a"}"#, "the class Dense of mine"),
    (
      #""module":"app","class_name":"Dense","registered_name":"p>Dense","config":{"name":"a"}"#,
      "the class Dense of p"
    ),
    (
      #""class_name":"Dense","config":{"name":"a","bias":{"class_name":"Mine","config":{}}}"#,
      "the class Mine"
    ),
    (
      """
      "class_name":"Dense","config":{"name":"a","activation":{"module":"builtins",
      "class_name":"function","config":"f","registered_name":"function"}}
      """, "the function f"
    ),
  ])
  func codeThatKerasDoesNotShipIsFound(_ layer: String, _ detail: String) throws {
    #expect(
      try snapshot(config: Self.sequential("{" + layer + "}")).findings == [
        Finding(kind: .customClass, location: "a", detail: detail)
      ])
  }

  @Test(arguments: [
    "Dense", "Convolution2D", "MaxoutDense", "Highway", "Merge", "TFOpLambda", "SlicingOpLambda",
    "AddLoss", "TensorFlowOpLayer", "CuDNNLSTM", "Functional", "Model", "NotEqual", "GetItem",
    "RandomFlip", "TextVectorization",
  ])
  func classesOfEveryKerasAreItsOwn(_ name: String) throws {
    let layer = #"{"class_name":"\#(name)","config":{"name":"a"}}"#
    #expect(try snapshot(config: Self.sequential(layer)).findings.isEmpty)
  }

  @Test func aTrainingConfigThatCannotBeReadIsAFinding() throws {
    let snapshot = try snapshot(config: Self.sequential(""), training: "[1,")
    #expect(snapshot.training?.config == "[1,")
    #expect(snapshot.findings.map(\.kind) == [.unreadConfig])
    #expect(snapshot.findings.map(\.location) == ["training_config"])
  }

  private static let tooDeep =
    String(repeating: #"{"a":"#, count: 129) + "1" + String(repeating: "}", count: 129)

  @Test(
    arguments: [
      (#"{"class_name":"#, "it ends too early"),
      (#"{"class_name":"Model","config":{},"config":{}}"#, "the key 'config' is there twice"),
      (Self.tooDeep, "deeper than 128"),
    ] as [(String, String)])
  func aModelConfigThatParsersReadDifferentlyIsAnError(_ config: String, _ found: String) throws {
    #expect(
      throws: KerasFormatError.malformed(
        location: "/ @model_config", expected: "JSON", found: found)
    ) { try snapshot(config: config) }
  }

  @Test func aBrokenModelConfigDoesNotHideThatTheWeightsAreThere() throws {
    let weights = Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(2)])])
    let root = Trees.model(version: "2.2.4", config: "{", weights: weights)
    #expect(
      throws: KerasFormatError.malformed(
        location: "/ @model_config", expected: "JSON",
        found: "it ends too early (the file's 1 tensors can be read)")
    ) { try KerasHDF5.reading(of: root) }
  }

  @Test func aModelConfigThatIsNoTextIsAnError() {
    var root = Trees.model(version: "2.2.4", weights: Trees.layers([:]))
    root.attributes["model_config"] = .unread
    #expect(throws: KerasFormatError.self) { try KerasHDF5.reading(of: root) }
  }

  @Test(arguments: ["/etc/passwd", "http://example.com/words.txt", "words.txt"])
  func aVocabularyThatWouldBeReadFromElsewhereIsFound(_ source: String) throws {
    let layer = """
      {"class_name":"StringLookup","config":{"name":"words","vocabulary":"\(source)"}}
      """
    let inner = #"{"class_name":"Sequential","config":{"name":"inner","layers":[\#(layer)]}}"#
    #expect(
      try snapshot(config: Self.sequential(inner)).findings == [
        Finding(
          kind: .vocabularyPath, location: "inner/words",
          detail: "the vocabulary is read from \(source)")
      ])
  }

  @Test(arguments: ["null", #"["a","b"]"#])
  func aVocabularyInTheConfigIsNone(_ vocabulary: String) throws {
    let layer =
      #"{"class_name":"TextVectorization","config":{"name":"a","vocabulary":\#(vocabulary)}}"#
    #expect(try snapshot(config: Self.sequential(layer)).findings.isEmpty)
  }

  @Test(
    arguments: [
      ("builtins", "eval", "the class eval of builtins"),
      ("os", "system", "the class system of os"),
      (
        "keras.config", "enable_unsafe_deserialization",
        "the class enable_unsafe_deserialization of keras.config"
      ),
      ("keras.utils", "get_file", "the class get_file of keras.utils"),
      (
        "keras.src.utils.file_utils", "get_file", "the class get_file of keras.src.utils.file_utils"
      ),
      ("keras.layers", "TorchModuleWrapper", "the layer unpickles and runs PyTorch code"),
      ("keras.layers", "JaxLayer", "the layer runs JAX code"),
      ("keras.layers", "FlaxLayer", "the layer runs JAX code"),
      ("keras.layers", "TFSMLayer", "the layer runs the SavedModel in elsewhere"),
    ] as [(String, String, String)])
  func whatKerasRunsOrReachesOutsideTheModelIsFound(
    _ module: String, _ name: String, _ detail: String
  ) throws {
    let layer = """
      {"module":"\(module)","class_name":"\(name)","config":{"name":"a"},"registered_name":null}
      """
    #expect(
      try snapshot(config: Self.sequential(layer), version: "3.0.0").findings == [
        Finding(kind: .customClass, location: "a", detail: detail)
      ])
  }

  @Test(arguments: ["keras.config", "keras.utils", "os", "builtins"])
  func functionsOutsideWhatModelsAreMadeOfAreFound(_ module: String) throws {
    let layer = """
      {"module":"keras.layers","class_name":"Activation","config":{"name":"a","activation":{
      "module":"\(module)","class_name":"function","config":"f","registered_name":"f"}}}
      """
    #expect(
      try snapshot(config: Self.sequential(layer), version: "3.0.0").findings == [
        Finding(kind: .customClass, location: "a", detail: "the function f")
      ])
  }

  @Test(arguments: [
    "keras", "keras.layers", "keras.src.models.functional", "keras.src.ops.numpy",
    "keras.src.engine.functional", "tf_keras.src.mixed_precision.loss_scale_optimizer",
    "keras.optimizers.schedules", "tensorflow.python.keras.layers",
  ])
  func modulesThatModelsAreMadeOfAreKerasOwn(_ module: String) throws {
    let layer = #"{"module":"\#(module)","class_name":"Dense","config":{"name":"a"}}"#
    #expect(try snapshot(config: Self.sequential(layer), version: "3.0.0").findings.isEmpty)
  }

  @Test(
    arguments: [
      ("1.2.2", "{}", Dialect.keras1), ("2.2.4-tf", "{}", .keras2), ("3.0.5", "{}", .keras3),
      (nil, #"{"output_dim":3}"#, .keras1), (nil, #"{"units":3}"#, .keras2),
      (nil, #"{"batch_shape":[null,3]}"#, .keras3),
    ] as [(String?, String, Dialect)])
  func theDialectIsThatOfTheVersionOrOfTheSpelling(
    _ version: String?, _ layer: String, _ dialect: Dialect
  ) throws {
    let config = Self.sequential(#"{"class_name":"Dense","config":\#(layer)}"#)
    #expect(try snapshot(config: config, version: version).architecture?.dialect == dialect)
  }

  @Test(
    arguments: [
      (#"{"optimizer_config":{"class_name":"Custom>Adam","config":{"name":"Adam"}}}"#, "Adam"),
      (#"{"optimizer_config":{"name":"SGD","lr":0.1}}"#, "SGD"),
      (#"{"optimizer":"rmsprop"}"#, "rmsprop"),
      (#"{"loss":"mse"}"#, nil),
    ] as [(String, String?)])
  func anOptimizerGoesByItsClass(_ training: String, _ name: String?) throws {
    let snapshot = try snapshot(config: Self.sequential(""), training: training)
    #expect(snapshot.training?.optimizer == name)
  }

  @Test func slotsAreNamedForTheOptimizerInAWrapper() throws {
    let training = """
      {"optimizer_config":{"class_name":"LossScaleOptimizer","config":{"inner_optimizer":
      {"class_name":"Custom>Adam","config":{}}}}}
      """
    let root = Trees.model(
      version: "3.0.0", training: training,
      weights: Trees.layers(["a": Trees.listing(["a/kernel": Trees.tensor(2)])]),
      optimizer: Trees.listing([
        "loss_scale_optimizer/dynamic_scale": Trees.tensor(),
        "loss_scale_optimizer/adam/a_kernel_momentum": Trees.tensor(2),
      ]))
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(
      snapshot.paths(of: .optimizer) == ["optimizer/dynamic_scale", "optimizer/m/a/kernel"])
  }

  @Test func theTrainingIsToldInAFewWords() throws {
    let training = try #require(
      Fixture(name: "k2-convnet").snapshot().training?.config.map { try JSONValue(parsing: $0) })
    let optimizer = try #require(OptimizerSettings(in: training))
    #expect(optimizer.className == "SGD")
    #expect(optimizer.settings.first?.key == "learning_rate")
    #expect(optimizer.settings.first?.value.hasPrefix("0.1") == true)
    #expect(optimizer.settings.contains { $0.key == "nesterov" && $0.value == "true" })
    #expect(TrainingSummary(in: training).loss == "mse")
    #expect(TrainingSummary(in: training).metrics.isEmpty)
  }

  @Test func lossesAndMetricsAreToldByName() throws {
    let training = try JSONValue(
      parsing: """
        {"loss":{"out":"mse"},"metrics":[[{"class_name":"MeanMetricWrapper","config":
        {"name":"accuracy"}}],"mae",{"out":["auc"]}]}
        """)
    let summary = TrainingSummary(in: training)
    #expect(summary.loss == #"{"out":"mse"}"#)
    #expect(summary.metrics == ["accuracy", "mae", "auc"])
  }

  @Test(
    arguments: [
      ("2.6.0", "tensorflow", "2.6"), ("2.21.0", "tensorflow", "2.21"), ("2.5.0", nil, "2.5"),
      ("2.3.0-tf", "tensorflow", "2.2"), ("2.2.4-tf", "tensorflow", nil),
      ("2.4.0", "tensorflow", nil), ("2.3.1", "tensorflow", nil), ("2.2.4", "theano", nil),
      ("3.15.1", "tensorflow", nil), ("1.2.2", "tensorflow", nil), ("x", nil, nil),
    ] as [(String, String?, String?)])
  func aVersionOfTensorFlowIsToldOnlyWhereItIsCertain(
    _ keras: String, _ backend: String?, _ tensorflow: String?
  ) {
    #expect(tensorflowVersion(forKeras: keras, backend: backend) == tensorflow)
  }
}
