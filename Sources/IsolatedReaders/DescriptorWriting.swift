import Files
import Glibc

/// Writes all bytes to a descriptor that somebody else opened.
func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
) throws(SystemCallError) {
  var done = 0
  while done < bytes.count {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
    let written = write(descriptor, rest.baseAddress, rest.count)
    if written >= 0 {
      done += written
      continue
    }
    let error = SystemCallError("write", path)
    guard error.code == EINTR else { throw error }
  }
}
