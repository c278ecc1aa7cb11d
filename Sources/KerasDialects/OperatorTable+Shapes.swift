import StrictJSON

extension OperatorTable {
  /// What changes shapes and types, and no value.
  static let shapes: [OperatorWord] = [
    OperatorWord(
      ["concat"], "numpy", "Concatenate", tensors: [("values", "xs")],
      options: [.value(tensorFlow: "axis", keras: "axis", defaults: (nil, 0))]),
    OperatorWord(
      ["stack"], "numpy", "Stack", tensors: [("values", "x")], options: [.value("axis", 0)]),
    OperatorWord(
      ["reshape"], "numpy", "Reshape", tensors: [("tensor", "x")],
      options: [.value("shape", as: "newshape")]),
    OperatorWord(
      ["expand_dims"], "numpy", "ExpandDims", tensors: [("input", "x")],
      options: [.value("axis")]),
    OperatorWord(
      ["compat.v1.squeeze", "squeeze"], "numpy", "Squeeze", tensors: [("input", "x")],
      options: [.value("axis", .null)]),
    OperatorWord(
      ["compat.v1.transpose", "transpose"], "numpy", "Transpose", tensors: [("a", "x")],
      options: [
        .value(tensorFlow: "perm", keras: "axes", defaults: (.null, .null)),
        .only(tensorFlow: ("conjugate", false), keras: nil),
      ]),
    OperatorWord(
      ["tile"], "numpy", "Tile", tensors: [("input", "x")],
      options: [.value("multiples", as: "repeats")]),
    OperatorWord(
      ["broadcast_to"], "numpy", "BroadcastTo", tensors: [("input", "x")],
      options: [.value("shape")]),
    OperatorWord(["cast"], "core", "Cast", options: [.value("dtype")]),
    OperatorWord(
      ["reverse"], "numpy", "Flip", tensors: [("tensor", "x")],
      options: [.list("axis")]),
    OperatorWord(
      ["compat.v1.pad", "pad"], "numpy", "Pad",
      tensors: [("tensor", "x"), ("constant_values", "constant_values")],
      options: [
        .value("paddings", as: "pad_width"),
        .only(tensorFlow: ("mode", "CONSTANT"), keras: ("mode", "constant")),
      ]),
  ]

  /// What takes some values, or says something of them.
  static let selections: [OperatorWord] = [
    OperatorWord(
      ["__operators__.getitem"], "numpy", "GetItem",
      tensors: [("tensor", "x"), ("slice_spec", "key")]),
    OperatorWord(
      ["where"], "numpy", "Where", tensors: [("condition", "condition"), ("x", "x1"), ("y", "x2")]
    ),
    OperatorWord(
      ["compat.v1.gather", "gather"], "numpy", "Take",
      tensors: [("params", "x"), ("indices", "indices")],
      options: [
        .value(tensorFlow: "axis", keras: "axis", defaults: (0, nil)),
        .only(tensorFlow: ("batch_dims", 0), keras: nil),
      ]),
    OperatorWord(
      ["clip_by_value"], "numpy", "Clip", tensors: [("t", "x")],
      options: [
        .value("clip_value_min", as: "x_min"), .value("clip_value_max", as: "x_max"),
      ]),
    OperatorWord(
      ["one_hot"], "nn", "OneHot", tensors: [("indices", "x")],
      options: [
        .value("depth", as: "num_classes"), .value("axis", -1),
        .value(tensorFlow: "dtype", keras: "dtype", defaults: ("float32", "float32")),
        .only(tensorFlow: ("on_value", .null), keras: nil),
        .only(tensorFlow: ("off_value", .null), keras: nil),
      ]),
    OperatorWord(
      ["math.cumsum", "cumsum"], "numpy", "Cumsum",
      options: [.value(tensorFlow: "axis", keras: "axis", defaults: (0, nil))]),
    OperatorWord(
      ["math.argmax", "argmax"], "numpy", "Argmax", tensors: [("input", "x")],
      options: [.value(tensorFlow: "axis", keras: "axis", defaults: (0, nil))]),
    // The same bound on the norm: TensorFlow has it of the sum of squares, Keras of the root.
    OperatorWord(
      ["math.l2_normalize", "linalg.l2_normalize", "nn.l2_normalize"], "nn", "Normalize",
      options: [
        .value("axis"), .only(tensorFlow: nil, keras: ("order", 2)),
        .only(
          tensorFlow: ("epsilon", .number("1e-12")), keras: ("epsilon", .number("1e-06"))),
      ]),
    OperatorWord(
      ["nn.depth_to_space"], "nn", "DepthToSpace", tensors: [("input", "x")],
      options: [
        .value("block_size"),
        .only(tensorFlow: ("data_format", "NHWC"), keras: ("data_format", "channels_last")),
      ]),
    OperatorWord(
      ["nn.space_to_depth"], "nn", "SpaceToDepth", tensors: [("input", "x")],
      options: [
        .value("block_size"),
        .only(tensorFlow: ("data_format", "NHWC"), keras: ("data_format", "channels_last")),
      ]),
  ]
}
