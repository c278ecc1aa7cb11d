import Files
import Harness
import SafetensorsFormat

/// The parts: an index, and a header and the tensors' bytes of each of two files.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(5)
    let names = ["m-1.safetensors", "m-2.safetensors"]
    var files = [parts[0].file("index")]
    var shards: [String: (place: Int, file: FileSlice)] = [:]
    for (number, name) in names.enumerated() {
      let bytes = safetensors(header: parts[2 * number + 1], data: parts[2 * number + 2])
      files.append(MemoryFile.slice(of: bytes, name: name))
      shards[name] = (number + 1, files[number + 1])
    }
    let snapshot = try SafetensorsFile.snapshot(index: parts[0].bytes, shards: shards)
    check(snapshot, files: files, spool: MemoryFile.spool())
  }
}
