import Harness
import ZipFormat

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let archive = try ZipArchive(input.file("archive.zip"))
    for member in archive.members {
      // One damaged member says nothing of the others.
      _ = try? archive.leadingBytes(of: member, count: 16)
      guard let contents = try? archive.contents(of: member, limit: 1 << 24) else { continue }
      guard contents.count == Int(member.byteCount) else { fail("\(member) has other bytes") }
    }
  }
}
