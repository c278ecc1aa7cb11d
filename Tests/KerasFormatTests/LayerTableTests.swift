import KerasFormat
import Tensors
import Testing

/// The table of layers, from the configuration alone.
@Suite struct LayerTableTests {
  private func table(_ fixture: String) throws -> LayerTable {
    let config = try #require(Fixture(name: fixture).snapshot().architecture?.config)
    return try LayerTable(config: config)
  }

  @Test func nestedModelsAreFollowedByTheirLayers() throws {
    for tag in ["k2", "k3"] {
      let rows = try table("\(tag)-nested").rows.filter { $0.className != "InputLayer" }
      #expect(
        rows.map(\.name) == [
          "encoder", "encoder/inner_dense", "encoder/inner_bn", "encoder/tail", "encoder/tail/s1",
          "encoder/tail/s2", "shared", "add",
        ])
      #expect(rows.map(\.depth) == [0, 1, 1, 1, 2, 2, 0, 0])
      #expect(rows[4].variablePrefix == "encoder/tail/s1/")
      #expect(rows[0].outputShape == "(None, 3)")
      #expect(rows[3].className == "Sequential")
    }
  }

  @Test(arguments: Fixture.wholeModels)
  func everyWeightBelongsToARow(_ fixture: Fixture) throws {
    let snapshot = try fixture.snapshot()
    let table = try table(fixture.name)
    for path in snapshot.paths(of: .weight) {
      #expect(table.rows.contains { $0.variablePrefix.map(path.hasPrefix) == true })
    }
  }

  /// The shapes are those of `summary()`; what they miss takes more than the configuration.
  @Test func shapesAreToldWhereTheConfigurationTellsThem() throws {
    let recurrent: [String: String] = [
      "tokens": "(None, 5)", "embed": "(None, 5, 3)", "bi": "(None, 5, 4)", "td": "(None, 5, 3)",
      "lstm_1": "(None, 5, 3)", "gru": "(None, 3)", "y": "(None, 2)",
    ]
    for row in try table("k3-recurrent").rows {
      guard let shape = recurrent[row.name] else { continue }
      #expect(row.outputShape == shape)
    }
    let two = try table("k2-recurrent").rows
    let first = ["tokens", "embed", "bi", "td"].map { recurrent[$0] }
    #expect(two.prefix(4).map(\.outputShape) == first)
    #expect(two.first { $0.className == "MultiHeadAttention" }?.outputShape == nil)
    let mlp = try table("k2-mlp").rows
    #expect(mlp.map(\.outputShape) == ["(None, 4)", "(None, 3)", "(None, 3)", "(None, 2)"])
  }

  @Test func frozenLayersAreToldApart() throws {
    let frozen = try table("k3-convnet").rows.filter { !$0.trainable }
    #expect(frozen.map(\.name) == ["frozen_bn", "frozen"])
  }

  @Test func theListsOfOldAreRead() throws {
    let table = try LayerTable(
      config: """
        {"class_name":"Sequential","config":[
          {"class_name":"Dense","config":{"name":"dense_1","output_dim":8,"trainable":false,
            "batch_input_shape":[null,4]}},
          {"class_name":"Sequential","config":[
            {"class_name":"Reshape","config":{"name":"reshape_1","target_shape":[2,-1]}},
            {"class_name":"Flatten","config":{"name":"flatten_1"}}]},
          {"class_name":"Mystery","config":{"name":"m"}},
          {"class_name":"Dense","config":{"name":"dense_2","output_dim":8}}]}
        """)
    #expect(table.className == "Sequential")
    #expect(table.name == nil)
    #expect(
      table.rows.map(\.name) == [
        "dense_1", "sequential", "reshape_1", "flatten_1", "m", "dense_2",
      ])
    #expect(
      table.rows.map(\.outputShape) == [
        "(None, 8)", "(None, 8)", "(None, 2, 4)", "(None, 8)", nil, nil,
      ])
    #expect(table.rows.map(\.trainable) == [false, true, true, true, true, true])
    #expect(table.rows.map(\.depth) == [0, 0, 1, 1, 0, 0])
    #expect(table.rows[1].variablePrefix == nil)
  }

  @Test(arguments: ["{", "[]", #"{"config":{}}"#])
  func whatIsNoModelIsAnError(_ config: String) {
    #expect(throws: KerasFormatError.self) { try LayerTable(config: config) }
  }
}
