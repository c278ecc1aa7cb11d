import HDF5Format
import KerasFormat
import Tensors
import Testing

/// Files of Keras 1 and 2.0 to 2.3, whose optimizers only number their arrays. The trees follow
/// `save_model` and `Optimizer.weights` of the tags 1.2.2, 2.0.5, 2.2.4 and 2.3.1 of
/// github.com/keras-team/keras.
@Suite struct OldKerasTests {
  private static let twoLayers = Trees.layers([
    "dense_1": Trees.listing([
      "dense_1/kernel:0": Trees.tensor(4, 3), "dense_1/bias:0": Trees.tensor(3),
    ]),
    "dense_2": Trees.listing([
      "dense_2/kernel:0": Trees.tensor(3, 2), "dense_2/bias:0": Trees.tensor(2),
    ]),
  ])

  private static func training(_ optimizer: String) -> String {
    #"{"optimizer_config":{"class_name":"\#(optimizer)","config":{"lr":0.1}},"loss":"mse"}"#
  }

  private static func numbered(_ shapes: [[Int]], scalars: [String]) -> HDF5Group {
    var datasets: [String: HDF5Dataset] = [:]
    var names = scalars
    for name in scalars { datasets[name] = Trees.tensor() }
    for (index, shape) in shapes.enumerated() {
      let name = index == 0 ? "Variable:0" : "Variable_\(index):0"
      names.append(name)
      datasets[name] = HDF5Dataset(
        elements: .numbers(.float32), shape: Shape(shape) ?? .scalar, storage: .encoded)
    }
    return HDF5Group(attributes: ["weight_names": .strings(names)], datasets: datasets)
  }

  private func snapshot(
    version: String?, optimizer: String, shapes: [[Int]], scalars: [String] = ["iterations:0"],
    weights: HDF5Group = twoLayers, config: String? = nil
  ) throws -> ModelSnapshot {
    let tree = Trees.model(
      version: version, config: config, training: Self.training(optimizer), weights: weights,
      optimizer: Self.numbered(shapes, scalars: scalars))
    return try KerasHDF5.reading(of: tree).snapshot
  }

  private static let inModelOrder = [[4, 3], [3], [3, 2], [2]]
  private static let inNameOrder = [[3], [4, 3], [2], [3, 2]]

  @Test func numberedArraysFollowTheModelsOrder() throws {
    let vhats = [[Int]](repeating: [1], count: 4)
    let snapshot = try snapshot(
      version: "2.2.4", optimizer: "Adam",
      shapes: Self.inModelOrder + Self.inModelOrder + vhats)
    let expected = ["m", "v", "vhat"].flatMap { slot in
      ["dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"].map {
        "optimizer/\(slot)/\($0)"
      }
    }
    #expect(snapshot.paths(of: .optimizer) == ["optimizer/iteration"] + expected)
    let last = try #require(snapshot.variables.last)
    #expect(last.slot == OptimizerSlot(name: "vhat", weightPath: "dense_2/bias"))
    #expect(snapshot.findings.isEmpty)
  }

  @Test func beforeKeras206TheyFollowTheWeightsNames() throws {
    let snapshot = try snapshot(
      version: "2.0.5", optimizer: "Adam", shapes: Self.inNameOrder + Self.inNameOrder)
    #expect(
      snapshot.paths(of: .optimizer).prefix(5) == [
        "optimizer/iteration", "optimizer/m/dense_1/bias", "optimizer/m/dense_1/kernel",
        "optimizer/m/dense_2/bias", "optimizer/m/dense_2/kernel",
      ])
  }

  @Test(arguments: ["2.0.5", "2.0.6"])
  func theOtherOrderTiesNothing(_ version: String) throws {
    let shapes = version == "2.0.5" ? Self.inModelOrder : Self.inNameOrder
    let snapshot = try snapshot(version: version, optimizer: "SGD", shapes: shapes)
    #expect(snapshot.variables.allSatisfy { $0.slot == nil })
    #expect(snapshot.findings.map(\.kind) == [.untiedOptimizer])
    #expect(snapshot.findings.first?.detail.hasPrefix("4 of 5 arrays: ") == true)
    #expect(snapshot.paths(of: .optimizer).last == "optimizer_weights/Variable_3:0")
  }

  @Test(arguments: [
    ("RMSprop", ["velocity"], [String]()), ("Adagrad", ["accumulator"], []),
    ("Adadelta", ["accumulator", "delta_accumulator"], []), ("SGD", ["momentum"], ["iterations:0"]),
    ("Adamax", ["m", "u"], ["iterations:0"]),
    ("Nadam", ["m", "v"], ["iterations:0", "m_schedule:0"]),
  ])
  func eachOptimizerHasItsSlots(
    _ optimizer: String, _ slots: [String], _ scalars: [String]
  ) throws {
    let shapes = slots.flatMap { _ in Self.inModelOrder }
    let snapshot = try snapshot(
      version: "2.2.4", optimizer: optimizer, shapes: shapes, scalars: scalars)
    let found = snapshot.variables.compactMap(\.slot)
    #expect(found.map(\.name) == slots.flatMap { [$0, $0, $0, $0] })
    #expect(snapshot.findings.isEmpty)
    let numbers = ["optimizer/iteration", "optimizer/m_schedule"].prefix(scalars.count)
    #expect(snapshot.paths(of: .optimizer).prefix(scalars.count) == numbers)
  }

  @Test func anOrderThatIsNotKnownTiesOnlyWhatBothOrdersTie() throws {
    let ambiguous = Trees.layers([
      "b": Trees.listing(["b/kernel:0": Trees.tensor(2, 2)]),
      "a": Trees.listing(["a/kernel:0": Trees.tensor(2, 2)]),
    ])
    let either = try snapshot(
      version: nil, optimizer: "SGD", shapes: [[2, 2], [2, 2]], weights: ambiguous)
    #expect(either.variables.allSatisfy { $0.slot == nil })
    let clear = try snapshot(version: nil, optimizer: "SGD", shapes: Self.inNameOrder)
    #expect(clear.variables.compactMap(\.slot).count == 4)
  }

  @Test func namesThatTheOrderWasNotMadeByTieNothing() throws {
    let weights = Trees.layers([
      "dense_1": Trees.listing(["param_0": Trees.tensor(4, 3), "param_1": Trees.tensor(3)])
    ])
    let snapshot = try snapshot(
      version: "2.0.5", optimizer: "SGD", shapes: [[4, 3], [3]], weights: weights)
    #expect(snapshot.variables.allSatisfy { $0.slot == nil })
  }

  @Test func frozenLayersAndMovingAveragesHaveNoSlots() throws {
    let config = """
      {"class_name":"Sequential","config":[
        {"class_name":"Dense","config":{"name":"dense_1","units":3,"trainable":false}},
        {"class_name":"BatchNormalization","config":{"name":"bn"}}]}
      """
    let weights = Trees.layers([
      "dense_1": Trees.listing(["dense_1/kernel:0": Trees.tensor(4, 3)]),
      "bn": Trees.listing([
        "bn/gamma:0": Trees.tensor(3), "bn/beta:0": Trees.tensor(3),
        "bn/moving_mean:0": Trees.tensor(3), "bn/moving_variance:0": Trees.tensor(3),
      ]),
    ])
    let snapshot = try snapshot(
      version: "2.1.2", optimizer: "SGD", shapes: [[3], [3]], weights: weights, config: config)
    #expect(
      snapshot.variables.compactMap(\.slot).map(\.weightPath) == ["bn/gamma", "bn/beta"])
  }

  @Test func whatIsWithinSomethingFrozenHasNoSlots() throws {
    let config = """
      {"class_name":"Model","config":{"name":"m","layers":[
        {"class_name":"Model","config":{"name":"inner","trainable":false,"layers":[
          {"class_name":"Dense","config":{"name":"d"}}]}},
        {"class_name":"TimeDistributed","config":{"name":"td","layer":{"class_name":"Dense",
          "config":{"name":"e","trainable":false}}}},
        {"class_name":"Dense","config":{"name":"out"}}]}}
      """
    let weights = Trees.layers([
      "inner": Trees.listing(["d/kernel:0": Trees.tensor(2, 2)]),
      "td": Trees.listing(["td/kernel:0": Trees.tensor(2, 2)]),
      "out": Trees.listing(["out/kernel:0": Trees.tensor(2, 2)]),
    ])
    let snapshot = try snapshot(
      version: "2.2.4", optimizer: "SGD", shapes: [[2, 2]], weights: weights, config: config)
    #expect(snapshot.variables.compactMap(\.slot).map(\.weightPath) == ["out/kernel"])
  }

  @Test func anOptimizerOfUnknownOrderTiesNothing() throws {
    let snapshot = try snapshot(
      version: "2.2.4", optimizer: "MyOptimizer", shapes: Self.inModelOrder)
    #expect(snapshot.variables.allSatisfy { $0.slot == nil })
    #expect(snapshot.findings.map(\.kind) == [.untiedOptimizer])
  }

  @Test func keras1NamesBecomeThoseOfKeras2() throws {
    let root = Trees.layers([
      "convolution2d_1": Trees.listing([
        "convolution2d_1_W": Trees.tensor(3, 3, 1, 2), "convolution2d_1_b": Trees.tensor(2),
      ]),
      "batchnormalization_1": Trees.listing([
        "batchnormalization_1_gamma": Trees.tensor(2),
        "batchnormalization_1_beta": Trees.tensor(2),
        "batchnormalization_1_running_mean": Trees.tensor(2),
        "batchnormalization_1_running_std": Trees.tensor(2),
      ]),
      "maxpooling2d_1": HDF5Group(attributes: ["weight_names": .strings([])]),
      "lstm_1": Trees.listing(["lstm_1_W_i": Trees.tensor(2, 2), "lstm_1_U_i": Trees.tensor(2, 2)]),
      "dense_1": Trees.listing(["dense_1_W_1:0": Trees.tensor(2, 2), "param_1": Trees.tensor(2)]),
    ])
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.format == .kerasHDF5Weights)
    #expect(
      snapshot.variables.map(\.path) == [
        "convolution2d_1/kernel", "convolution2d_1/bias", "batchnormalization_1/gamma",
        "batchnormalization_1/beta", "batchnormalization_1/moving_mean",
        "batchnormalization_1/moving_variance", "lstm_1/W_i", "lstm_1/U_i", "dense_1/kernel",
        "dense_1/param_1",
      ])
  }

  @Test func aKeras1ModelIsOneWithoutAVersionToo() throws {
    let config = """
      {"class_name":"Sequential","config":[{"class_name":"Bidirectional","config":{
        "name":"bidirectional_1","layer":{"class_name":"GRU","config":{"name":"gru_1"}}}}]}
      """
    let weights = Trees.layers([
      "bidirectional_1": Trees.listing([
        "forward_gru_1_W_z": Trees.tensor(2, 2), "backward_gru_1_b_z": Trees.tensor(2),
      ])
    ])
    let tree = Trees.model(version: nil, config: config, weights: weights)
    let snapshot = try KerasHDF5.reading(of: tree).snapshot
    #expect(snapshot.architecture?.dialect == .keras1)
    #expect(
      snapshot.variables.map(\.path) == [
        "bidirectional_1/forward_gru_1/W_z", "bidirectional_1/backward_gru_1/b_z",
      ])
  }

  @Test func keras1NamesInANestedModelAreItsLayers() throws {
    let config = """
      {"class_name":"Model","config":{"name":"model_2","layers":[{"class_name":"Model","config":{
        "name":"model_1","layers":[{"class_name":"Embedding","config":{"name":"embedding_1"}}]}}]}}
      """
    let weights = Trees.layers(["model_1": Trees.listing(["embedding_1_W": Trees.tensor(2, 2)])])
    let tree = Trees.model(version: "1.2.2", config: config, weights: weights)
    let snapshot = try KerasHDF5.reading(of: tree).snapshot
    #expect(snapshot.variables.map(\.path) == ["model_1/embedding_1/embeddings"])
  }
}
