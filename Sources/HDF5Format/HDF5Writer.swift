import CHDF5
import Tensors

/// Where things came to lie in a file that libhdf5 wrote.
public struct HDF5Skeleton: Hashable, Sendable {
  /// The size of the whole file, also where no byte of it was written.
  public var byteCount: UInt64
  /// Where each of the blueprint's datasets has its elements, counted from the file's beginning;
  /// `nil` for one without bytes.
  public var offsets: [UInt64?]

  public init(byteCount: UInt64, offsets: [UInt64?]) {
    self.byteCount = byteCount
    self.offsets = offsets
  }
}

/// Lets libhdf5 make files out of blueprints.
///
/// They are what h5py makes by default: superblock 0, groups as symbol tables, no times. Datasets
/// are contiguous, with room from the beginning and no fill value, so nothing is written to it.
public enum HDF5Writer {
  /// Writes all of a file but the elements of its datasets.
  ///
  /// - Parameters:
  ///   - blueprint: one that `check()` accepts.
  ///   - descriptor: of an empty file, open for reading and writing. It stays sparse where datasets
  ///     lie, and may end before them.
  public static func writeSkeleton(
    of blueprint: HDF5Blueprint, to descriptor: Int32
  ) throws(HDF5Error) -> HDF5Skeleton {
    try configureLibrary()
    let target = try DriverTarget(descriptor)
    let file = try target.create()
    var writing = try HDF5Writing()
    for group in blueprint.groups { try writing.make(group, in: file) }
    var offsets: [UInt64?] = []
    for dataset in blueprint.datasets { offsets.append(try writing.make(dataset, in: file)) }
    try file.closeNow("H5Fclose", at: "/")
    return HDF5Skeleton(byteCount: target.byteCount, offsets: offsets)
  }
}

/// The file in the making: what is asked for each time, and what is there already.
private struct HDF5Writing: ~Copyable {
  private let links: Handle
  private let groupCreation: Handle
  private let datasetCreation: Handle
  private var groups: Set<String> = [""]

  init() throws(HDF5Error) {
    let links = try Self.properties(chdf5_link_creation_class())
    try checked(
      H5Pset_create_intermediate_group(links.id, 1), "H5Pset_create_intermediate_group", at: "/")
    let groups = try Self.properties(chdf5_group_creation_class())
    try checked(H5Pset_obj_track_times(groups.id, false), "H5Pset_obj_track_times", at: "/")
    let datasets = try Self.properties(chdf5_dataset_creation_class())
    try checked(H5Pset_obj_track_times(datasets.id, false), "H5Pset_obj_track_times", at: "/")
    try checked(H5Pset_layout(datasets.id, H5D_CONTIGUOUS), "H5Pset_layout", at: "/")
    try checked(H5Pset_alloc_time(datasets.id, H5D_ALLOC_TIME_EARLY), "H5Pset_alloc_time", at: "/")
    try checked(H5Pset_fill_time(datasets.id, H5D_FILL_TIME_NEVER), "H5Pset_fill_time", at: "/")
    self.links = links
    groupCreation = groups
    datasetCreation = datasets
  }

  private static func properties(_ kind: hid_t) throws(HDF5Error) -> Handle {
    try Handle(H5Pcreate(kind), "H5Pcreate", at: "/", closedBy: H5Pclose)
  }

  mutating func make(
    _ group: HDF5Blueprint.Group, in file: borrowing Handle
  ) throws(HDF5Error) {
    let location = "/" + group.path
    let handle = try open(group.path, in: file, at: location)
    for attribute in group.attributes { try attribute.write(to: handle, at: location) }
  }

  /// Opens a group, or makes it if neither it nor what lies below it was made before.
  private mutating func open(
    _ path: String, in file: borrowing Handle, at location: String
  ) throws(HDF5Error) -> Handle {
    guard !groups.contains(path) else {
      return try Handle(
        H5Gopen2(file.id, location, chdf5_default_properties()), "H5Gopen2", at: location,
        closedBy: H5Gclose)
    }
    let group = try Handle(
      H5Gcreate2(file.id, location, links.id, groupCreation.id, chdf5_default_properties()),
      "H5Gcreate2", at: location, closedBy: H5Gclose)
    groups.insert(path)
    groups.formUnion(HDF5Blueprint.groups(above: path))
    return group
  }

  /// Makes a dataset and tells where its elements belong; `nil` when it has none.
  mutating func make(
    _ dataset: HDF5Blueprint.Dataset, in file: borrowing Handle
  ) throws(HDF5Error) -> UInt64? {
    let tensor = dataset.tensor
    let location = "/" + tensor.name
    let type = try WriterTypes.elements(tensor.dtype, at: location)
    let space = try space(of: tensor.shape, at: location)
    let handle = try Handle(
      H5Dcreate2(
        file.id, location, type.id, space.id, links.id, datasetCreation.id,
        chdf5_default_properties()), "H5Dcreate2", at: location, closedBy: H5Dclose)
    groups.formUnion(HDF5Blueprint.groups(above: tensor.name))
    for attribute in dataset.attributes { try attribute.write(to: handle, at: location) }
    guard tensor.byteCount > 0 else { return nil }
    let offset = H5Dget_offset(handle.id)
    guard offset != chdf5_undefined_address() else {
      throw .library(call: "H5Dget_offset", location: location, description: "no room for it")
    }
    return UInt64(offset)
  }

  private func space(of shape: Shape, at location: String) throws(HDF5Error) -> Handle {
    guard !shape.dimensions.isEmpty else {
      return try Handle(H5Screate(H5S_SCALAR), "H5Screate", at: location, closedBy: H5Sclose)
    }
    let sizes = shape.dimensions.map { hsize_t($0) }
    return try Handle(
      H5Screate_simple(Int32(clamping: sizes.count), sizes, nil), "H5Screate_simple",
      at: location, closedBy: H5Sclose)
  }
}
