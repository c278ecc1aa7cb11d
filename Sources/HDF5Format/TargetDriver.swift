import CHDF5
import Glibc

// The sibling of `SourceDriver` that writes: libhdf5 gets an empty file behind a descriptor, and is
// never given a path.

/// The file that the driver writes. It has to outlive the library's file.
struct DriverTarget: ~Copyable {
  private let target: UnsafeMutablePointer<chdf5_target>
  /// Registered until the file is closed: libhdf5 1.10 gives the driver up before it calls its last
  /// function.
  private let driver: Handle

  init(_ descriptor: Int32) throws(HDF5Error) {
    var driverClass = targetDriverClass()
    driver = try Handle(
      H5FDregister(&driverClass), "H5FDregister", at: "/", closedBy: H5FDunregister)
    target = .allocate(capacity: 1)
    target.initialize(
      to: chdf5_target(descriptor: descriptor, allocated: 0, end: 0, was_opened: 0))
  }

  deinit { target.deallocate() }

  /// The file's size, after the library has closed it: also where nothing was written.
  var byteCount: UInt64 { UInt64(target.pointee.allocated) }

  /// Makes the file through the driver.
  func create() throws(HDF5Error) -> Handle {
    let access = try Handle(
      H5Pcreate(chdf5_file_access_class()), "H5Pcreate", at: "/", closedBy: H5Pclose)
    var info = chdf5_target_info(target: target)
    try checked(H5Pset_driver(access.id, driver.id, &info), "H5Pset_driver", at: "/")
    // Small data would be put together, before larger data that was made earlier.
    try checked(
      H5Pset_small_data_block_size(access.id, 0), "H5Pset_small_data_block_size", at: "/")
    let creation = try Handle(
      H5Pcreate(chdf5_file_creation_class()), "H5Pcreate", at: "/", closedBy: H5Pclose)
    try checked(H5Pset_obj_track_times(creation.id, false), "H5Pset_obj_track_times", at: "/")
    return try Handle(
      H5Fcreate("target", chdf5_truncate(), creation.id, access.id), "H5Fcreate", at: "/",
      closedBy: H5Fclose)
  }
}

private func targetDriverClass() -> H5FD_class_t {
  var driver = chdf5_target_driver_class()
  driver.open = { _, _, access, _ in openTarget(access) }
  driver.close = { file in
    openFile(file)?.deallocate()
    return 0
  }
  driver.query = { _, flags in
    // Those of libhdf5's own driver for files: with others, space is given out otherwise.
    flags?.pointee = UInt(
      H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE
        | H5FD_FEAT_AGGREGATE_SMALLDATA)
    return 0
  }
  driver.get_eoa = { file, _ in
    openFile(file)?.pointee.target.pointee.allocated ?? chdf5_undefined_address()
  }
  driver.set_eoa = { file, _, address in
    openFile(file)?.pointee.target.pointee.allocated = address
    return 0
  }
  driver.get_eof = { file, _ in
    openFile(file)?.pointee.target.pointee.end ?? chdf5_undefined_address()
  }
  driver.read = { file, _, _, address, count, buffer in
    guard let target = openFile(file)?.pointee.target, let buffer else { return -1 }
    return readTarget(
      target, at: address, into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
  }
  driver.write = { file, _, _, address, count, buffer in
    guard let target = openFile(file)?.pointee.target, let buffer else { return -1 }
    return writeTarget(
      target, at: address, UnsafeRawBufferPointer(start: buffer, count: count))
  }
  return driver
}

/// The driver's own view of a file that `openTarget` made.
private func openFile(_ file: UnsafePointer<H5FD_t>?) -> UnsafeMutablePointer<chdf5_open_target>? {
  UnsafeMutableRawPointer(mutating: file)?.assumingMemoryBound(to: chdf5_open_target.self)
}

private func openTarget(_ access: hid_t) -> UnsafeMutablePointer<H5FD_t>? {
  guard let raw = H5Pget_driver_info(access) else { return nil }
  let target = raw.assumingMemoryBound(to: chdf5_target_info.self).pointee.target
  guard let target, target.pointee.was_opened == 0 else { return nil }
  target.pointee.was_opened = 1
  let file = UnsafeMutablePointer<chdf5_open_target>.allocate(capacity: 1)
  file.initialize(to: chdf5_open_target())
  file.pointee.target = target
  return UnsafeMutableRawPointer(file).assumingMemoryBound(to: H5FD_t.self)
}

/// Fills a buffer, with zeros where nothing was written.
private func readTarget(
  _ target: UnsafeMutablePointer<chdf5_target>, at address: haddr_t,
  into buffer: UnsafeMutableRawBufferPointer
) -> herr_t {
  transfer(buffer.count, at: address) { done, offset in
    let count = pread(
      target.pointee.descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
      offset)
    guard count == 0 else { return count }
    UnsafeMutableRawBufferPointer(rebasing: buffer[done...]).initializeMemory(
      as: UInt8.self, repeating: 0)
    return buffer.count - done
  }
}

private func writeTarget(
  _ target: UnsafeMutablePointer<chdf5_target>, at address: haddr_t,
  _ bytes: UnsafeRawBufferPointer
) -> herr_t {
  let status = transfer(bytes.count, at: address) { done, offset in
    pwrite(
      target.pointee.descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, offset)
  }
  guard status >= 0 else { return status }
  target.pointee.end = max(target.pointee.end, address + haddr_t(bytes.count))
  return status
}

/// Calls a system call until all bytes went through, as libhdf5 wants to hear of it. The call gets
/// the number of those that did, and its offset in the file.
private func transfer(
  _ count: Int, at address: haddr_t, by call: (Int, off_t) -> Int
) -> herr_t {
  guard let start = off_t(exactly: address), !start.addingReportingOverflow(count).overflow else {
    return -1
  }
  var done = 0
  while done < count {
    let moved = call(done, start + off_t(done))
    if moved < 0, errno == EINTR { continue }
    guard moved > 0 else { return -1 }  // libhdf5 makes an error of its own of it.
    done += moved
  }
  return 0
}
