/// A way to write elements so that alike ones share bytes. Each is one-to-one for all bit patterns,
/// so that NaNs' payloads, negative zeros and denormals come back as they were.
///
/// All of them give zero for an element that is zero, or the base's, so that blocks of nothing but
/// zeros are the same for all.
enum ElementMapping: UInt8 {
  case identity = 0x10
  case rotation = 0x11
  case zigzag = 0x12
  case exclusiveOr = 0x13
  case difference = 0x14
  case orderedDifference = 0x15

  var needsBase: Bool {
    switch self {
    case .identity, .rotation, .zigzag: false
    case .exclusiveOr, .difference, .orderedDifference: true
    }
  }
}

extension ElementBits {
  /// All bits are the sign's.
  @inline(__always)
  private var signs: Self { 0 &- (self &>> Self(truncatingIfNeeded: Self.bitWidth &- 1)) }

  /// The sign goes to the lowest bit, so that a float's exponent begins at the highest.
  @inline(__always)
  var rotated: Self { self &<< 1 | self &>> Self(truncatingIfNeeded: Self.bitWidth &- 1) }

  @inline(__always)
  var rotatedBack: Self { self &>> 1 | self &<< Self(truncatingIfNeeded: Self.bitWidth &- 1) }

  /// As a signed integer 0, -1, 1, -2 become 0, 1, 2, 3, so that small ones have zeros above.
  /// https://protobuf.dev/programming-guides/encoding/#signed-ints
  @inline(__always)
  var zigzagged: Self { self &<< 1 ^ signs }

  @inline(__always)
  var zigzaggedBack: Self { self &>> 1 ^ (0 &- (self & 1)) }

  /// A float's bits as a signed integer that is ordered as floats are, and back: neighbours differ
  /// by one, on both sides of zero. Negative ones have all bits but the sign's inverted.
  @inline(__always)
  var ordered: Self { self ^ signs &>> 1 }
}

/// The arithmetic of an `ElementMapping`, as a type so that loops are compiled for each.
protocol Mapping {
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits
}

enum Identity: Mapping {
  @inline(__always)
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits { element }
  @inline(__always)
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits { mapped }
}

enum Rotation: Mapping {
  @inline(__always)
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits {
    element.rotated
  }
  @inline(__always)
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits {
    mapped.rotatedBack
  }
}

enum Zigzag: Mapping {
  @inline(__always)
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits {
    element.zigzagged
  }
  @inline(__always)
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits {
    mapped.zigzaggedBack
  }
}

enum ExclusiveOr: Mapping {
  @inline(__always)
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits { element ^ base }
  @inline(__always)
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits {
    mapped ^ base
  }
}

enum Difference: Mapping {
  @inline(__always)
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits {
    (element &- base).zigzagged
  }
  @inline(__always)
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits {
    mapped.zigzaggedBack &+ base
  }
}

enum OrderedDifference: Mapping {
  @inline(__always)
  static func map<Bits: ElementBits>(_ element: Bits, against base: Bits) -> Bits {
    (element.ordered &- base.ordered).zigzagged
  }
  @inline(__always)
  static func mapBack<Bits: ElementBits>(_ mapped: Bits, against base: Bits) -> Bits {
    (mapped.zigzaggedBack &+ base.ordered).ordered
  }
}
