import KerasFormat
import StrictJSON
import Tensors
import Testing

/// Each layer's weights are found under the names that its class has for them.
@Suite struct LayerWeightsTests {
  /// The weights' canonical paths, by the names of what holds them.
  private func weights(_ name: String) throws -> [String: String] {
    let fixture = ContainerFixture(name: name)
    let model = try fixture.model(try fixture.legacy())
    let tree = try TrackedModel.weights(of: model, as: fixture.generation.dialect)
    var found: [String: String] = [:]
    func collect(_ tree: LayerWeights, _ prefix: String) {
      for (name, ordinal) in tree.own { found[prefix + name] = model.variables[ordinal].path }
      for (name, part) in tree.parts { collect(part, prefix + name + ".") }
    }
    collect(tree, "")
    return found
  }

  @Test func layersOfModelsHaveTheirNames() throws {
    let weights = try weights("k2-model_nested")
    #expect(weights["encoder.tail.s1.kernel"] == "encoder/tail/s1/kernel")
    #expect(weights["encoder.inner_bn.moving_mean"] == "encoder/inner_bn/moving_mean")
    #expect(weights["shared.bias"] == "shared/bias")
    #expect(weights.count == 12)
  }

  @Test(arguments: ["k2-model_recurrent", "k3-model_recurrent"])
  func partsHaveTheNamesOfAttributes(_ name: String) throws {
    let weights = try weights(name)
    #expect(weights["embed.embeddings"] == "embed/embeddings")
    #expect(weights["gru.cell.recurrent_kernel"] == "gru/gru_cell/recurrent_kernel")
    #expect(weights["bi.backward_layer.cell.bias"] == "bi/backward_lstm/lstm_cell/bias")
    #expect(weights["mha.query_dense.kernel"] == "mha/query/kernel")
    #expect(weights["mha.output_dense.bias"] == "mha/attention_output/bias")
    #expect(weights["td.layer.kernel"] == "td/kernel")
    #expect(Set(weights.values).count == 25)
  }

  @Test func modelsInWrappersAreParts() throws {
    let weights = try weights("k2-model_td_functional")
    #expect(weights["td.layer.bn.gamma"] == "td/inner/bn/gamma")
    #expect(weights["td.layer.s1.kernel"] == "td/inner/s1/kernel")
  }

  @Test func cellsAreNumbered() throws {
    let weights = try weights("k3-layer_rnn_stacked")
    for (number, cell) in ["a", "b", "c"].enumerated() {
      #expect(
        weights["x.cell.cells/\(number).kernel"] == "x/stacked_rnn_cells/\(cell)/kernel")
    }
  }

  /// As Keras 2 calls them, where Keras 3 does otherwise.
  @Test func namesAreThoseOfKeras2() throws {
    #expect(try weights("k3-layer_depthwise2d").keys.sorted() == ["x.depthwise_kernel"])
    #expect(
      try weights("k3-layer_spectral").keys.sorted()
        == ["x.layer.bias", "x.layer.kernel", "x.sn_u"])
  }

  @Test func layersOfOneModelNeedNamesOfTheirOwn() throws {
    func dense(_ name: JSONValue) -> JSONValue {
      ["class_name": "Dense", "config": ["name": name, "use_bias": false]]
    }
    func model(_ layers: JSONValue...) throws -> ModelToWrite {
      ModelToWrite(
        configuration: [
          "class_name": "Sequential", "config": ["name": "net", "layers": .array(layers)],
        ], dialect: .keras2, training: nil,
        variables: ["a/kernel", "dense/kernel"].map {
          RecordedVariable(
            path: $0, containerPath: $0, role: .weight, slot: nil, dtype: .float32, shape: .scalar)
        }, source: .kerasHDF5)
    }
    #expect(throws: ExportError.unnamedLayer(className: "Dense")) {
      try TrackedModel.weights(of: model(dense("a"), dense(.null)), as: .keras2)
    }
    let tree = try TrackedModel.weights(of: model(dense("a"), dense("dense")), as: .keras2)
    #expect(tree.parts["dense"]?.own == ["kernel": 1])
  }
}
