import Harness
import NumPyFormat
import ZipFormat

/// The parts are arrays, each behind a byte that says whether it is deflated. The archive round
/// them is sound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let members = zip(["a.npy", "b.npy", "c.npy"], input.parts(3)).map { name, part in
      (name: name, bytes: Array(part.bytes.dropFirst()), isDeflated: part.bytes.first == 0x64)
    }
    let file = MemoryFile.slice(of: ArchiveWriter.archive(members), name: "weights.npz")
    guard let archive = try? ZipArchive(file) else { fail("the archive is refused") }
    let spool = MemoryFile.spool()
    check(try NpzFormat.snapshot(of: archive, file: 0, spool: spool), files: [file], spool: spool)
  }
}
