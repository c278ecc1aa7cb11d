public import Tensors

/// The lists of weights that Keras makes of an object and all in it: `trainable_weights` and
/// `non_trainable_weights`.
///
/// Source: keras/src/layers/layer.py (keras-team/keras), tf_keras/src/engine/base_layer.py and
/// training.py (keras-team/tf-keras).
struct ListedWeights {
  private(set) var trainable: [ObjectWeight] = []
  private(set) var nonTrainable: [ObjectWeight] = []

  /// One after the other, each weight once: the order of legacy HDF5 files.
  var all: [ObjectWeight] { Self.once(trainable + nonTrainable) }

  init(of node: ObjectNode, in generation: KerasGeneration) {
    switch generation {
    case .keras2: self = Self.keras2(node)
    case .keras3: self = Self.keras3(node)
    }
    trainable = Self.once(trainable)
    nonTrainable = Self.once(nonTrainable)
  }

  private init() {}

  /// Without the later ones of those that are the same variable.
  private static func once(_ weights: [ObjectWeight]) -> [ObjectWeight] {
    var seen: Set<Int> = []
    return weights.filter { seen.insert($0.ordinal).inserted }
  }

  // MARK: Keras 2

  /// A layer's own weights are before those of its parts, a model's behind those of its layers.
  private static func keras2(_ node: ObjectNode) -> ListedWeights {
    let children = node.children.map(keras2)
    let trained = node.own.filter(\.trainable)
    let others = node.own.filter { !$0.trainable }
    var lists = ListedWeights()
    let inner = children.flatMap(\.trainable)
    let fixed = children.flatMap(\.nonTrainable)
    switch (node.isModel, node.trainable) {
    case (true, true):
      lists.trainable = inner + trained
      lists.nonTrainable = fixed + others
    case (true, false): lists.nonTrainable = inner + trained + fixed + others
    case (false, true):
      lists.trainable = trained + inner
      lists.nonTrainable = others + fixed
    case (false, false):
      let all = children.flatMap { $0.trainable + $0.nonTrainable }
      lists.nonTrainable = trained + others + all
    }
    return lists
  }

  // MARK: Keras 3

  /// Sorted out from the natural order, in which a weight is frozen with the object that made it.
  private static func keras3(_ node: ObjectNode) -> ListedWeights {
    let natural = natural(node)
    var lists = ListedWeights()
    guard node.trainable else {
      lists.nonTrainable = natural.map(\.weight)
      return lists
    }
    lists.trainable = natural.filter(\.isTrained).map(\.weight)
    lists.nonTrainable = natural.filter { !$0.isTrained }.map(\.weight)
    return lists
  }

  private static func natural(_ node: ObjectNode) -> [(weight: ObjectWeight, isTrained: Bool)] {
    node.own.map { ($0, node.trainable && $0.trainable) } + node.children.flatMap(natural)
  }
}

extension ModelToWrite {
  /// The weights that a Keras trains, in the order in which its optimizer has state for them:
  /// `model.trainable_variables`.
  public func trainedWeights(
    in generation: KerasGeneration
  ) throws(ExportError) -> [TrainedWeight] {
    let tree = try ObjectTree(of: self, as: generation.dialect)
    return ListedWeights(of: tree.root, in: generation).trainable.map { weight in
      let variable = tree.variable(weight)
      let names = tree.names[weight.ordinal]
      return TrainedWeight(
        path: variable.path, keras2Name: names?.keras2 ?? weight.name,
        keras3Name: names?.keras3 ?? weight.name, dtype: variable.dtype, shape: variable.shape)
    }
  }
}
