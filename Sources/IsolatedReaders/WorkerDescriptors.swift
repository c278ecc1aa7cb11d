import Files
import Glibc

/// The descriptors that a worker is born with, besides 0 to 2, which lead nowhere.
enum WorkerDescriptors {
  /// A `WorkerRequest` or an `HDF5Blueprint`, as canonical JSON.
  static let request: Int32 = 3
  static let answer: Int32 = 4
  /// The file for what does not lie in the source as it is, or for an HDF5 file in the making.
  static let spool: Int32 = 5
  /// The source's files, in its order, from here on.
  static let firstFile: Int32 = 6
  /// How many there are before those.
  static let least = Int(firstFile - request)

  /// The request, as the worker reads it.
  static func requestFile() throws(SystemCallError) -> FileSlice {
    FileSlice(
      descriptor: request, name: "the request", byteCount: try byteCount(of: request))
  }

  /// How long a file is.
  static func byteCount(of descriptor: Int32) throws(SystemCallError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemCallError("fstat", "the source") }
    return UInt64(max(0, status.st_size))
  }
}
