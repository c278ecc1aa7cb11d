/// Where the bytes of mapped elements stand apart by their significance: all lowest ones, then all
/// next ones. Blocks whose elements are all zero once mapped are marked in a mask and left out.
///
/// This is where the time goes: plain loops over blocks of a fixed length, which the compiler turns
/// into vectors for each width and mapping.
struct Planes {
  /// In elements. Untouched rows of embeddings are much longer.
  static let blockLength = 64

  /// How many elements the chunk has; what is behind the last one belongs to no plane.
  let elementCount: Int
  /// The bytes of an element, and the number of planes.
  let width: Int
  /// From the beginning of a plane to that of the next one in memory, in bytes.
  let stride: Int

  init(chunkByteCount: Int, width: Int) {
    elementCount = chunkByteCount / width
    self.width = width
    stride = elementCount.roundedUp(to: Self.blockLength)
  }

  var blockCount: Int { stride / Self.blockLength }

  /// A bit for each block.
  var maskByteCount: Int { (blockCount + 7) / 8 }

  /// The most memory that planes of any chunk take.
  static let largestByteCount = Chunk.byteCount + 8 * blockLength

  /// The most that a mask of any chunk takes: one of elements of a byte.
  static let largestMaskByteCount = Chunk.byteCount / blockLength / 8

  /// How many elements are left when the blocks that the mask marks are left out; nil when it
  /// marks blocks that are not there.
  func keptCount(mask: UnsafeRawBufferPointer) -> Int? {
    var marked = 0
    for byte in mask { marked += byte.nonzeroBitCount }
    let spare = mask.count * 8 - blockCount
    if spare > 0, let last = mask.last, last >> UInt8(8 - spare) != 0 { return nil }
    let lastIsMarked =
      blockCount > 0 && mask[(blockCount - 1) / 8] >> UInt8((blockCount - 1) % 8) & 1 == 1
    return elementCount - marked * Self.blockLength
      + (lastIsMarked ? stride - elementCount : 0)
  }
}

// MARK: - Splitting

extension Planes {
  /// Fills the planes and the mask; returns how many elements are left. The memory of the planes
  /// has `width * stride` bytes, that of the mask `maskByteCount`, the base as many as the chunk.
  func split(
    _ chunk: UnsafeRawBufferPointer, by mapping: ElementMapping,
    against base: UnsafeRawBufferPointer?,
    into planes: UnsafeMutableRawBufferPointer, mask: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard let chunk = chunk.baseAddress, let planes = planes.baseAddress,
      let mask = mask.baseAddress
    else { return 0 }
    mask.initializeMemory(as: UInt8.self, repeating: 0, count: maskByteCount)
    // Where a mapping has no base, its loop never looks at it.
    let memory = SplitMemory(
      chunk: chunk, base: base?.baseAddress ?? chunk, planes: planes, mask: mask)
    return switch mapping {
    case .identity: split(memory, by: Identity.self)
    case .rotation: split(memory, by: Rotation.self)
    case .zigzag: split(memory, by: Zigzag.self)
    case .exclusiveOr: split(memory, by: ExclusiveOr.self)
    case .difference: split(memory, by: Difference.self)
    case .orderedDifference: split(memory, by: OrderedDifference.self)
    }
  }

  private func split(_ memory: SplitMemory, by mapping: (some Mapping).Type) -> Int {
    switch width {
    case 1: split(memory, of: UInt8.self, by: mapping)
    case 2: split(memory, of: UInt16.self, by: mapping)
    case 4: split(memory, of: UInt32.self, by: mapping)
    default: split(memory, of: UInt64.self, by: mapping)
    }
  }

  private func split<Bits: ElementBits, Map: Mapping>(
    _ memory: SplitMemory, of: Bits.Type, by: Map.Type
  ) -> Int {
    let whole = elementCount / Self.blockLength
    var kept = 0
    for block in 0..<whole {
      let start = block &* Self.blockLength
      if memory.splitBlock(
        of: Bits.self, by: Map.self, from: start, count: Self.blockLength, to: kept, stride: stride)
      {
        kept &+= Self.blockLength
      } else {
        memory.mark(block)
      }
    }
    let rest = elementCount &- whole &* Self.blockLength
    guard rest > 0 else { return kept }
    if memory.splitBlock(
      of: Bits.self, by: Map.self, from: elementCount &- rest, count: rest, to: kept, stride: stride
    ) {
      kept &+= rest
    } else {
      memory.mark(whole)
    }
    return kept
  }
}

/// What a splitting loop reads and writes.
private struct SplitMemory {
  let chunk: UnsafeRawPointer
  let base: UnsafeRawPointer
  let planes: UnsafeMutableRawPointer
  let mask: UnsafeMutableRawPointer

  /// Writes a block's bytes at `to` in each plane; says whether any of them is not zero.
  @inline(__always)
  func splitBlock<Bits: ElementBits, Map: Mapping>(
    of: Bits.Type, by: Map.Type, from start: Int, count: Int, to kept: Int, stride: Int
  ) -> Bool {
    let width = MemoryLayout<Bits>.size
    var all: Bits = 0
    for index in 0..<count {
      let offset = (start &+ index) &* width
      let mapped = Map.map(
        chunk.loadUnaligned(fromByteOffset: offset, as: Bits.self),
        against: base.loadUnaligned(fromByteOffset: offset, as: Bits.self))
      all |= mapped
      for plane in 0..<width {
        planes.storeBytes(
          of: UInt8(truncatingIfNeeded: mapped &>> Bits(truncatingIfNeeded: 8 &* plane)),
          toByteOffset: plane &* stride &+ kept &+ index, as: UInt8.self)
      }
    }
    return all != 0
  }

  func mark(_ block: Int) {
    let byte = mask.load(fromByteOffset: block / 8, as: UInt8.self)
    mask.storeBytes(of: byte | 1 << UInt8(block % 8), toByteOffset: block / 8, as: UInt8.self)
  }
}

// MARK: - Joining

extension Planes {
  /// Fills the chunk's elements from planes, one for each byte of an element, which have as many
  /// bytes as the mask leaves. Without a mask no block is left out.
  func join(
    _ planes: [PlaneBytes], mask: UnsafeRawBufferPointer?, by mapping: ElementMapping,
    against base: UnsafeRawBufferPointer?, into chunk: UnsafeMutableRawBufferPointer
  ) {
    guard planes.count == width, let chunk = chunk.baseAddress else { return }
    planes.withUnsafeBufferPointer { planes in
      guard let planes = planes.baseAddress else { return }
      // Where a mapping has no base, its loop never looks at it.
      let memory = JoinMemory(
        planes: planes, base: base?.baseAddress ?? UnsafeRawPointer(chunk),
        mask: mask?.baseAddress, chunk: chunk)
      switch mapping {
      case .identity: join(memory, by: Identity.self)
      case .rotation: join(memory, by: Rotation.self)
      case .zigzag: join(memory, by: Zigzag.self)
      case .exclusiveOr: join(memory, by: ExclusiveOr.self)
      case .difference: join(memory, by: Difference.self)
      case .orderedDifference: join(memory, by: OrderedDifference.self)
      }
    }
  }

  private func join(_ memory: JoinMemory, by mapping: (some Mapping).Type) {
    switch width {
    case 1: join(memory, of: UInt8.self, by: mapping)
    case 2: join(memory, of: UInt16.self, by: mapping)
    case 4: join(memory, of: UInt32.self, by: mapping)
    default: join(memory, of: UInt64.self, by: mapping)
    }
  }

  private func join<Bits: ElementBits, Map: Mapping>(
    _ memory: JoinMemory, of: Bits.Type, by: Map.Type
  ) {
    var kept = 0
    for block in 0..<blockCount {
      let start = block &* Self.blockLength
      let count = min(Self.blockLength, elementCount &- start)
      if memory.isMarked(block) {
        memory.fillBlock(of: Bits.self, by: Map.self, at: start, count: count)
      } else if count == Self.blockLength {
        memory.joinBlock(of: Bits.self, by: Map.self, from: kept, to: start)
        kept &+= count
      } else {
        memory.joinRest(of: Bits.self, by: Map.self, from: kept, count: count, to: start)
      }
    }
  }
}

/// Where the bytes of a plane are: all of them, or one block when all blocks are the same.
struct PlaneBytes {
  private let start: UnsafeRawPointer
  /// All bits, or none where there is but one block.
  private let indexMask: Int

  init(_ start: UnsafeRawPointer, isConstant: Bool) {
    self.start = start
    indexMask = isConstant ? 0 : -1
  }

  /// What begins at an index, a multiple of a block's length.
  @inline(__always)
  func block(at index: Int) -> UnsafeRawPointer { start + (index & indexMask) }
}

/// What a joining loop reads and writes.
private struct JoinMemory {
  let planes: UnsafePointer<PlaneBytes>
  let base: UnsafeRawPointer
  let mask: UnsafeRawPointer?
  let chunk: UnsafeMutableRawPointer

  @inline(__always)
  func isMarked(_ block: Int) -> Bool {
    guard let mask else { return false }
    return mask.load(fromByteOffset: block / 8, as: UInt8.self) >> UInt8(block % 8) & 1 == 1
  }

  /// A whole block: first the elements' bytes, then what they were before they were mapped.
  @inline(__always)
  func joinBlock<Bits: ElementBits, Map: Mapping>(
    of: Bits.Type, by: Map.Type, from kept: Int, to start: Int
  ) {
    let width = MemoryLayout<Bits>.size
    let block = chunk + start &* width
    for index in stride(from: 0, to: Planes.blockLength, by: 16) {
      block.storeBytes(
        of: Bits.joined(planes, from: kept, index), toByteOffset: index &* width,
        as: SIMD16<Bits>.self)
    }
    let base = base + start &* width
    for offset in stride(from: 0, to: Planes.blockLength &* width, by: width) {
      block.storeBytes(
        of: Map.mapBack(
          block.loadUnaligned(fromByteOffset: offset, as: Bits.self),
          against: base.loadUnaligned(fromByteOffset: offset, as: Bits.self)),
        toByteOffset: offset, as: Bits.self)
    }
  }

  /// The last elements, where they are no whole block. Kept out of the loop over those.
  @inline(never)
  func joinRest<Bits: ElementBits, Map: Mapping>(
    of: Bits.Type, by: Map.Type, from kept: Int, count: Int, to start: Int
  ) {
    let width = MemoryLayout<Bits>.size
    for index in 0..<count {
      var mapped: Bits = 0
      for plane in 0..<width {
        let byte = planes[plane].block(at: kept).load(fromByteOffset: index, as: UInt8.self)
        mapped |= Bits(truncatingIfNeeded: byte) &<< Bits(truncatingIfNeeded: 8 &* plane)
      }
      let offset = (start &+ index) &* width
      chunk.storeBytes(
        of: Map.mapBack(
          mapped, against: base.loadUnaligned(fromByteOffset: offset, as: Bits.self)),
        toByteOffset: offset, as: Bits.self)
    }
  }

  /// A block of zeros.
  @inline(__always)
  func fillBlock<Bits: ElementBits, Map: Mapping>(
    of: Bits.Type, by: Map.Type, at start: Int, count: Int
  ) {
    for index in 0..<count {
      let offset = (start &+ index) &* MemoryLayout<Bits>.size
      chunk.storeBytes(
        of: Map.mapBack(0, against: base.loadUnaligned(fromByteOffset: offset, as: Bits.self)),
        toByteOffset: offset, as: Bits.self)
    }
  }
}
