import TensorFlowGraph
import Tensors

extension ConstantTensor {
  /// Numbers as a kind has them, rounded to the nearest and to even between two.
  ///
  /// - Parameter values: in C order; as many as the dimensions say.
  init(_ values: [Double], kind: ElementKind, dimensions: [Int]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values { Self.append(value, as: kind, to: &bytes) }
    self.init(kind: kind, dimensions: dimensions, elements: .bytes(bytes))
  }

  /// Integers of any kind of integers, cut to its width.
  init(_ values: [Int], kind: ElementKind, dimensions: [Int]) {
    let width = kind.dtype?.byteWidth ?? 4
    var bytes: [UInt8] = []
    for value in values {
      withUnsafeBytes(of: Int64(value).littleEndian) { bytes += $0.prefix(width) }
    }
    self.init(kind: kind, dimensions: dimensions, elements: .bytes(bytes))
  }

  private static func append(_ value: Double, as kind: ElementKind, to bytes: inout [UInt8]) {
    func add(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
    switch kind {
    case .float64: add(value.bitPattern)
    case .float16: add(Float16(value).bitPattern)
    case .bfloat16: add(bfloat16(Float(value)))
    case .bool: add(UInt8(value != 0 ? 1 : 0))
    case let kind where kind.isInteger:
      let number = Int64(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : .min)
      withUnsafeBytes(of: number.littleEndian) { bytes += $0.prefix(kind.dtype?.byteWidth ?? 4) }
    default: add(Float(value).bitPattern)
    }
  }

  private static func bfloat16(_ value: Float) -> UInt16 {
    guard !value.isNaN else { return 0x7FC0 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }
}
