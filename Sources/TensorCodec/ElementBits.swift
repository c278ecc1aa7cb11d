/// An unsigned integer of an element's width.
protocol ElementBits: FixedWidthInteger, UnsignedInteger, SIMDScalar, Codable {
  /// Sixteen elements of planes, from an index in a block on that begins at `start` in each plane.
  static func joined(
    _ planes: UnsafePointer<PlaneBytes>, from start: Int, _ index: Int
  ) -> SIMD16<Self>
}

// Of each two halves the lower one comes first. Of these vectors the compiler makes the processor's
// own interleaving; of a loop with shifts it makes three times as many instructions.

extension UInt8: ElementBits {
  @inline(__always)
  static func joined(
    _ planes: UnsafePointer<PlaneBytes>, from start: Int, _ index: Int
  ) -> SIMD16<UInt8> {
    planes.pointee.block(at: start).loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
  }
}

extension UInt16: ElementBits {
  @inline(__always)
  static func joined(
    _ planes: UnsafePointer<PlaneBytes>, from start: Int, _ index: Int
  ) -> SIMD16<UInt16> {
    var halves = SIMD32<UInt8>()
    halves.evenHalf = UInt8.joined(planes, from: start, index)
    halves.oddHalf = UInt8.joined(planes + 1, from: start, index)
    return unsafeBitCast(halves, to: SIMD16<UInt16>.self)
  }
}

extension UInt32: ElementBits {
  @inline(__always)
  static func joined(
    _ planes: UnsafePointer<PlaneBytes>, from start: Int, _ index: Int
  ) -> SIMD16<UInt32> {
    var halves = SIMD32<UInt16>()
    halves.evenHalf = UInt16.joined(planes, from: start, index)
    halves.oddHalf = UInt16.joined(planes + 2, from: start, index)
    return unsafeBitCast(halves, to: SIMD16<UInt32>.self)
  }
}

extension UInt64: ElementBits {
  @inline(__always)
  static func joined(
    _ planes: UnsafePointer<PlaneBytes>, from start: Int, _ index: Int
  ) -> SIMD16<UInt64> {
    var halves = SIMD32<UInt32>()
    halves.evenHalf = UInt32.joined(planes, from: start, index)
    halves.oddHalf = UInt32.joined(planes + 4, from: start, index)
    return unsafeBitCast(halves, to: SIMD16<UInt64>.self)
  }
}
