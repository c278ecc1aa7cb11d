import StrictJSON
import TensorFlowGraph
import Tensors

/// Numbers that a configuration has: one, or lists of lists, as Keras writes arrays.
struct ConfiguredNumbers {
  let values: [Double]
  let dimensions: [Int]

  /// More axes than these are in no layer.
  private static let mostAxes = 8

  /// `nil` where the field is absent or null.
  static func read(
    _ field: String, of layer: Layer
  ) throws(CompileError) -> ConfiguredNumbers? {
    guard let json = layer.settings[field] else { return nil }
    // Keras 3 wraps arrays: `{"class_name": "__numpy__", "config": {"value": …}}`.
    guard let numbers = ConfiguredNumbers(json["config"]?["value"] ?? json, depth: 0) else {
      throw layer.settings.malformed(field, "numbers")
    }
    return numbers
  }

  private init?(_ json: JSONValue, depth: Int) {
    if let number = json.double {
      (values, dimensions) = ([number], [])
      return
    }
    guard let elements = json.elements, depth < Self.mostAxes else { return nil }
    var values: [Double] = []
    var inner: [Int]?
    for element in elements {
      guard let part = ConfiguredNumbers(element, depth: depth + 1),
        part.dimensions == inner ?? part.dimensions
      else { return nil }
      values += part.values
      inner = part.dimensions
    }
    (self.values, dimensions) = (values, [elements.count] + (inner ?? []))
  }

  /// The numbers as a constant.
  ///
  /// - Parameter shape: another one with as many elements.
  func constant(
    _ kind: ElementKind, shape: [Int]? = nil, in graph: GraphBuilder
  ) -> Tensor {
    graph.constant(ConstantTensor(values, kind: kind, dimensions: shape ?? dimensions))
  }
}

extension Call {
  /// The only tensor of the first argument, of the type that the layer computes in: Keras casts
  /// whole numbers, too, where it prepares data.
  func data(in graph: GraphBuilder) throws(CompileError) -> Tensor {
    let input = try input
    guard input.kind.isFloating || input.kind.isInteger || input.kind == .bool else {
      throw unfitting("numbers", "\(input.kind)")
    }
    return graph.cast(input, to: layer.policy.compute)
  }

  /// A result with the mask of the input, where it is the dialect's to pass it on.
  func passingMask(_ result: Tensor) -> CallValue {
    .tensor(result.masked(by: layer.dialect == .keras3 ? inputs.first?.mask : nil))
  }
}
