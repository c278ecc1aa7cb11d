/// The dimensions of a tensor, slowest first. No dimensions: a scalar.
public struct Shape: Hashable, Sendable {
  /// The dimensions; none is negative.
  public let dimensions: [Int]

  /// `nil` when a dimension is negative.
  public init?(_ dimensions: [Int]) {
    guard dimensions.allSatisfy({ $0 >= 0 }) else { return nil }
    self.dimensions = dimensions
  }

  /// The shape of a single value.
  public static let scalar = Shape(unchecked: [])

  private init(unchecked dimensions: [Int]) { self.dimensions = dimensions }

  /// The number of elements; `nil` when it does not fit an `Int`.
  public var elementCount: Int? {
    if dimensions.contains(0) { return 0 }
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The bytes that a tensor of this shape takes; `nil` when the number does not fit an `Int`.
  public func byteCount(of dtype: DType) -> Int? {
    guard let elementCount else { return nil }
    let (product, overflow) = elementCount.multipliedReportingOverflow(by: dtype.byteWidth)
    return overflow ? nil : product
  }
}

extension Shape: CustomStringConvertible {
  /// As Python prints a tuple: `()`, `(10,)`, `(784, 10)`.
  public var description: String {
    switch dimensions.count {
    case 1: "(\(dimensions[0]),)"
    default: "(" + dimensions.map(String.init).joined(separator: ", ") + ")"
    }
  }
}
