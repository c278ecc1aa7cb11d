import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions that move elements and change none.
/// keras/src/backend/tensorflow/numpy.py of https://github.com/keras-team/keras,
/// tensorflow/python/ops/array_ops.py of https://github.com/tensorflow/tensorflow
enum ShapeFunctions {
  static let keras = TensorFunction.join([
    TensorFunction.table("Reshape", "x newshape:shape", Reshaping.reshape),
    TensorFunction.table("Ravel", "x", Reshaping.flatten),
    TensorFunction.table("ExpandDims", "x axis", Reshaping.expand),
    TensorFunction.table("Squeeze", "x axis", Reshaping.squeeze),
    TensorFunction.table("Transpose", "x axes", Moving.transpose),
    TensorFunction.table("Moveaxis", "x source destination", Moving.moveAxis),
    TensorFunction.table("Swapaxes", "x axis1 axis2", Moving.swapAxes),
    TensorFunction.table("Flip", "x axis", Moving.flip),
    TensorFunction.table("Fliplr", "x") { (call: FunctionCall) throws(CompileError) in
      try Moving.flip(call, along: 1)
    },
    TensorFunction.table("Flipud", "x") { (call: FunctionCall) throws(CompileError) in
      try Moving.flip(call, along: 0)
    },
    TensorFunction.table("Roll", "x shift axis", Moving.roll),
    TensorFunction.table("Rot90", "array:x k=1 axes=[0,1]", Moving.rotate),
    TensorFunction.table("BroadcastTo", "x shape", Reshaping.broadcast),
    TensorFunction.table("Tile", "x repeats", Repeating.tile),
    TensorFunction.table("Repeat", "x repeats axis", Repeating.repeated),
    TensorFunction.table("Pad", "x constant_values pad_width mode=\"constant\"", Repeating.pad),
    TensorFunction.table("Concatenate", "xs axis=0", Joining.concatenate),
    TensorFunction.table("Append", "x1 x2 axis", Joining.append),
    TensorFunction.table("Stack", "x:xs axis=0", Joining.stack),
    TensorFunction.table("Vstack", "xs") { (call: FunctionCall) throws(CompileError) in
      .tensor(try Joining.concatenate(try call.promoted(try call.tensors("xs")), 0, call))
    },
    TensorFunction.table("Hstack", "xs") { (call: FunctionCall) throws(CompileError) in
      let tensors = try call.promoted(try call.tensors("xs"))
      return .tensor(try Joining.concatenate(tensors, tensors[0].rank == 1 ? 0 : 1, call))
    },
    TensorFunction.table("Dstack", "xs", Joining.depthStack),
    TensorFunction.table("Split ArraySplit", "x indices_or_sections axis=0", Parting.split),
    TensorFunction.table("Vsplit", "x indices_or_sections", Parting.split),
    TensorFunction.table("Hsplit", "x indices_or_sections") {
      (call: FunctionCall) throws(CompileError) in
      try Parting.split(call, along: try call.tensor("x").rank == 1 ? 0 : 1)
    },
    TensorFunction.table("Dsplit", "x indices_or_sections") {
      (call: FunctionCall) throws(CompileError) in try Parting.split(call, along: 2)
    },
    TensorFunction.table("Unstack", "x num axis=0", Parting.unstack),
    TensorFunction.table("Diff", "a:x n=1 axis=-1", Parting.differences),
    TensorFunction.table("ExtractSequences", "x sequence_length sequence_stride", Parting.frames),
  ])

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table("reshape", "tensor:x shape", Reshaping.reshape),
    TensorFunction.table(
      "expand_dims compat.v1.expand_dims", "input:x axis dim:axis", Reshaping.expand),
    TensorFunction.table(
      "squeeze compat.v1.squeeze", "input:x axis squeeze_dims:axis", Reshaping.squeeze),
    TensorFunction.table(
      "transpose compat.v1.transpose", "a:x perm:axes conjugate=false", Moving.transpose),
    TensorFunction.table("linalg.matrix_transpose", "a:x conjugate=false") {
      (call: FunctionCall) throws(CompileError) in
      let x = try call.tensor("x", ranks: 2...32)
      return .tensor(Moving.swap(x, x.rank - 2, x.rank - 1, call.graph))
    },
    TensorFunction.table("reverse", "tensor:x axis", Moving.flip),
    TensorFunction.table("image.flip_left_right", "image:x") {
      (call: FunctionCall) throws(CompileError) in try Moving.flip(call, along: -2)
    },
    TensorFunction.table("image.flip_up_down", "image:x") {
      (call: FunctionCall) throws(CompileError) in try Moving.flip(call, along: -3)
    },
    TensorFunction.table("roll", "input:x shift axis", Moving.roll),
    TensorFunction.table("broadcast_to", "input:x shape", Reshaping.broadcast),
    TensorFunction.table("ensure_shape", "x shape", Reshaping.ensure),
    TensorFunction.table("tile", "input:x multiples:repeats", Repeating.tile),
    TensorFunction.table("repeat", "input:x repeats axis", Repeating.repeated),
    TensorFunction.table(
      "pad compat.v1.pad", "tensor:x paddings:pad_width mode=\"CONSTANT\" constant_values=0",
      Repeating.pad),
    TensorFunction.table("concat", "values:xs axis", Joining.concatenate),
    TensorFunction.table("stack", "values:xs axis=0", Joining.stack),
    TensorFunction.table(
      "split", "value:x num_or_size_splits:indices_or_sections axis=0 num", Parting.split),
    TensorFunction.table("unstack", "value:x num axis=0", Parting.unstack),
    TensorFunction.table(
      "signal.frame",
      "signal:x frame_length:sequence_length frame_step:sequence_stride "
        + "pad_end=false pad_value=0 axis=-1", Parting.frames),
  ])
}
