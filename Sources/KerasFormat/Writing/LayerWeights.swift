public import Tensors

/// The weights of a layer and of the objects in it, by the names that its class has for them.
///
/// The names are those of Keras 2 in either dialect: `depthwise_kernel` in a `DepthwiseConv2D` and
/// `sn_u` in a `SpectralNormalization`, which Keras 3 calls `kernel` and `vector_u`. An object of a
/// class that Keras does not ship has the version's names, which may have scopes: `block/kernel`.
public struct WeightTree: Hashable, Sendable {
  /// The places of the variables among the version's, by their names.
  public var own: [String: Int]
  /// The objects in it. Those in a layer are named by its attributes, without an underscore before:
  /// `cell`, `forward_layer`, `query_dense`, `cells/0`. Layers in a model have their own names.
  public var parts: [String: WeightTree]

  public init(own: [String: Int] = [:], parts: [String: WeightTree] = [:]) {
    self.own = own
    self.parts = parts
  }

  var isEmpty: Bool { own.isEmpty && parts.isEmpty }
}

extension TrackedModel {
  /// Which variables of a version each layer has. Objects that have none are absent.
  ///
  /// - Parameters:
  ///   - model: the model and the version's variables.
  ///   - dialect: that of the Keras whose objects these shall be; of its configuration.
  public static func weights(
    of model: ModelToWrite, as dialect: Dialect
  ) throws(ExportError) -> WeightTree {
    try WeightTree(of: try ObjectTree(of: model, as: dialect).root)
  }
}

extension WeightTree {
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
      let part = try WeightTree(of: child)
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
