import TensorFlowGraph

/// Functions of each element.
/// keras/src/backend/tensorflow/numpy.py and math.py of https://github.com/keras-team/keras;
/// those of TensorFlow are its operations.
enum ElementFunctions {
  static let keras = TensorFunction.join([
    unary("Negative", .none, .neg), unary("Square", .boolsToInteger, .square),
    unary("Sqrt", .float, .sqrt), unary("Rsqrt", .none, .rsqrt),
    unary("Reciprocal", .none, .reciprocal), unary("Exp", .integersToFloat, .exp),
    unary("Expm1", .integersToFloat, .expm1), unary("Log", .float, .log),
    unary("Log1p", .float, .log1p), unary("Sin", .float, .sin), unary("Cos", .float, .cos),
    unary("Tan", .float, .tan), unary("Arcsin", .float, .asin), unary("Arccos", .float, .acos),
    unary("Arctan", .float, .atan), unary("Sinh", .float, .sinh), unary("Cosh", .float, .cosh),
    unary("Tanh", .float, .tanh), unary("Arcsinh", .float, .asinh),
    unary("Arccosh", .float, .acosh), unary("Arctanh", .float, .atanh),
    unary("Erf", .none, .erf), unary("Erfc", .none, .erfc), unary("Floor", .float, .floor),
    unary("Ceil", .float, .ceil), unary("BitwiseInvert BitwiseNot", .none, .invert),
    unary("LogicalNot", .bool, .logicalNot), unary("Fabs", .integersToFloat, .abs),
    unary("Copy StopGradient", .none, .identity), unary("I0", .integersToWideFloat, .besselI0),
    TensorFunction.table("Abs Absolute", "x", TensorFunction.unary(.none, Elements.absolute)),
    TensorFunction.table("Sign", "x", TensorFunction.unary(.none, Elements.sign)),
    TensorFunction.table("Erfinv", "x", TensorFunction.unary(.none, Elements.erfinv)),
    TensorFunction.table("Cbrt", "x", TensorFunction.unary(.integersToWideFloat, Elements.cbrt)),
    TensorFunction.table("Exp2", "x", TensorFunction.unary(.integersToFloat, Elements.exp2)),
    TensorFunction.table("Log2", "x", TensorFunction.unary(.float) { Elements.log($1, 2, $0) }),
    TensorFunction.table("Log10", "x", TensorFunction.unary(.float) { Elements.log($1, 10, $0) }),
    TensorFunction.table("Sinc", "x", TensorFunction.unary(.float, Elements.sinc)),
    TensorFunction.table("Trunc", "x", TensorFunction.unary(.none, Elements.trunc)),
    TensorFunction.table(
      "Deg2rad", "x",
      TensorFunction.unary(.integersToWideFloat) {
        Elements.scaled($1, by: Double.pi, over: 180, $0)
      }),
    TensorFunction.table(
      "Rad2deg", "x",
      TensorFunction.unary(.integersToWideFloat) {
        Elements.scaled($1, by: 180, over: Double.pi, $0)
      }),
    TensorFunction.table("Signbit", "x", TensorFunction.unary(.none, Elements.signbit)),
    TensorFunction.table("Isnan", "x", TensorFunction.unary(.none, Elements.isNaN)),
    TensorFunction.table("Isinf", "x", TensorFunction.unary(.none, Elements.isInfinite)),
    TensorFunction.table("Isfinite", "x", TensorFunction.unary(.none, Elements.isFinite)),
    TensorFunction.table(
      "Isposinf", "x", TensorFunction.unary(.none) { Elements.isValue($1, .infinity, $0) }),
    TensorFunction.table(
      "Isneginf", "x", TensorFunction.unary(.none) { Elements.isValue($1, -.infinity, $0) }),
    TensorFunction.table(
      "Isreal", "x", TensorFunction.unary(.none) { Elements.all($1, are: true, in: $0) }),
    TensorFunction.table("Real Conj Conjugate", "x", TensorFunction.unary(.none) { $1 }),
    TensorFunction.table(
      "Imag", "x", TensorFunction.unary(.none) { $0.unary(.zerosLike, $1) }),
    TensorFunction.table("Round", "x decimals=0", Elements.round),
    TensorFunction.table("NanToNum", "x nan=0.0 posinf neginf", Elements.nanToNumber),
    TensorFunction.table("Clip", "x x_min x_max", Elements.clip),
  ])

  private static func unary(
    _ names: String, _ casting: Casting, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(names, "x", TensorFunction.unary(casting, operation))
  }

  /// TensorFlow's functions of each element that are one operation, by their names.
  private static let tensorFlowOperations: [(String, Operation)] = [
    ("math.negative negative", .neg), ("math.abs abs", .abs), ("math.square square", .square),
    ("math.sqrt sqrt", .sqrt), ("math.rsqrt", .rsqrt), ("math.reciprocal", .reciprocal),
    ("math.exp exp", .exp), ("math.expm1", .expm1), ("math.log", .log), ("math.log1p", .log1p),
    ("math.sin sin", .sin), ("math.cos cos", .cos), ("math.tan tan", .tan),
    ("math.asin asin", .asin), ("math.acos acos", .acos), ("math.atan atan", .atan),
    ("math.sinh sinh", .sinh), ("math.cosh cosh", .cosh), ("math.asinh asinh", .asinh),
    ("math.acosh acosh", .acosh), ("math.atanh atanh", .atanh), ("math.erf", .erf),
    ("math.erfc", .erfc), ("math.erfinv", .erfinv), ("math.ndtri", .ndtri),
    ("math.lgamma", .lgamma), ("math.digamma", .digamma), ("math.sign sign", .sign),
    ("math.floor floor", .floor), ("math.ceil", .ceil),
    ("math.rint", .rint), ("math.logical_not logical_not", .logicalNot),
    ("math.is_nan", .isNan), ("math.is_inf", .isInf), ("math.is_finite", .isFinite),
    ("bitwise.invert", .invert), ("identity stop_gradient grad_pass_through", .identity),
    ("math.bessel_i0", .besselI0), ("math.bessel_i0e", .besselI0e),
    ("math.bessel_i1", .besselI1), ("math.bessel_i1e", .besselI1e),
    ("math.special.dawsn", .dawsn), ("math.special.expint", .expint),
    ("math.special.spence", .spence), ("math.special.fresnel_cos", .fresnelCos),
    ("math.special.fresnel_sin", .fresnelSin), ("math.invert_permutation", .invertPermutation),
    ("strings.strip", .stringStrip),
  ]

  static let tensorFlow = TensorFunction.join(
    tensorFlowOperations.map { names, operation in
      TensorFunction.table(
        names, "x", TensorFunction.unary(.none, operation))
    } + [
      TensorFunction.table(
        "math.log_sigmoid", "x",
        TensorFunction.unary(.none) { graph, x in
          graph.unary(.neg, graph.unary(.softplus, graph.unary(.neg, x)))
        }),
      TensorFunction.table(
        "strings.lower", "input:x encoding=\"\"", TensorFunction.unary(.none, .stringLower)),
      TensorFunction.table(
        "strings.upper", "input:x encoding=\"\"", TensorFunction.unary(.none, .stringUpper)),
      TensorFunction.table(
        "strings.length compat.v1.strings.length", "input:x unit=\"BYTE\"",
        TensorFunction.unary(.none, .stringLength)),
      TensorFunction.table("math.round round", "x", TensorFunction.unary(.none, Elements.round)),
      TensorFunction.table("math.real math.conj", "x", TensorFunction.unary(.none) { $1 }),
      TensorFunction.table(
        "clip_by_value", "t:x clip_value_min:x_min clip_value_max:x_max", Elements.clip),
    ])
}
