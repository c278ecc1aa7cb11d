import HDF5Format
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// A variable has one path, whichever Keras names it: that of Keras 2, as tf_keras 2.21 prints
/// `model.weights` of the same layers.
@Suite struct SameVariableTests {
  private func paths(_ name: String) throws -> [Set<String>] {
    let fixture = ContainerFixture(name: name)
    return try [fixture.archive(), fixture.legacy()].map { snapshot in
      Set(snapshot.variables.filter { $0.role == .weight }.map(\.path))
    }
  }

  @Test func theBackwardLayerThatWasGiven() throws {
    for paths in try paths("k3-layer_bi_two") {
      #expect(paths.contains("x/backward_b/gru_cell/kernel"))
      #expect(paths.contains("x/forward_f/lstm_cell/kernel"))
    }
  }

  @Test func theVectorOfASpectralNormalization() throws {
    for paths in try paths("k3-layer_spectral") {
      #expect(paths.contains("x/sn_u"))
      #expect(!paths.contains("x/vector_u"))
    }
  }

  /// Configurations of Keras 3 have the names that the two layers have already.
  @Test func directionsAreNotNamedTwice() throws {
    let fixture = ContainerFixture(name: "k3-model_recurrent")
    let model = try fixture.model(fixture.archive())
    let written = try KerasHDF5.blueprint(of: model, for: .keras2, isWeightsOnly: true).blueprint
    let names = written.datasets.map(\.tensor.name).filter { $0.hasPrefix("bi/") }
    #expect(names.contains("bi/bi/forward_lstm/lstm_cell/kernel:0"))
    #expect(names.contains("bi/bi/backward_lstm/lstm_cell/kernel:0"))
    #expect(names.count == 6)
  }
}
