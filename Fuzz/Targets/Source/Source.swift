import Files
import Harness
import StrictJSON
import Tensors

@testable import IsolatedReaders

/// The first part is a kind of source, and its files' names, a line each; the others are those files.
/// All is done that a worker does, but in this process: so HDF5 files are left out, as libhdf5
/// crashes by itself. What the worker would answer, the parent must understand.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(5)
    let lines = parts[0].text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let kind = lines.first.flatMap({ SourceKind(rawValue: String($0)) }), lines.count > 1,
      !hasHDF5(input.bytes)
    else { return }
    let files = zip(lines.dropFirst(), parts.dropFirst()).enumerated().map { place, file in
      let isIndex = file.0.hasSuffix(".index")
      let slice = MemoryFile.slice(
        of: isIndex ? TableWriter.mended(file.1.bytes) : file.1.bytes, name: "file \(place)")
      return SourceFile(
        descriptor: slice.descriptor, name: String(file.0), byteCount: slice.byteCount)
    }
    read(OpenSource(path: "", kind: kind, files: files))
  }
}

private func hasHDF5(_ bytes: [UInt8]) -> Bool {
  let signature = Array("HDF\r\n".utf8)
  return bytes.indices.contains {
    bytes[$0] == signature[0] && bytes[$0...].starts(with: signature)
  }
}

private func read(_ source: OpenSource) {
  let spool = MemoryFile.spool()
  do {
    let snapshot = try SourceReading(source, ReadingContext(), spool).snapshot()
    try snapshot.check(against: source, spoolBytes: spool.byteCount)
    let answer = snapshot.json.canonicalText
    guard try ModelSnapshot(JSONValue(parsing: answer)) == snapshot else {
      fail("the answer reads otherwise")
    }
  } catch {
    guard let rejection = WorkerRejection(causedBy: error) else { return }
    let answer = rejection.json.canonicalText
    guard (try? WorkerRejection(JSONValue(parsing: answer))) == rejection else {
      fail("the rejection reads otherwise")
    }
  }
}
