/// The weights of a layer and of what it is made of.
public struct LayerWeights: Hashable, Sendable {
  /// The variables' places in the version's list, by their names in Keras 2: `kernel`,
  /// `depthwise_kernel` in `DepthwiseConv` also of Keras 3.
  public var own: [String: Int]
  /// Layers of a model by their names; parts of a layer by the attributes that hold them, without
  /// an underscore in front: `cell`, `forward_layer`, `layer`, `query_dense`, `cells/0`.
  public var parts: [String: LayerWeights]

  public init(own: [String: Int] = [:], parts: [String: LayerWeights] = [:]) {
    self.own = own
    self.parts = parts
  }
}
