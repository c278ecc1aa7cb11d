/// What can be wrong with a chunk or with its coded bytes.
public enum CodecError: Error, Hashable, Sendable {
  /// The system has no memory for the coder.
  case outOfMemory
  /// A chunk, or a base's chunk, is longer than `Chunk.byteCount`.
  case chunkTooLong(byteCount: Int)
  /// The coded bytes end before what they say they have.
  case truncated(needed: Int, available: Int)
  /// The coded bytes go on behind what they say they have.
  case excessBytes(expected: Int, available: Int)
  /// The first byte names no form of a chunk.
  case unknownForm(UInt8)
  /// The second byte names no layout of planes.
  case unknownLayout(UInt8)
  /// A part of planes is in a form that does not exist.
  case unknownPartForm(part: Int, UInt8)
  /// The mask of empty blocks marks blocks that the chunk does not have.
  case maskTooLong
  /// The chunk was coded against another, which is not given.
  case baseMissing
  /// The base's chunk is shorter than the chunk.
  case baseTooShort(needed: Int, available: Int)
  /// A frame of Zstandard's is damaged, says libzstd.
  case frameDamaged(reason: String)
  /// A frame decodes to another number of bytes than belong there.
  case frameLengthWrong(expected: Int, found: Int)
}
