import CHDF5
import Tensors

/// What a dataset's object header says, checked.
struct DatasetHeader {
  let path: String
  let type: ElementType
  let shape: Shape
  let elementCount: Int
  /// The bytes that the elements take in memory.
  let byteCount: Int
  let layout: H5D_layout_t
  /// The dimensions of a chunk; as many as the shape has, none of them 0. `nil` without chunks.
  let chunk: [Int]?

  init(_ dataset: borrowing Handle, at path: String) throws(HDF5Error) {
    self.path = path
    // Before anything else is asked: the shape of a virtual dataset is found by opening others.
    let creation = try Handle(
      H5Dget_create_plist(dataset.id), "H5Dget_create_plist", at: path, closedBy: H5Pclose)
    layout = H5Pget_layout(creation.id)
    try Self.refuseOtherFiles(layout, creation, at: path)
    try Self.refuseUnknownFilters(creation, at: path)

    let fileType = try Handle(
      H5Dget_type(dataset.id), "H5Dget_type", at: path, closedBy: H5Tclose)
    type = try ElementType(fileType, at: path)
    shape = try Self.shape(of: dataset, at: path)
    guard let count = shape.elementCount else { throw .sizeOverflow(dataset: path) }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.width)
    if overflow { throw .sizeOverflow(dataset: path) }
    elementCount = count
    byteCount = bytes
    chunk =
      layout == H5D_CHUNKED
      ? try Self.chunk(creation, rank: shape.dimensions.count, at: path) : nil
  }

  private static func refuseOtherFiles(
    _ layout: H5D_layout_t, _ creation: borrowing Handle, at path: String
  ) throws(HDF5Error) {
    try checked(layout.rawValue, "H5Pget_layout", at: path)
    if layout == H5D_VIRTUAL { throw .unsafeLink(location: path, .virtualDataset) }
    let files = try checked(
      H5Pget_external_count(creation.id), "H5Pget_external_count", at: path)
    if files > 0 { throw .unsafeLink(location: path, .externalStorage) }
  }

  private static func refuseUnknownFilters(
    _ creation: borrowing Handle, at path: String
  ) throws(HDF5Error) {
    let count = try checked(H5Pget_nfilters(creation.id), "H5Pget_nfilters", at: path)
    for index in 0..<UInt32(count) {
      var flags: UInt32 = 0
      var valueCount = 0
      // Without its last argument, or it would look for a plug-in.
      let filter = try checked(
        H5Pget_filter2(creation.id, index, &flags, &valueCount, nil, 0, nil, nil),
        "H5Pget_filter2", at: path)
      guard [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32].contains(filter) else {
        throw .unsupportedFilter(dataset: path, filter: filter)
      }
    }
  }

  /// A dataset without a space has no elements: its shape is `(0,)`.
  private static func shape(
    of dataset: borrowing Handle, at path: String
  ) throws(HDF5Error) -> Shape {
    let space = try Handle(
      H5Dget_space(dataset.id), "H5Dget_space", at: path, closedBy: H5Sclose)
    let isNull = H5Sget_simple_extent_type(space.id) == H5S_NULL
    let rank = try checked(
      H5Sget_simple_extent_ndims(space.id), "H5Sget_simple_extent_ndims", at: path)
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    try checked(
      H5Sget_simple_extent_dims(space.id, &sizes, nil), "H5Sget_simple_extent_dims", at: path)
    let dimensions = sizes.compactMap { Int(exactly: $0) }
    guard dimensions.count == sizes.count, let shape = Shape(isNull ? [0] : dimensions) else {
      throw .sizeOverflow(dataset: path)
    }
    return shape
  }

  private static func chunk(
    _ creation: borrowing Handle, rank: Int, at path: String
  ) throws(HDF5Error) -> [Int] {
    var sizes = [hsize_t](repeating: 0, count: rank)
    let found = try checked(
      H5Pget_chunk(creation.id, Int32(rank), &sizes), "H5Pget_chunk", at: path)
    let chunk = sizes.compactMap { Int(exactly: $0) }
    guard Int(found) == rank, chunk.count == rank, !chunk.contains(0) else {
      throw .badChunks(dataset: path)
    }
    return chunk
  }
}

extension DatasetHeader {
  /// Where the elements lie in a file of some bytes.
  func storage(
    of dataset: borrowing Handle, inFileOf fileByteCount: UInt64
  ) throws(HDF5Error) -> HDF5Storage {
    guard elementCount > 0 else { return .none }
    let stored = UInt64(H5Dget_storage_size(dataset.id))
    try refuseExpansion(of: min(stored, fileByteCount))
    // What the bytes of other elements are is known to the library only.
    if case .other = type.elements { return .encoded }
    guard layout == H5D_CONTIGUOUS else { return .encoded }
    let offset = H5Dget_offset(dataset.id)
    // Never written: all elements are the fill value.
    if offset == chdf5_undefined_address() { return .encoded }
    let needed = UInt64(byteCount)
    guard stored == needed else {
      throw .sizeMismatch(dataset: path, expected: needed, found: stored)
    }
    let (end, overflow) = UInt64(offset).addingReportingOverflow(needed)
    guard let extent = ByteExtent(offset: UInt64(offset), length: needed), end <= fileByteCount
    else {
      throw .truncated(
        location: path, needed: overflow ? .max : end, available: fileByteCount)
    }
    return type.swappedWidth == nil ? .contiguous(extent) : .encoded
  }

  private func refuseExpansion(of stored: UInt64) throws(HDF5Error) {
    let declared = UInt64(byteCount)
    let (product, overflow) = stored.multipliedReportingOverflow(by: HDF5Limits.expansionRatio)
    let allowed = max(HDF5Limits.freelyExpandedBytes, overflow ? .max : product)
    guard declared <= allowed else {
      throw .limitExceeded(location: path, .expansion, allowed: allowed, found: declared)
    }
  }
}
