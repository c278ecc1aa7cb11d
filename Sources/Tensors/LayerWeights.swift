/// The weights of a layer and of the objects in it, by the names that its class has for them.
///
/// The names are those of Keras 2 in either dialect: `depthwise_kernel` in a `DepthwiseConv2D` and
/// `sn_u` in a `SpectralNormalization`, which Keras 3 calls `kernel` and `vector_u`. An object of a
/// class that Keras does not ship has the version's names, which may have scopes: `block/kernel`.
public struct LayerWeights: Hashable, Sendable {
  /// The places of the variables among the version's, by their names.
  public var own: [String: Int]
  /// The objects in it. Those in a layer are named by its attributes, without an underscore before:
  /// `cell`, `forward_layer`, `query_dense`, `cells/0`. Layers in a model have their own names.
  public var parts: [String: LayerWeights]

  public init(own: [String: Int] = [:], parts: [String: LayerWeights] = [:]) {
    self.own = own
    self.parts = parts
  }

  /// Whether neither the layer nor an object in it has weights.
  public var isEmpty: Bool { own.isEmpty && parts.isEmpty }
}
