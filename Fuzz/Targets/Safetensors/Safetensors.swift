import Harness
import SafetensorsFormat

/// A file as it is; or, of two parts, a header that gets its length, and the tensors' bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(2)
    let file =
      parts[1].bytes.isEmpty
      ? input.file("model.safetensors")
      : MemoryFile.slice(
        of: safetensors(header: parts[0], data: parts[1]), name: "model.safetensors")
    _ = SafetensorsFile.isSafetensors(file)
    let snapshot = try SafetensorsFile.snapshot(of: file, place: 0)
    check(snapshot, files: [file], spool: MemoryFile.spool())
  }
}
