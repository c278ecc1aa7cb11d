import Files
import HDF5Format
import KerasFormat
import Tensors

/// An HDF5 file that is a file of the source, lies in one, or was put into the spool.
final class HDF5Source {
  let tree: HDF5Group
  private let file: HDF5File
  private let slice: FileSlice
  private let place: Int?

  /// - Parameter place: that of the file in the source; `nil`: the spool.
  init(_ slice: FileSlice, in place: Int?) throws {
    file = try HDF5File(slice)
    tree = try file.tree()
    self.slice = slice
    self.place = place
  }

  /// Where an extent of the HDF5 file is.
  fileprivate func bytes(_ extent: ByteExtent) throws -> TensorBytes {
    guard let moved = ByteExtent(offset: slice.offset + extent.offset, length: extent.length)
    else { throw ReaderError.malformedAnswer(.badExtent(path: slice.name)) }
    return place.map { .source(file: $0, moved) } ?? .decoded(moved)
  }

  fileprivate func decode(
    _ dataset: String, into receive: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try file.decode(dataset, into: receive)
  }
}

extension SourceReading {
  /// A reading's snapshot with places in the source, and what had to be decoded in the spool.
  ///
  /// - Parameter files: those that the reading numbers.
  func placed(_ reading: KerasHDF5Reading, _ files: [HDF5Source]) throws -> ModelSnapshot {
    let decodedBytes = reading.snapshot.variables.reduce(UInt64(0)) { end, variable in
      if case .decoded(let extent) = variable.bytes { max(end, extent.end) } else { end }
    }
    try spool.reserve(decodedBytes)
    let start = spool.byteCount
    for dataset in reading.datasetsToDecode {
      try files[dataset.file].decode(dataset.path) { try spool.append($0) }
    }
    var snapshot = reading.snapshot
    for index in snapshot.variables.indices {
      switch snapshot.variables[index].bytes {
      case .source(let file, let extent):
        snapshot.variables[index].bytes = try files[file].bytes(extent)
      case .decoded(let extent):
        guard let moved = ByteExtent(offset: start + extent.offset, length: extent.length) else {
          throw ReaderError.malformedAnswer(.badExtent(path: snapshot.variables[index].path))
        }
        snapshot.variables[index].bytes = .decoded(moved)
      }
    }
    return snapshot
  }
}
