import StrictJSON

/// A shape with the batch's dimension first, and `nil` for a dimension that is not fixed.
struct OutputShape: Hashable, CustomStringConvertible {
  var dimensions: [Int?]

  init(_ dimensions: [Int?]) { self.dimensions = dimensions }

  /// `nil` when the value is no list of numbers and nulls.
  init?(_ json: JSONValue?) {
    guard let elements = json?.array, !elements.isEmpty,
      elements.allSatisfy({ $0.isNull || $0.integer != nil })
    else { return nil }
    dimensions = elements.map(\.integer)
  }

  /// As Python prints a tuple.
  var description: String {
    let words = dimensions.map { $0.map(String.init) ?? "None" }
    return "(" + words.joined(separator: ", ") + (words.count == 1 ? ",)" : ")")
  }

  /// The same with another last dimension.
  func with(last: Int?) -> OutputShape { OutputShape(dimensions.dropLast() + [last]) }

  /// All elements but the batch's dimension; `nil` when that is not fixed, or no number.
  static func count(of dimensions: some Sequence<Int?>) -> Int? {
    var count = 1
    for dimension in dimensions {
      guard let dimension, dimension >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      count = product
    }
    return count
  }
}

extension OutputShape {
  /// Layers that change elements and not shapes.
  private static let preserving: Set = [
    "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "ThresholdedReLU", "Dropout",
    "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout",
    "AlphaDropout", "BatchNormalization", "LayerNormalization", "GroupNormalization", "Rescaling",
    "UnitNormalization", "Masking", "ActivityRegularization", "Normalization",
  ]

  private static let recurrent: Set = [
    "LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU",
  ]

  /// The output of a layer that has one input, when its configuration alone tells.
  init?(of layer: LayerNode, on input: OutputShape) {
    let config = layer.config
    let rank = input.dimensions.count
    switch layer.className {
    case let name where Self.preserving.contains(name): self = input
    case "Dense": self = input.with(last: Self.units(of: config))
    case "Embedding":
      self.init(input.dimensions + [config["output_dim"]?.integer])
    case "Flatten" where rank > 1:
      self.init([input.dimensions[0], Self.count(of: input.dimensions.dropFirst())])
    case "Reshape":
      guard let target = OutputShape(config["target_shape"]) else { return nil }
      self.init([input.dimensions[0]] + target.inferring(from: input))
    case "RepeatVector" where rank == 2:
      self.init([input.dimensions[0], config["n"]?.integer, input.dimensions[1]])
    case let name where Self.recurrent.contains(name) && rank == 3:
      guard config["return_state"]?.bool != true else { return nil }
      let isSequence = config["return_sequences"]?.bool == true
      self.init(input.dimensions.prefix(isSequence ? 2 : 1) + [Self.units(of: config)])
    case let name where name.hasPrefix("Global") && name.contains("Pooling"):
      self.init(pooling: config, input)
    case "Bidirectional", "TimeDistributed": self.init(wrapper: layer, input)
    default: return nil
    }
  }

  private init?(pooling config: JSONValue, _ input: OutputShape) {
    guard input.dimensions.count > 2, config["keepdims"]?.bool != true else { return nil }
    let isFirst = config["data_format"] == "channels_first"
    self.init([input.dimensions[0], input.dimensions[isFirst ? 1 : input.dimensions.count - 1]])
  }

  private init?(wrapper: LayerNode, _ input: OutputShape) {
    guard let layer = wrapper.wrapped.first, input.dimensions.count > 2 else { return nil }
    if wrapper.className == "Bidirectional" {
      guard let one = OutputShape(of: layer, on: input) else { return nil }
      switch wrapper.config["merge_mode"] {
      case "concat": self = one.with(last: one.dimensions.last?.flatMap { $0.doubled })
      case "sum", "mul", "ave": self = one
      default: return nil
      }
    } else {
      let step = OutputShape([input.dimensions[0]] + input.dimensions.dropFirst(2))
      guard let one = OutputShape(of: layer, on: step) else { return nil }
      self.init(Array(input.dimensions.prefix(2)) + one.dimensions.dropFirst())
    }
  }

  /// Keras 1 calls it `output_dim`.
  private static func units(of config: JSONValue) -> Int? {
    config["units"]?.integer ?? config["output_dim"]?.integer
  }

  /// A `Reshape`'s target with its one -1 worked out, when the input is fixed.
  private func inferring(from input: OutputShape) -> [Int?] {
    guard dimensions.contains(-1) else { return dimensions }
    let known = Self.count(of: dimensions.filter { $0 != -1 })
    let all = Self.count(of: input.dimensions.dropFirst())
    var inferred: Int?
    if let known, let all, known > 0, all % known == 0 { inferred = all / known }
    return dimensions.map { $0 == -1 ? inferred : $0 }
  }
}

extension Int {
  /// Twice the number; `nil` when that does not fit.
  fileprivate var doubled: Int? {
    let (product, overflow) = multipliedReportingOverflow(by: 2)
    return overflow ? nil : product
  }
}
