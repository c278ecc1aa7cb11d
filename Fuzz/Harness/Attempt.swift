import CMemory
import Glibc

/// Hands one input of libFuzzer's to a reader.
///
/// Whatever the reader throws is right. What is not right ends the process: a trap by itself, and
/// memory beyond `memoryLimit` here, at the input that took it: libFuzzer looks only each second.
public func attempt(
  _ start: UnsafePointer<UInt8>?, _ count: Int, _ body: (Input) throws -> Void
) -> CInt {
  let input = Input(UnsafeRawBufferPointer(start: start, count: count))
  // An error is an answer.
  try? body(input)
  guard peak_memory_kilobytes() <= memoryLimit >> 10 else {
    fail("an input of \(count) bytes took \(peak_memory_kilobytes()) KiB of memory")
  }
  return 0
}

/// In bytes; what libFuzzer itself takes, some ten megabytes, is in it.
private let memoryLimit = 512 << 20

/// Says what a reader did that it must not do, and makes libFuzzer keep the input.
public func fail(_ message: String) -> Never {
  fatalError(message)
}
