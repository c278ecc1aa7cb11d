import Harness
import TensorCodec

/// The parts are the chunk's length, the coded chunk, and the base's chunk.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(3)
    let length = parts[0].bytes.reduce(0) { ($0 << 8 | Int($1)) % (Chunk.byteCount + 1) }
    let coders = try Coders()
    coders.decode(parts[1].bytes, against: nil, byteCount: length)
    coders.decode(parts[1].bytes, against: parts[2].bytes, byteCount: length)
    // A base that is always long enough, and not the same everywhere.
    let base = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    coders.decode(parts[1].bytes, against: base, byteCount: length)
    try coders.check(parts[1].bytes, against: parts[2].bytes)
  }
}
