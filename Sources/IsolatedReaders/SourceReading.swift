import Files
import HDF5Format
import KerasFormat
import SafetensorsFormat
import StrictJSON
import Tensors
import ZipFormat

/// Finds out what a source is, by its content, and reads it.
struct SourceReading {
  let source: OpenSource
  let context: ReadingContext
  let spool: Spool

  init(_ source: OpenSource, _ context: ReadingContext, _ spool: Spool) {
    self.source = source
    self.context = context
    self.spool = spool
  }

  func snapshot() throws -> ModelSnapshot {
    if let name = context.checkpoint, source.kind != .folder { throw noCheckpoints(name) }
    switch source.kind {
    case .file: return try fileSnapshot()
    case .folder: return try folderSnapshot()
    case .checkpoint: return try checkpointSnapshot(named: nil)
    }
  }

  /// The user named a checkpoint of something that has none.
  func noCheckpoints(_ name: String) -> WorkerRejection {
    WorkerRejection(
      code: .malformed, location: "", expected: "a folder with the checkpoint \(name)",
      found: "no folder of checkpoints")
  }

  /// All of one of the files.
  func slice(_ place: Int) -> FileSlice {
    let file = source.files[place]
    return FileSlice(descriptor: file.descriptor, name: file.name, byteCount: file.byteCount)
  }

  /// The place of a file.
  func place(of name: String) -> Int? { source.files.firstIndex { $0.name == name } }

  private func fileSnapshot() throws -> ModelSnapshot {
    let file = slice(0)
    if ZipArchive.isZip(file) { return try archiveSnapshot(ZipArchive(file)) }
    if SafetensorsFile.isSafetensors(file) {
      let snapshot = try SafetensorsFile.snapshot(of: file, place: 0)
      return KnownNames.named(snapshot, parent: context.parent)
    }
    if let index = try WeightsIndex(file) { return try shardedSnapshot(index) }
    do {
      let hdf5 = try HDF5Source(file, in: 0)
      let reading = try KerasHDF5.reading(of: hdf5.tree, parent: context.parent)
      var snapshot = try placed(reading, [hdf5])
      snapshot.files = [0]
      return snapshot
    } catch HDF5Error.notHDF5 {
      // What ends as an archive is one to some programs, whatever it begins with.
      do { return try archiveSnapshot(ZipArchive(file)) } catch ZipError.notZip {}
      throw stateRejection(file) ?? .notAModel(LeadingBytes(of: file).description)
    }
  }
}

extension SourceReading {
  /// An index that says in which of the files beside it weights are.
  fileprivate enum WeightsIndex {
    case keras([UInt8])
    case safetensors([UInt8])

    /// `nil` when the file is no such index.
    init?(_ file: FileSlice) throws {
      guard file.byteCount <= 64 << 20 else { return nil }
      let bytes = try file.bytes(at: 0, count: Int(file.byteCount))
      guard bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{")
      else { return nil }
      let json: JSONValue
      do { json = try JSONValue(parsing: bytes) } catch {
        throw WorkerRejection(
          code: .malformed, location: file.name, expected: "JSON", found: "\(error)")
      }
      guard let map = json["weight_map"]?.object else { return nil }
      // Keras has paths of groups, which begin with a slash, and safetensors names of tensors.
      self = map.keys.contains { $0.hasPrefix("/") } ? .keras(bytes) : .safetensors(bytes)
    }
  }

  private func shardedSnapshot(_ index: WeightsIndex) throws -> ModelSnapshot {
    switch index {
    case .keras(let bytes): return try kerasShards(bytes)
    case .safetensors(let bytes):
      var shards: [String: (place: Int, file: FileSlice)] = [:]
      for place in source.files.indices.dropFirst() {
        shards[source.files[place].name] = (place, slice(place))
      }
      let snapshot = try SafetensorsFile.snapshot(index: bytes, shards: shards)
      return KnownNames.named(snapshot, parent: context.parent)
    }
  }

  private func kerasShards(_ index: [UInt8]) throws -> ModelSnapshot {
    var shards: [(name: String, file: HDF5Source)] = []
    var files: Set = [0]
    for name in try KerasShardedWeights.shardNames(in: index) {
      // One that is not there is missed where the index is read.
      guard
        let place = source.files.indices.dropFirst().first(where: {
          source.files[$0].name == name
        })
      else { continue }
      shards.append((name, try HDF5Source(slice(place), in: place)))
      files.insert(place)
    }
    let reading = try KerasShardedWeights.reading(
      index: index, shards: shards.map { ($0.name, $0.file.tree) }, parent: context.parent)
    var snapshot = try placed(reading, shards.map(\.file))
    snapshot.files = files
    return snapshot
  }
}
