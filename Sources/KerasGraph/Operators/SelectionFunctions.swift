import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions that take some elements.
/// keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras
enum SelectionFunctions {
  static let keras = TensorFunction.join([
    TensorFunction.table("GetItem", "x key", Indexing.item),
    TensorFunction.table("Take", "x indices axis", Selections.take),
    TensorFunction.table("TakeAlongAxis", "x indices axis", Selections.takeAlongAxis),
    TensorFunction.table("Nonzero", "x", Selections.nonZero),
    TensorFunction.table("Select", "condlist choicelist default=0", Selections.firstThatHolds),
    TensorFunction.table("OneHot", "x num_classes axis=-1 dtype sparse=false", Selections.oneHot),
    TensorFunction.table(
      "MultiHot", "inputs:x num_classes axis=-1 dtype sparse=false num_tokens:num_classes",
      Selections.multiHot),
    TensorFunction.table("Slice", "inputs:x start_indices shape", Indexing.slice),
    TensorFunction.table("SliceUpdate", "inputs:x start_indices updates", Indexing.sliceUpdate),
    TensorFunction.table("Scatter", "indices values shape", Scattering.scatter),
    TensorFunction.table("ScatterUpdate", "inputs:x indices updates reduction", Scattering.update),
    TensorFunction.table("Tril", "x k=0") { (call: FunctionCall) throws(CompileError) in
      try Diagonals.triangle(call, isLower: true)
    },
    TensorFunction.table("Triu", "x k=0") { (call: FunctionCall) throws(CompileError) in
      try Diagonals.triangle(call, isLower: false)
    },
    TensorFunction.table("Diag", "x k=0", Diagonals.diagonal),
    TensorFunction.table("Diagflat", "x k=0", Diagonals.flatDiagonal),
    TensorFunction.table("Diagonal", "x offset:k=0 axis1=0 axis2=1", Diagonals.part),
    TensorFunction.table("Trace", "x offset:k=0 axis1=0 axis2=1", Diagonals.trace),
    segment("SegmentSum", .unsortedSegmentSum), segment("SegmentMax", .unsortedSegmentMax),
    segment("SegmentMin", .unsortedSegmentMin), segment("SegmentProd", .unsortedSegmentProd),
  ])

  private static func segment(
    _ name: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "data segment_ids num_segments sorted=false") {
      (call: FunctionCall) throws(CompileError) in try Scattering.segments(call, operation)
    }
  }

  private static func tensorFlowSegment(_ name: String, _ operation: Operation) -> [String:
    TensorFunction]
  {
    TensorFunction.table("math.unsorted_segment_" + name, "data segment_ids num_segments") {
      (call: FunctionCall) throws(CompileError) in try Scattering.segments(call, operation)
    }
  }

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table(
      "__operators__.getitem strided_slice", "tensor:x slice_spec:key var", Indexing.item),
    TensorFunction.table("slice", "input_:x begin:start_indices size:shape", Indexing.slice),
    TensorFunction.table(
      "gather compat.v1.gather", "params:x indices validate_indices axis batch_dims=0",
      Selections.gather),
    TensorFunction.table(
      "gather_nd compat.v1.gather_nd", "params:x indices batch_dims=0 bad_indices_policy=\"\"",
      Selections.gatherTuples),
    TensorFunction.table(
      "nn.embedding_lookup", "params:x ids:indices axis=0 max_norm", Selections.take),
    TensorFunction.table(
      "compat.v1.nn.embedding_lookup",
      "params:x ids:indices partition_strategy=\"mod\" validate_indices=true max_norm axis=0",
      Selections.take),
    TensorFunction.table(
      "boolean_mask compat.v1.boolean_mask", "tensor:x mask axis=0", Selections.booleanMask),
    TensorFunction.table(
      "one_hot", "indices:x depth:num_classes on_value off_value axis=-1 dtype",
      Selections.oneHot),
    TensorFunction.table(
      "scatter_nd", "indices updates:values shape bad_indices_policy=\"\"", Scattering.scatter),
    TensorFunction.table(
      "tensor_scatter_nd_update", "tensor:x indices updates bad_indices_policy=\"\"",
      Scattering.update),
    TensorFunction.table(
      "tensor_scatter_nd_add", "tensor:x indices updates bad_indices_policy=\"\""
    ) {
      (call: FunctionCall) throws(CompileError) in try Scattering.update(call, .tensorScatterAdd)
    },
    TensorFunction.table(
      "tensor_scatter_nd_sub", "tensor:x indices updates bad_indices_policy=\"\""
    ) {
      (call: FunctionCall) throws(CompileError) in try Scattering.update(call, .tensorScatterSub)
    },
    TensorFunction.table(
      "tensor_scatter_nd_max", "tensor:x indices updates bad_indices_policy=\"\""
    ) {
      (call: FunctionCall) throws(CompileError) in try Scattering.update(call, .tensorScatterMax)
    },
    TensorFunction.table(
      "tensor_scatter_nd_min", "tensor:x indices updates bad_indices_policy=\"\""
    ) {
      (call: FunctionCall) throws(CompileError) in try Scattering.update(call, .tensorScatterMin)
    },
    TensorFunction.table(
      "linalg.band_part", "input:x num_lower num_upper", Diagonals.band),
    TensorFunction.table("linalg.diag", "diagonal:x k=0", Diagonals.matrix),
    TensorFunction.table("linalg.diag_part", "input:x k=0", Diagonals.lastPart),
    TensorFunction.table("linalg.tensor_diag_part", "input:x k=0", Diagonals.lastPart),
    TensorFunction.table("linalg.trace", "x", Diagonals.lastTrace),
    TensorFunction.table("linalg.set_diag", "input:x diagonal", Diagonals.replaced),
    tensorFlowSegment("sum", .unsortedSegmentSum), tensorFlowSegment("max", .unsortedSegmentMax),
    tensorFlowSegment("min", .unsortedSegmentMin), tensorFlowSegment("prod", .unsortedSegmentProd),
  ])
}
