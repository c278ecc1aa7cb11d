import TensorFlowGraph
import Tensors

/// Functions that make one number of those along axes.
/// keras/src/backend/tensorflow/numpy.py and math.py of https://github.com/keras-team/keras,
/// tensorflow/python/ops/math_ops.py of https://github.com/tensorflow/tensorflow
enum ReductionFunctions {
  static let keras = TensorFunction.join([
    table("Sum", .smallToInteger, Reductions.over(.sum)), table("Mean", .none, Reductions.mean),
    table("All", .bool, Reductions.over(.all)), table("Any", .bool, Reductions.over(.any)),
    table("Std", .integersToFloat) { $0.deviation },
    table("Var", .none, Reductions.variance), table("Logsumexp", .none) { $0.logSumExp },
    table("Ptp", .none) { $0.graph.minus($0.reduced(.max), $0.reduced(.min)) },
    extreme("Max Amax", .max), extreme("Min Amin", .min),
    TensorFunction.table("Prod", "x axis keepdims=false dtype", Reductions.product),
    table("Nansum", .none, Reductions.nanSum), table("Nanprod", .none, Reductions.nanProduct),
    table("Nanmean", .none, Reductions.nanMean), table("Nanvar", .float, Reductions.nanVariance),
    table("Nanstd", .float) { $0.graph.unary(.sqrt, Reductions.nanVariance($0)) },
    table("Nanmax", .none) { Reductions.nanExtreme($0, .max) },
    table("Nanmin", .none) { Reductions.nanExtreme($0, .min) },
    TensorFunction.table(
      "CountNonzero", "x axis",
      Reductions.body(.none) { Reductions.nonZero($0, kind: .int32) }),
    TensorFunction.table("Average", "x axis weights", Reductions.average),
    TensorFunction.table("Moments", "x axes keepdims=false synchronized=false", Reductions.moments),
  ])

  private static func table(
    _ name: String, _ casting: Casting,
    _ transform: @escaping @Sendable (Reduction) -> Tensor
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x axis keepdims=false", Reductions.body(casting, transform))
  }

  private static func extreme(
    _ names: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(
      names, "x axis keepdims=false initial",
      { (call: FunctionCall) throws(CompileError) -> CallValue in
        try Reductions.extreme(call, operation)
      })
  }

  private static func tensorFlow(
    _ names: String, _ transform: @escaping @Sendable (Reduction) -> Tensor
  ) -> [String: TensorFunction] {
    let plain = TensorFunction.table(
      names, "input_tensor:x axis keepdims=false", Reductions.body(.none, transform))
    let old = names.split(separator: " ").map { "compat.v1." + $0 }
    let early = TensorFunction.table(
      old.joined(separator: " "),
      "input_tensor:x axis keepdims reduction_indices:axis keep_dims:keepdims",
      Reductions.body(.none, transform))
    return TensorFunction.join([plain, early])
  }

  static let tensorFlow = TensorFunction.join([
    tensorFlow("math.reduce_sum reduce_sum", Reductions.over(.sum)),
    tensorFlow("math.reduce_mean reduce_mean", Reductions.over(.mean)),
    tensorFlow("math.reduce_max reduce_max", Reductions.over(.max)),
    tensorFlow("math.reduce_min reduce_min", Reductions.over(.min)),
    tensorFlow("math.reduce_prod reduce_prod", Reductions.over(.prod)),
    tensorFlow("math.reduce_any reduce_any", Reductions.over(.any)),
    tensorFlow("math.reduce_all reduce_all", Reductions.over(.all)),
    tensorFlow("math.reduce_std") { $0.deviation },
    tensorFlow("math.reduce_variance") { $0.variance },
    tensorFlow("math.reduce_logsumexp reduce_logsumexp") { $0.logSumExp },
    tensorFlow("math.reduce_euclidean_norm", Reductions.over(.euclideanNorm)),
    TensorFunction.table(
      "math.count_nonzero compat.v1.math.count_nonzero",
      "input:x input_tensor:x axis keepdims=false dtype=\"int64\" reduction_indices:axis "
        + "keep_dims:keepdims",
      { (call: FunctionCall) throws(CompileError) -> CallValue in
        let kind = try call.kind("dtype") ?? .int64
        return try Reductions.body(.none) { Reductions.nonZero($0, kind: kind) }(call)
      }),
    TensorFunction.table("nn.moments", "x axes shift keepdims=false", Reductions.moments),
    TensorFunction.table(
      "compat.v1.nn.moments", "x axes shift keep_dims:keepdims=false", Reductions.moments),
    TensorFunction.table(
      "math.zero_fraction nn.zero_fraction", "value:x",
      TensorFunction.unary(.none) { graph, x in
        let zero = graph.cast(Elements.compare(.equal, x, 0, graph), to: .float32)
        return graph.reduce(.mean, zero, along: Array(x.shape.indices))
      }),
    TensorFunction.table(
      "nn.l2_loss", "t:x",
      TensorFunction.unary(.none) { $0.add(.l2Loss, [$1], shape: []) }),
    TensorFunction.table("math.add_n add_n", "inputs", Reductions.sumOfTensors),
  ])
}
