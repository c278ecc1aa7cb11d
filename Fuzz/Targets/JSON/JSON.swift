import Harness
import StrictJSON

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let value = try JSONValue(parsing: input.bytes)
    for text in [value.canonicalText, value.prettyText] {
      guard (try? JSONValue(parsing: text)) == value else {
        fail("what was written reads otherwise")
      }
    }
  }
}
