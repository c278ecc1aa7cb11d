import HDF5Format
import KerasFormat
import Tensors
import Testing

/// The rule for paths at its edges. That it agrees with Keras, `KerasFilesTests` shows.
@Suite struct PathTests {
  private func paths(
    _ layers: KeyValuePairs<String, [String]>, config: String? = nil
  ) throws -> [String] {
    var weights = HDF5Group(attributes: ["layer_names": .strings(layers.map(\.key))])
    for (layer, names) in layers {
      var group = Trees.listing([:])
      for name in names {
        let one = Trees.listing([name: Trees.tensor(1)])
        group.merge(one)
      }
      group.attributes["weight_names"] = .strings(names)
      weights.add(group, at: layer.split(separator: "/").map(String.init))
    }
    let tree = Trees.model(version: "2.2.4-tf", config: config, weights: weights)
    return try KerasHDF5.reading(of: tree).snapshot.variables.map(\.path)
  }

  @Test func namesThatTensorFlow1MadeUniqueLoseTheirNumber() throws {
    #expect(
      try paths([
        "dense_3": ["dense_3_1/kernel:0", "dense_3_1/bias:0"], "dense_1": ["dense_1/kernel_1:0"],
      ]) == ["dense_3/kernel", "dense_3/bias", "dense_1/kernel"])
  }

  @Test func weightsThatWouldShareAPathAllKeepTheirNames() throws {
    #expect(
      try paths(["a": ["a/kernel:0", "a/kernel_1:0", "a/bias:0"]])
        == ["a/kernel", "a/kernel_1", "a/bias"])
    #expect(
      try paths(["a": ["x/a/kernel:0", "a/kernel:0"]]) == ["a/x/a/kernel", "a/a/kernel"])
    #expect(
      try paths(["a": ["a/kernel:0", "a/kernel:1"]])
        == ["model_weights/a/a/kernel:0", "model_weights/a/a/kernel:1"])
  }

  @Test func aLayersNameMayHaveSlashes() throws {
    let config = """
      {"class_name":"Functional","config":{"name":"m","layers":[
        {"class_name":"DepthwiseConv2D","config":{"name":"block/dw"}},
        {"class_name":"Sequential","config":{"name":"tail","layers":[
          {"class_name":"Dense","config":{"name":"out/1"}}]}}]}}
      """
    let layers: KeyValuePairs = [
      "block/dw": ["block/dw/depthwise_kernel:0"], "tail": ["out/1/kernel:0"],
    ]
    let expected = ["block/dw/depthwise_kernel", "tail/out/1/kernel"]
    #expect(try paths(layers, config: config) == expected)
    #expect(try paths(layers) == expected)
  }

  @Test func aDatasetThatTwoGroupsListIsOneVariable() throws {
    var root = Trees.layers(["a": Trees.listing(["b/x:0": Trees.tensor(1)])])
    root.attributes["layer_names"] = .strings(["a", "a/b"])
    root.groups["a"]?.groups["b"]?.attributes["weight_names"] = .strings(["x:0"])
    #expect(try KerasHDF5.reading(of: root).snapshot.variables.map(\.path) == ["a/b/x"])
  }

  @Test func aPathIsNeverThatOfAnotherDataset() throws {
    var weights = Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(1)])])
    weights.groups["a"]?.datasets["kernel"] = Trees.tensor(2)
    let snapshot = try KerasHDF5.reading(of: weights).snapshot
    #expect(snapshot.variables.map(\.path) == ["a/a/kernel", "a/kernel"])
  }

  @Test func aRecurrentLayerOfOldHasItsCellInThePathWhereTheClassIsKnown() throws {
    let config = """
      {"class_name":"Sequential","config":{"name":"s","layers":[
        {"class_name":"LSTM","config":{"name":"lstm"}},
        {"class_name":"Bidirectional","config":{"name":"bi",
          "layer":{"class_name":"GRU","config":{"name":"gru"}}}}]}}
      """
    let layers: KeyValuePairs = [
      "lstm": ["lstm/kernel:0"], "bi": ["bi/forward_gru/bias:0"],
    ]
    #expect(
      try paths(layers, config: config)
        == ["lstm/lstm_cell/kernel", "bi/forward_gru/gru_cell/bias"])
    #expect(try paths(layers) == ["lstm/kernel", "bi/forward_gru/bias"])
  }

  @Test func layersOfAModelWithoutANameAreFoundWhereverTheyAre() throws {
    let config = """
      {"class_name":"Sequential","config":[{"class_name":"Sequential","config":[
        {"class_name":"Dense","config":{"name":"dense_1"}}]}]}
      """
    #expect(
      try paths(["sequential_1": ["dense_1/kernel:0"]], config: config) == ["dense_1/kernel"])
    #expect(try paths(["dense_1": ["dense_1/kernel:0"]], config: config) == ["dense_1/kernel"])
  }

  @Test func aLayerNamedLikeTheOptimizerCannotTakeItsPaths() throws {
    let root = Trees.model(
      version: "2.11.0",
      weights: Trees.layers(["optimizer": Trees.listing(["optimizer/iteration:0": Trees.tensor(1)])]
      ),
      optimizer: Trees.listing(["iteration:0": Trees.tensor()]))
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(
      snapshot.variables.map(\.path) == ["optimizer/iteration", "optimizer_weights/iteration:0"])
  }

  @Test func aSlotOfAnotherShapeIsNotTied() throws {
    let root = Trees.model(
      version: "2.11.0",
      weights: Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(2)])]),
      optimizer: Trees.listing([
        "Adam/m/a/kernel:0": Trees.tensor(3), "Adam/v/b/kernel:0": Trees.tensor(2),
      ]))
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.variables.allSatisfy { $0.slot == nil })
    #expect(
      snapshot.findings.map(\.detail) == [
        "2 of 2 arrays: no weight has the name in theirs; the weight of that name has another shape"
      ])
  }

  @Test func adafactorsSumsAreTiedToTheirWeight() throws {
    let root = Trees.model(
      version: "2.11.0",
      weights: Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(4, 3, 2)])]),
      optimizer: Trees.listing([
        "Adafactor/r/a/kernel:0": Trees.tensor(4, 3), "Adafactor/c/a/kernel:0": Trees.tensor(4, 2),
        "Adafactor/v/a/kernel:0": Trees.tensor(4, 3, 2),
      ]))
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.variables.compactMap(\.slot).map(\.name) == ["r", "c", "v"])
    #expect(snapshot.findings.isEmpty)
  }

  @Test func aSlotThatTwoArraysClaimIsNeithers() throws {
    let root = Trees.model(
      version: "2.4.0",
      weights: Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(2)])]),
      optimizer: Trees.listing([
        "Adam/a/kernel/m:0": Trees.tensor(2), "training/Adam/a/kernel/m:0": Trees.tensor(2),
        "Adam/a/kernel/v:0": Trees.tensor(2),
      ]))
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.variables.compactMap(\.slot).map(\.name) == ["v"])
  }

  @Test func aSlotBelongsToTheTrainedOneOfTwoWeightsOfOneName() throws {
    let config = """
      {"class_name":"Functional","config":{"name":"m","layers":[
        {"class_name":"Sequential","config":{"name":"old","trainable":false,"layers":[
          {"class_name":"Dense","config":{"name":"d"}}]}},
        {"class_name":"Sequential","config":{"name":"new","layers":[
          {"class_name":"Dense","config":{"name":"d"}}]}}]}}
      """
    let root = Trees.model(
      version: "2.8.0", config: config,
      weights: Trees.layers([
        "old": Trees.listing(["d/kernel:0": Trees.tensor(2)]),
        "new": Trees.listing(["d/kernel:0": Trees.tensor(2)]),
      ]), optimizer: Trees.listing(["Adam/d/kernel/m:0": Trees.tensor(2)]))
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.variables.compactMap(\.slot).map(\.weightPath) == ["new/d/kernel"])
  }

  @Test func theModelsOwnWeightsHaveAGroupThatNoListNames() throws {
    var root = Trees.layers(["a": Trees.listing(["a/kernel:0": Trees.tensor(1)])])
    root.groups["top_level_model_weights"] = Trees.listing(["scale:0": Trees.tensor(1)])
    let snapshot = try KerasHDF5.reading(of: root).snapshot
    #expect(snapshot.paths(of: .weight) == ["a/kernel", "top_level_model_weights/scale"])
  }
}
