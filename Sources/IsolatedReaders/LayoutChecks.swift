import Files
import HDF5Format
import Tensors

extension HDF5Skeleton {
  /// The file's stretches: tensors where the worker says, and between them what libhdf5 wrote.
  ///
  /// - Parameter file: what was written, which is shorter than it says where nothing was written at
  ///   its end.
  func layout(
    of blueprint: HDF5Blueprint, writtenTo file: FileSlice
  ) throws -> FileLayout {
    let tensors = try places(of: blueprint)
    let tensorBytes = blueprint.tensorByteCount
    guard byteCount >= tensorBytes else {
      throw ReaderError.malformedAnswer(.badMember("byteCount"))
    }
    guard byteCount - tensorBytes <= LayoutLimit.skeletonBytes else {
      throw HDF5WriterError.skeletonTooLarge(allowed: Int(LayoutLimit.skeletonBytes))
    }
    var layout = FileLayout()
    for (offset, tensor) in tensors {
      layout.append(try bytes(from: layout.byteCount, to: offset, of: file))
      layout.append(tensor)
    }
    layout.append(try bytes(from: layout.byteCount, to: byteCount, of: file))
    return layout
  }

  /// The tensors that have bytes, as they follow each other: within the file, none over another.
  private func places(
    of blueprint: HDF5Blueprint
  ) throws(ReaderError) -> [(offset: UInt64, tensor: TensorToWrite)] {
    guard offsets.count == blueprint.datasets.count else {
      throw .malformedAnswer(.badMember("offsets"))
    }
    var places: [(offset: UInt64, tensor: TensorToWrite)] = []
    for (offset, tensor) in zip(offsets, blueprint.datasets.map(\.tensor)) {
      guard (offset == nil) == (tensor.byteCount == 0) else {
        throw .malformedAnswer(.badExtent(path: tensor.name))
      }
      if let offset { places.append((offset, tensor)) }
    }
    places.sort { $0.offset < $1.offset }
    var end: UInt64 = 0
    var last = ""
    for (offset, tensor) in places {
      guard offset >= end else {
        throw .malformedAnswer(.overlap(path: last, other: tensor.name))
      }
      let (next, overflow) = offset.addingReportingOverflow(tensor.byteCount)
      guard !overflow, next <= byteCount else {
        throw .malformedAnswer(.badExtent(path: tensor.name))
      }
      (end, last) = (next, tensor.name)
    }
    return places
  }

  /// What was written there, and zeros after the end of that.
  private func bytes(
    from start: UInt64, to end: UInt64, of file: FileSlice
  ) throws(SystemCallError) -> [UInt8] {
    let written = min(max(start, file.byteCount), end) - start
    let bytes = written > 0 ? try file.bytes(at: start, count: Int(written)) : []
    return bytes + [UInt8](repeating: 0, count: Int(end - start - written))
  }
}
