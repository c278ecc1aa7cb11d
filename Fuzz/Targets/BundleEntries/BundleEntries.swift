import BundleReading
import Harness

/// The parts: a shard, the header of the index, and its keys and values in turns. Only the table
/// round them, and the checksums of the tensors, are sound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(22).map(\.bytes)
    var entries: [(key: [UInt8], value: [UInt8])] = [([], parts[1])]
    for place in stride(from: 2, to: parts.count, by: 2) where !parts[place].isEmpty {
      let value = BundleEntry.mended(parts[place + 1], shard: parts[0])
      entries.append((parts[place], value))
    }
    let index = MemoryFile.slice(of: TableWriter.table(entries), name: "ck.index")
    let shard = MemoryFile.slice(of: parts[0], name: "ck.data-00000-of-00001")
    try readBundle(index, shards: [0: shard])
  }
}
