import Digests
import Harness

/// The parts are a pack's head with its blobs, its entries, and the number that stands behind them
/// if it is not to be right. The footer's digest is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(3).map(\.bytes)
    var number = parts[2]
    if number.isEmpty {
      let isFirstLayout = parts[0].starts(with: Array("REGPACK1".utf8))
      number.append(littleEndian: UInt64(parts[1].count / (isFirstLayout ? 48 : 1)))
    }
    let footer = parts[1] + number
    var pack = Pack(
      bytes: parts[0] + footer + Digest(of: footer).bytes + Array("REGPKEND".utf8))
    try pack.check()
  }
}
