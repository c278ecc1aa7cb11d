import Glibc

/// Bytes at the end of their page, behind which lies one that nobody may touch.
final class GuardedMemory {
  private let start: UnsafeMutableRawPointer
  private let length: Int
  let mutableBytes: UnsafeMutableRawBufferPointer

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }

  init(_ content: [UInt8]) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let used = (content.count + page - 1) / page * page
    length = used + page
    guard
      let start = mmap(
        nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED, mprotect(start + used, page, PROT_NONE) == 0
    else { fatalError("mmap: errno \(errno)") }
    self.start = start
    mutableBytes = UnsafeMutableRawBufferPointer(
      start: start + used - content.count, count: content.count)
    mutableBytes.copyBytes(from: content)
  }

  deinit { munmap(start, length) }
}
