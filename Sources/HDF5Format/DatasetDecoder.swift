import CHDF5
import Tensors

/// Reads a dataset through libhdf5, whatever it is made of.
struct DatasetDecoder: ~Copyable {
  private let path: String
  private let dataset: Handle
  private let header: DatasetHeader

  init(file: borrowing Handle, path: String) throws(HDF5Error) {
    let path = path.hasPrefix("/") ? path : "/" + path
    let access = try Handle(
      H5Pcreate(chdf5_dataset_access_class()), "H5Pcreate", at: path, closedBy: H5Pclose)
    // No cache: a slab is made of whole chunks, so none is needed twice.
    try checked(H5Pset_chunk_cache(access.id, 1, 0, 1), "H5Pset_chunk_cache", at: path)
    let dataset = try Handle(
      H5Dopen2(file.id, path, access.id), "H5Dopen2", at: path, closedBy: H5Dclose)
    let header = try DatasetHeader(dataset, at: path)
    if case .other(let words) = header.type.elements {
      throw .notDecodable(dataset: path, elements: words)
    }
    self.path = path
    self.dataset = dataset
    self.header = header
  }

  func decode(into receive: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard header.elementCount > 0 else { return }
    // A scalar is read as an array of one.
    let rank = header.shape.dimensions.count
    let slabs = Slabs(
      dimensions: rank == 0 ? [1] : header.shape.dimensions,
      chunk: rank == 0 ? [1] : header.chunk ?? .init(repeating: 1, count: rank),
      width: header.type.width, target: HDF5Limits.pieceBytes)
    guard let slabBytes = slabs.slabBytes, slabBytes <= HDF5Limits.chunkRowBytes else {
      throw limit(
        .chunkRowBytes, HDF5Limits.chunkRowBytes, found: slabs.slabBytes ?? .max, at: path)
    }
    let fileType = try Handle(
      H5Dget_type(dataset.id), "H5Dget_type", at: path, closedBy: H5Tclose)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: slabBytes, alignment: 64)
    defer { buffer.deallocate() }
    for slab in slabs {
      let bytes = try read(slab, of: fileType, into: buffer)
      if let width = header.type.swappedWidth { swapBytes(of: bytes, width: width) }
      try handOut(UnsafeRawBufferPointer(bytes), to: receive)
    }
  }

  /// Reads in the file's own type, so that libhdf5 converts nothing.
  private func read(
    _ slab: Slabs.Slab, of type: borrowing Handle, into buffer: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) -> UnsafeMutableRawBufferPointer {
    let count = slab.count.reduce(header.type.width, *)
    let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    // libhdf5 leaves elements alone that were never written and have no fill value.
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    guard !header.shape.dimensions.isEmpty else {
      try checked(
        H5Dread(
          dataset.id, type.id, chdf5_whole_space(), chdf5_whole_space(),
          chdf5_default_properties(), bytes.baseAddress), "H5Dread", at: path)
      return bytes
    }
    let sizes = slab.count.map { hsize_t($0) }
    let memory = try Handle(
      H5Screate_simple(Int32(sizes.count), sizes, nil), "H5Screate_simple", at: path,
      closedBy: H5Sclose)
    let space = try Handle(
      H5Dget_space(dataset.id), "H5Dget_space", at: path, closedBy: H5Sclose)
    try checked(
      H5Sselect_hyperslab(
        space.id, H5S_SELECT_SET, slab.start.map { hsize_t($0) }, nil, sizes, nil),
      "H5Sselect_hyperslab", at: path)
    try checked(
      H5Dread(
        dataset.id, type.id, memory.id, space.id, chdf5_default_properties(), bytes.baseAddress),
      "H5Dread", at: path)
    return bytes
  }

  private func handOut(
    _ bytes: UnsafeRawBufferPointer, to receive: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    for start in stride(from: 0, to: bytes.count, by: HDF5Limits.pieceBytes) {
      let end = min(start + HDF5Limits.pieceBytes, bytes.count)
      try receive(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    }
  }
}

private func swapBytes(of bytes: UnsafeMutableRawBufferPointer, width: Int) {
  switch width {
  case 2: swapBytes(of: bytes.bindMemory(to: UInt16.self))
  case 4: swapBytes(of: bytes.bindMemory(to: UInt32.self))
  case 8: swapBytes(of: bytes.bindMemory(to: UInt64.self))
  default: preconditionFailure("no number has \(width) bytes")
  }
}

private func swapBytes<Number: FixedWidthInteger>(of numbers: UnsafeMutableBufferPointer<Number>) {
  for index in numbers.indices { numbers[index] = numbers[index].byteSwapped }
}
