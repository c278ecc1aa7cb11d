import Harness
import TensorFlowFormat

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    _ = try CheckpointState(input.bytes)
  }
}
