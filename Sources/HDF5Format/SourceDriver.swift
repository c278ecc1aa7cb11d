import CHDF5
import Files
import Glibc

// A virtual file driver that reads one descriptor, so that libhdf5 never opens a path: whatever
// name it asks for after the first, in an external link or in a member of a family, is refused.
// https://docs.hdfgroup.org/hdf5/v1_14/_v_f_l_t_n.html

/// The file that the driver serves. It has to outlive the library's file.
struct DriverSource: ~Copyable {
  private let source: UnsafeMutablePointer<chdf5_source>
  /// Registered until the file is closed: libhdf5 1.10 gives the driver up before it calls its last
  /// function.
  private let driver: Handle

  init(_ slice: FileSlice) throws(HDF5Error) {
    var driverClass = sourceDriverClass()
    driver = try Handle(
      H5FDregister(&driverClass), "H5FDregister", at: "/", closedBy: H5FDunregister)
    source = .allocate(capacity: 1)
    source.initialize(
      to: chdf5_source(
        descriptor: slice.descriptor, offset: haddr_t(slice.offset),
        byte_count: haddr_t(slice.byteCount), was_opened: 0))
  }

  deinit { source.deallocate() }

  /// Opens the file through the driver.
  func open() throws(HDF5Error) -> Handle {
    let access = try Handle(
      H5Pcreate(chdf5_file_access_class()), "H5Pcreate", at: "/", closedBy: H5Pclose)
    var info = chdf5_driver_info(source: source)
    try checked(H5Pset_driver(access.id, driver.id, &info), "H5Pset_driver", at: "/")
    return try Handle(
      H5Fopen("source", chdf5_read_only(), access.id), "H5Fopen", at: "/", closedBy: H5Fclose)
  }
}

private func sourceDriverClass() -> H5FD_class_t {
  var driver = chdf5_driver_class()
  driver.open = { _, _, access, _ in openSource(access) }
  driver.close = { file in
    openFile(file)?.deallocate()
    return 0
  }
  driver.query = { _, flags in
    flags?.pointee = UInt(H5FD_FEAT_ACCUMULATE_METADATA_READ | H5FD_FEAT_DATA_SIEVE)
    return 0
  }
  // Called when the file names the driver that wrote it: no file of one piece does.
  driver.sb_decode = { _, _, _ in -1 }
  driver.get_eoa = { file, _ in
    openFile(file)?.pointee.allocated ?? chdf5_undefined_address()
  }
  driver.set_eoa = { file, _, address in
    openFile(file)?.pointee.allocated = address
    return 0
  }
  driver.get_eof = { file, _ in
    openFile(file)?.pointee.source.pointee.byte_count ?? chdf5_undefined_address()
  }
  driver.read = { file, _, _, address, count, buffer in
    guard let file = openFile(file), let buffer else { return -1 }
    return readSource(file.pointee.source.pointee, at: address, count: count, into: buffer)
  }
  driver.write = { _, _, _, _, _, _ in -1 }
  return driver
}

/// The driver's own view of a file that `openSource` made.
private func openFile(_ file: UnsafePointer<H5FD_t>?) -> UnsafeMutablePointer<chdf5_open_file>? {
  UnsafeMutableRawPointer(mutating: file)?.assumingMemoryBound(to: chdf5_open_file.self)
}

private func openSource(_ access: hid_t) -> UnsafeMutablePointer<H5FD_t>? {
  guard let raw = H5Pget_driver_info(access) else { return nil }
  let source = raw.assumingMemoryBound(to: chdf5_driver_info.self).pointee.source
  guard let source, source.pointee.was_opened == 0 else { return nil }
  source.pointee.was_opened = 1
  let file = UnsafeMutablePointer<chdf5_open_file>.allocate(capacity: 1)
  file.initialize(to: chdf5_open_file())
  file.pointee.source = source
  return UnsafeMutableRawPointer(file).assumingMemoryBound(to: H5FD_t.self)
}

/// Fills a buffer; a read beyond the end fails, where libhdf5's own drivers make up zeros.
private func readSource(
  _ source: chdf5_source, at address: haddr_t, count: Int, into buffer: UnsafeMutableRawPointer
) -> herr_t {
  let (end, overflow) = address.addingReportingOverflow(haddr_t(count))
  guard !overflow, end <= source.byte_count else { return -1 }
  let slice = FileSlice(
    descriptor: source.descriptor, name: "source", offset: UInt64(source.offset),
    byteCount: UInt64(source.byte_count))
  do throws(SystemCallError) {
    try slice.read(
      into: UnsafeMutableRawBufferPointer(start: buffer, count: count), at: UInt64(address))
    return 0
  } catch {
    return -1  // libhdf5 makes an error of its own of it.
  }
}
