import BundleReading
import Harness

/// The parts: an index and a shard. They are read as they are, and once more when the checksums of
/// the index's blocks are right.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(2)
    let shard = parts[1].file("ck.data-00000-of-00001")
    for index in [parts[0].bytes, TableWriter.mended(parts[0].bytes)] {
      try? readBundle(MemoryFile.slice(of: index, name: "ck.index"), shards: [0: shard])
    }
  }
}
