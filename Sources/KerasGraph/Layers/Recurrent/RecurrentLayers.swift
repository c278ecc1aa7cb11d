/// keras/src/layers/rnn of https://github.com/keras-team/keras and of
/// https://github.com/keras-team/tf-keras
enum RecurrentLayers {
  static let table: [String: any LayerLowering.Type] = [
    "Bidirectional": Bidirectional.self, "TimeDistributed": TimeDistributed.self,
    "LSTMCell": CellLayer.self, "GRUCell": CellLayer.self, "SimpleRNNCell": CellLayer.self,
    "StackedRNNCells": CellLayer.self,
  ].merging(RecurrentLayer.classes.map { ($0, RecurrentLayer.self) }) { first, _ in first }
}
