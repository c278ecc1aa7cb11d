/// Decodes chunks, whoever coded them. Owns its contexts and memory: one a thread.
///
/// Time and memory are bounded by the coded bytes that are there and the chunk's length, whatever
/// the coded bytes say of themselves.
public final class ChunkDecoder {
  private let planes: ScratchMemory
  private let mask: ScratchMemory
  private let decompressor: Decompressor

  /// Fails only when the system has no memory.
  public init() throws(CodecError) {
    planes = try ScratchMemory(byteCount: Planes.largestByteCount)
    mask = try ScratchMemory(byteCount: Planes.largestMaskByteCount)
    decompressor = try Decompressor()
  }

  /// Whether a coded chunk was coded against a base's, which its first byte says.
  public static func needsBase(_ coded: UnsafeRawBufferPointer) throws(CodecError) -> Bool {
    guard let first = coded.first else { throw .truncated(needed: 1, available: 0) }
    switch CodedForm(rawValue: first) {
    case .stored, .frame: return false
    case .frameBehindBase: return true
    case nil:
      guard let mapping = ElementMapping(rawValue: first) else { throw .unknownForm(first) }
      return mapping.needsBase
    }
  }

  /// Fills all of a chunk, which shares no memory with what it is made of. The base is the chunk
  /// that it was coded against, and is not looked at when there was none.
  ///
  /// Bytes that are not what an encoder made are an error, or make another chunk.
  public func decode(
    _ coded: UnsafeRawBufferPointer, against base: UnsafeRawBufferPointer?,
    into chunk: UnsafeMutableRawBufferPointer
  ) throws(CodecError) {
    guard chunk.count <= Chunk.byteCount else {
      throw .chunkTooLong(byteCount: chunk.count)
    }
    let base = try Self.needsBase(coded) ? required(base) : nil
    guard let first = coded.first else { throw .truncated(needed: 1, available: 0) }
    let content = UnsafeRawBufferPointer(rebasing: coded.dropFirst())
    switch CodedForm(rawValue: first) {
    case .stored:
      try requireLength(of: content, chunk.count, headByteCount: 1)
      chunk.copyMemory(from: content)
    case .frame, .frameBehindBase:
      try decompressor.decompress(content, behind: base, into: chunk)
    case nil:
      guard let mapping = ElementMapping(rawValue: first) else { throw .unknownForm(first) }
      try decodePlanes(coded, by: mapping, against: base, into: chunk)
    }
  }

  private func required(
    _ base: UnsafeRawBufferPointer?
  ) throws(CodecError) -> UnsafeRawBufferPointer {
    guard let base else { throw .baseMissing }
    guard base.count <= Chunk.byteCount else { throw .chunkTooLong(byteCount: base.count) }
    return base
  }

  private func requireLength(
    of content: UnsafeRawBufferPointer, _ expected: Int, headByteCount head: Int
  ) throws(CodecError) {
    if content.count < expected {
      throw .truncated(needed: head + expected, available: head + content.count)
    }
    if content.count > expected {
      throw .excessBytes(expected: head + expected, available: head + content.count)
    }
  }
}

// MARK: - Planes

extension ChunkDecoder {
  private func decodePlanes(
    _ coded: UnsafeRawBufferPointer, by mapping: ElementMapping,
    against base: UnsafeRawBufferPointer?, into chunk: UnsafeMutableRawBufferPointer
  ) throws(CodecError) {
    if let base, base.count < chunk.count {
      throw .baseTooShort(needed: chunk.count, available: base.count)
    }
    guard coded.count >= 2 else { throw .truncated(needed: 2, available: coded.count) }
    let layout = try PlaneLayout(byte: coded[1])
    let shape = Planes(chunkByteCount: chunk.count, width: layout.width)
    var reader = PartReader(coded)
    var mask: UnsafeRawBufferPointer?
    var length = shape.elementCount
    if layout.hasMask {
      let bytes = UnsafeMutableRawBufferPointer(rebasing: self.mask.bytes[..<shape.maskByteCount])
      try reader.readPart(into: bytes, with: decompressor)
      guard let kept = shape.keptCount(mask: UnsafeRawBufferPointer(bytes)) else {
        throw .maskTooLong
      }
      mask = UnsafeRawBufferPointer(bytes)
      length = kept
    }
    var planes: [PlaneBytes] = []
    planes.reserveCapacity(layout.width)
    for plane in 0..<layout.width {
      planes.append(
        try reader.readPlane(
          length, using: self.planes.start + plane * shape.stride, with: decompressor))
    }
    let tail = UnsafeMutableRawBufferPointer(
      rebasing: chunk[(shape.elementCount * layout.width)...])
    try requireLength(of: reader.rest, tail.count, headByteCount: coded.count - reader.rest.count)
    shape.join(planes, mask: mask, by: mapping, against: base, into: chunk)
    tail.copyMemory(from: reader.rest)
  }
}

/// Reads the parts of planes in order.
private struct PartReader {
  private let coded: UnsafeRawBufferPointer
  private var part = 0
  /// Behind the form and the layout.
  private var offset = 2

  init(_ coded: UnsafeRawBufferPointer) { self.coded = coded }

  /// What follows the parts that were read.
  var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: coded[offset...]) }

  /// Fills the memory from a part.
  mutating func readPart(
    into memory: UnsafeMutableRawBufferPointer, with decompressor: Decompressor
  ) throws(CodecError) {
    let (form, bytes) = try nextPart(of: memory.count)
    switch form {
    case .stored: memory.copyMemory(from: bytes)
    case .constant: memory.initializeMemory(as: UInt8.self, repeating: bytes[0])
    case .frame: try decompressor.decompress(bytes, into: memory)
    }
    part += 1
  }

  /// Finds a plane of so many bytes in a part, or makes it of one in memory of its own, which has
  /// room for it in whole blocks, and for one block at least.
  mutating func readPlane(
    _ byteCount: Int, using memory: UnsafeMutableRawPointer, with decompressor: Decompressor
  ) throws(CodecError) -> PlaneBytes {
    let (form, bytes) = try nextPart(of: byteCount)
    var start = UnsafeRawPointer(memory)
    switch form {
    case .stored: start = bytes.baseAddress ?? start
    case .constant:
      memory.initializeMemory(as: UInt8.self, repeating: bytes[0], count: Planes.blockLength)
    case .frame:
      try decompressor.decompress(
        bytes, into: UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
    }
    part += 1
    return PlaneBytes(start, isConstant: form == .constant)
  }

  /// The form and bytes of a part that is going to have so many.
  private mutating func nextPart(
    of byteCount: Int
  ) throws(CodecError) -> (PartForm, UnsafeRawBufferPointer) {
    let head = try take(1)[0]
    let count: Int
    let form: PartForm
    switch PartForm(rawValue: head & (1 << PartForm.bitCount - 1)) {
    case .stored where head == PartForm.stored.rawValue: (form, count) = (.stored, byteCount)
    case .constant where head == PartForm.constant.rawValue: (form, count) = (.constant, 1)
    case .frame:
      let rest = try take(PartForm.frameHeadByteCount - 1)
      let number = rest.reversed().reduce(0) { $0 << 8 | Int($1) } << 8 | Int(head)
      (form, count) = (.frame, number >> PartForm.bitCount)
    default: throw .unknownPartForm(part: part, head)
    }
    return (form, try take(count))
  }

  private mutating func take(_ count: Int) throws(CodecError) -> UnsafeRawBufferPointer {
    guard count <= coded.count - offset else {
      throw .truncated(needed: offset + count, available: coded.count)
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: coded[offset..<offset + count])
  }
}
