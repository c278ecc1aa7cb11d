import Harness
import NumPyFormat
import ZipFormat

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let file = input.file("weights.npz")
    let spool = MemoryFile.spool()
    let snapshot = try NpzFormat.snapshot(of: ZipArchive(file), file: 0, spool: spool)
    check(snapshot, files: [file], spool: spool)
  }
}
