import StrictJSON
import Tensors

/// A weight as an object of the model has it.
struct ObjectWeight: Hashable {
  /// Its place among the version's variables.
  let ordinal: Int
  /// What the object calls it; in an object of a class that Keras does not ship the version's name
  /// below the layer, which may have scopes.
  let name: String
  /// Whether an optimizer may have it, when its owner is not frozen.
  let trainable: Bool
  /// Whether it is another object's variable, held a second time.
  var isCopy = false
}

/// An object of a model as Keras makes it from the configuration, with the weights that the version
/// has for it.
struct ObjectNode {
  /// What made it. Parts that a layer makes itself have none.
  let layer: LayerNode?
  /// Its own name.
  let name: String
  /// The names of the models round it and its own, for messages.
  let location: String
  /// Where `.weights.h5` has it, from its owner.
  let place: String
  let trainable: Bool
  /// In the order in which the object makes them.
  var own: [ObjectWeight] = []
  /// In the order in which the object makes them.
  var children: [ObjectNode] = []
  /// Whether Keras' own code makes its variables. Of another class only the version tells which it
  /// has.
  var isKnown = true

  var isModel: Bool { layer.map { !$0.layers.isEmpty } ?? false }

  /// Whether it or an object in it has weights.
  var hasWeights: Bool { !own.isEmpty || children.contains { $0.hasWeights } }

  /// The layers, when it is a model: those that `model.layers` has.
  var layers: [ObjectNode] {
    guard layer?.className == "Sequential" else { return children }
    return children.filter { $0.layer?.className != "InputLayer" }
  }
}

/// The names of a weight in the two Keras.
struct WeightNames: Hashable {
  /// Without `:0`.
  var keras2: String
  var keras3: String
}

/// A model's objects, with each weight of the version at the object that has it.
///
/// What a weight is, its canonical path tells: the layers that a configuration nests and Keras' own
/// names below them give the path that ``KerasHDF5/reading(of:parent:)`` describes.
struct ObjectTree {
  private(set) var root: ObjectNode
  /// By the weights' ordinals.
  let names: [Int: WeightNames]
  /// What the containers have no place for.
  let notes: [ConversionNote]
  let model: ModelToWrite

  /// - Parameters:
  ///   - model: the model and the version's variables.
  ///   - dialect: that of the Keras whose objects these shall be.
  init(of model: ModelToWrite, as dialect: Dialect) throws(ExportError) {
    guard let layer = LayerNode(model.configuration) else { throw .noModel }
    var builder = ObjectTreeBuilder(model.variables, as: dialect, spelledIn: model.dialect)
    root = try builder.tree(of: layer)
    names = builder.names.unique()
    notes = Self.notes(of: model.variables)
    self.model = model
  }

  /// The variable of an ordinal.
  func variable(_ weight: ObjectWeight) -> RecordedVariable { model.variables[weight.ordinal] }

  private static func notes(of variables: [RecordedVariable]) -> [ConversionNote] {
    let reasons: [(Role, String)] = [
      (.seed, "states of random generators are left out: Keras restores none"),
      (.metric, "states of metrics are left out: they count from zero"),
      (.other, "tensors that belong to no object of the model are left out"),
    ]
    return reasons.compactMap { role, reason in
      let those = variables.filter { $0.role == role }
      guard let first = those.first else { return nil }
      let more = those.count > 1 ? " and \(those.count - 1) more" : ""
      return ConversionNote(.lost, at: first.path + more, reason)
    }
  }
}
