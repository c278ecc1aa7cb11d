import Harness
import StrictJSON
import Tensors

@testable import IsolatedReaders

/// A snapshot as a worker answers it that a hostile source may have taken over.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let json = try JSONValue(parsing: input.bytes)
    _ = try? WorkerRejection(json)
    let snapshot = try ModelSnapshot(json)
    try snapshot.check(against: source, spoolBytes: 1000)
    for variable in snapshot.variables {
      guard variable.shape.byteCount(of: variable.dtype).map(UInt64.init) == variable.bytes.length
      else { fail("\(variable.path) has \(variable.bytes.length) bytes") }
    }
    guard try ModelSnapshot(JSONValue(parsing: snapshot.json.canonicalText)) == snapshot else {
      fail("the answer reads otherwise")
    }
  }
}

/// Nothing is read of it.
private let source = OpenSource(
  path: "", kind: .folder,
  files: [
    SourceFile(descriptor: -1, name: "a", byteCount: 1000),
    SourceFile(descriptor: -1, name: "b", byteCount: 50),
  ])
