import CHDF5

/// An id that libhdf5 gave out, closed once.
struct Handle: ~Copyable {
  let id: hid_t
  private let close: @convention(c) (hid_t) -> herr_t

  /// Takes over an id that a call has just returned.
  init(
    _ id: hid_t, _ call: String, at location: String,
    closedBy close: @convention(c) (hid_t) -> herr_t
  ) throws(HDF5Error) {
    self.id = try checked(id, call, at: location)
    self.close = close
  }

  deinit { _ = close(id) }

  /// Closes what writes its last bytes only then, which can fail.
  consuming func closeNow(_ call: String, at location: String) throws(HDF5Error) {
    let status = close(id)
    discard self
    try checked(status, call, at: location)
  }
}

/// Gives back what a call of libhdf5 returned; a negative value is an error. It has to be called
/// before anything else of the library, whose next call forgets why the last one failed.
@discardableResult
func checked<Result: SignedInteger>(
  _ result: Result, _ call: String, at location: String
) throws(HDF5Error) -> Result {
  guard result < 0 else { return result }
  let cause = LibraryFailure.last
  if cause.isOutOfMemory {
    throw .limitExceeded(location: location, .memory, allowed: 0, found: 0)
  }
  throw .library(call: call, location: location, description: cause.description)
}

/// The innermost entry of libhdf5's error stack.
private struct LibraryFailure {
  var description = ""
  var isOutOfMemory = false

  static var last: LibraryFailure {
    var failure = LibraryFailure()
    withUnsafeMutablePointer(to: &failure) { failure in
      _ = H5Ewalk2(
        chdf5_error_stack(), H5E_WALK_UPWARD,
        { depth, entry, context in
          guard depth == 0, let entry, let context else { return 0 }
          let failure = context.assumingMemoryBound(to: LibraryFailure.self)
          if let text = entry.pointee.desc { failure.pointee.description = String(cString: text) }
          failure.pointee.isOutOfMemory = chdf5_is_out_of_memory(entry.pointee.min_num) != 0
          return 0
        }, failure)
    }
    return failure
  }
}

/// Readies libhdf5: it prints nothing, and loads no plug-in.
func configureLibrary() throws(HDF5Error) {
  try checked(H5open(), "H5open", at: "/")
  try checked(H5Eset_auto2(chdf5_error_stack(), nil, nil), "H5Eset_auto2", at: "/")
  try checked(H5PLset_loading_state(0), "H5PLset_loading_state", at: "/")
}
