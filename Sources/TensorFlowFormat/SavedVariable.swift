import TensorFlowGraph

/// A variable of a SavedModel that is written.
struct SavedVariable {
  /// Its object in the graph of objects.
  let node: Int
  /// Of the node that makes its handle, and of the variable when it is revived.
  let name: String
  /// Where the checkpoint has its value.
  let key: String
  let kind: ElementKind
  let shape: PartialShape
  let isTrainable: Bool
}
