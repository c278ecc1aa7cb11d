public import Files
public import Tensors

/// Holds a snapshot against what every reader promises: paths are unique, each variable has the
/// bytes that its shape takes, and they are there.
public func check(_ snapshot: ModelSnapshot, files: [FileSlice], spool: Spool) {
  var paths: Set<String> = []
  for variable in snapshot.variables {
    guard paths.insert(variable.path).inserted else { fail("two variables \(variable.path)") }
    guard let byteCount = variable.shape.byteCount(of: variable.dtype),
      UInt64(byteCount) == variable.bytes.length
    else { fail("\(variable.path) has \(variable.bytes.length) bytes") }
    switch variable.bytes {
    case .source(let file, let extent): check(extent, in: file, of: files)
    case .decoded(let extent):
      guard extent.end <= spool.byteCount else { fail("\(variable.path) is not in the spool") }
    }
  }
  for checksum in snapshot.checksums { check(checksum.extent, in: checksum.file, of: files) }
}

private func check(_ extent: ByteExtent, in file: Int, of files: [FileSlice]) {
  guard files.indices.contains(file), extent.end <= files[file].byteCount else {
    fail("file \(file) has no bytes up to \(extent.end)")
  }
}

/// Holds tensors against the same promise, where no bytes are told yet.
public func checkPaths(of variables: [Variable]) {
  var paths: Set<String> = []
  for variable in variables where !paths.insert(variable.path).inserted {
    fail("two variables \(variable.path)")
  }
}
