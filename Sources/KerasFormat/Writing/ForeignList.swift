import Tensors

/// The weights of a layer that is, or holds, an object of a class that Keras does not ship, in the
/// order in which legacy HDF5 files list them.
///
/// That order is of what is trained and then of what is not, which the code of the class decides.
struct ForeignList {
  let weights: [ObjectWeight]

  /// `nil` for a layer that is all Keras' own.
  ///
  /// - Throws: `ExportError.unknownObject` when the version's container does not tell the order.
  init?(of layer: ObjectNode, in tree: ObjectTree) throws(ExportError) {
    let foreign = layer.foreignObjects
    guard let first = foreign.first else { return nil }
    let all = layer.allWeights.sorted { $0.ordinal < $1.ordinal }
    let isListed = [.kerasHDF5, .kerasHDF5Weights].contains(tree.model.source)
    // An object alone numbers its own variables in that very order.
    let isAlone = first.own.count == all.count && Self.areNumberedTogether(first.own, in: tree)
    guard isListed || isAlone else {
      throw .unknownObject(
        layer: first.location, className: first.layer?.className ?? "",
        weight: first.own.first.map { tree.variable($0).path } ?? "")
    }
    weights = all
  }

  private static func areNumberedTogether(_ weights: [ObjectWeight], in tree: ObjectTree) -> Bool {
    guard weights.count > 1 else { return true }
    let groups = weights.map { tree.variable($0).containerPath.split(separator: "/").dropLast() }
    return tree.model.source.numbersVariables
      && groups.allSatisfy { $0 == groups[0] && $0.last == "vars" }
  }
}

extension ObjectNode {
  /// The objects in it, or itself, whose variables only the version tells.
  fileprivate var foreignObjects: [ObjectNode] {
    (isKnown || own.isEmpty ? [] : [self]) + children.flatMap(\.foreignObjects)
  }

  /// Its weights and those of all in it, without second copies.
  fileprivate var allWeights: [ObjectWeight] {
    own.filter { !$0.isCopy } + children.flatMap(\.allWeights)
  }
}

extension ModelFormat {
  /// Whether its files number the variables of each object.
  var numbersVariables: Bool {
    [.kerasArchive, .kerasWeights, .kerasShardedWeights].contains(self)
  }
}
