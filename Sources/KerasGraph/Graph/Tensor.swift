import TensorFlowGraph

/// A tensor in a function that is being built.
struct Tensor: Hashable {
  /// What nodes call it: `node:output:index`, or an argument's name.
  let source: String
  let kind: ElementKind
  let shape: PartialShape
  /// Which steps count, as Keras passes it on from layer to layer.
  var mask: Mask?
  /// The number of the builder whose function it is in.
  let builder: Int

  var rank: Int { shape.count }

  /// A mask in Keras' sense: a tensor of bools, of the batch and mostly the steps.
  struct Mask: Hashable {
    let source: String
    let shape: PartialShape
    let builder: Int

    var tensor: Tensor { Tensor(source: source, kind: .bool, shape: shape, builder: builder) }
  }

  /// This tensor as a mask for others. It has to be of bools.
  var asMask: Mask { Mask(source: source, shape: shape, builder: builder) }

  func masked(by mask: Mask?) -> Tensor {
    var tensor = self
    tensor.mask = mask
    return tensor
  }

  /// The dimension of an axis, counted from the end when negative; `nil` when it is not known.
  func dimension(_ axis: Int) -> Int? {
    let place = axis < 0 ? axis + rank : axis
    return shape.indices.contains(place) ? shape[place] : nil
  }
}

/// One dimension, or a number that takes part in a shape.
enum Extent: Hashable {
  case known(Int)
  /// An int32 scalar.
  case dynamic(Tensor)

  var known: Int? { if case .known(let value) = self { value } else { nil } }
}
