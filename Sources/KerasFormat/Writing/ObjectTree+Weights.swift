public import Tensors

extension TrackedModel {
  /// Which variables of a version each layer has. Objects that have none are absent.
  ///
  /// - Parameters:
  ///   - model: the model and the version's variables.
  ///   - dialect: that of the Keras whose objects these shall be; of its configuration.
  public static func weights(
    of model: ModelToWrite, as dialect: Dialect
  ) throws(ExportError) -> LayerWeights {
    try LayerWeights(of: try ObjectTree(of: model, as: dialect).root)
  }
}

extension LayerWeights {
  /// What Keras 3 calls otherwise, by the class.
  private static let keras2Names: [String: [String: String]] = [
    "DepthwiseConv1D": ["kernel": "depthwise_kernel"],
    "DepthwiseConv2D": ["kernel": "depthwise_kernel"],
    "SpectralNormalization": ["vector_u": "sn_u"],
  ]

  fileprivate init(of object: ObjectNode) throws(ExportError) {
    self.init()
    let spelled = Self.keras2Names[object.layer?.className ?? ""] ?? [:]
    for weight in object.own where !weight.isCopy {
      own[spelled[weight.name] ?? weight.name] = weight.ordinal
    }
    var members: [Substring: Int] = [:]
    for child in object.children {
      let part = try LayerWeights(of: child)
      let name = object.isModel ? child.name : Self.attribute(of: child, after: &members)
      guard !part.isEmpty else { continue }
      guard !name.isEmpty else { throw .unnamedLayer(className: child.layer?.className ?? "") }
      guard parts.updateValue(part, forKey: name) == nil else {
        throw .ambiguousName(layer: object.location, name: name)
      }
    }
  }

  /// Members of lists are numbered: `.weights.h5`, whose places these are, names them by class.
  private static func attribute(
    of part: ObjectNode, after members: inout [Substring: Int]
  ) -> String {
    let components = part.place.split(separator: "/")
    guard let list = components.first, components.count > 1 else {
      return String(part.place.drop { $0 == "_" })
    }
    let number = members[list, default: 0]
    members[list] = number + 1
    return "\(list)/\(number)"
  }
}
