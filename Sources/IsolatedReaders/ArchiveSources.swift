import Files
import KerasFormat
import NumPyFormat
import Tensors
import ZipFormat

/// The largest member that is read into memory: a configuration, an index.
private let textLimit = 64 << 20

extension SourceReading {
  /// A zip archive: Keras' or NumPy's.
  func archiveSnapshot(_ archive: ZipArchive) throws -> ModelSnapshot {
    if archive.members.contains(where: { $0.name == "config.json" }) {
      return try kerasSnapshot(archive)
    }
    if archive.members.contains(where: { $0.name.hasSuffix(".npy") }) {
      let snapshot = try NpzFormat.snapshot(of: archive, file: 0, spool: spool)
      return KnownNames.named(snapshot, parent: context.parent)
    }
    throw WorkerRejection.notAModel("a zip archive without config.json or arrays")
  }

  private func kerasSnapshot(_ archive: ZipArchive) throws -> ModelSnapshot {
    let members = Dictionary(archive.members.map { ($0.name, $0) }) { first, _ in first }
    func text(_ name: String) throws -> [UInt8]? {
      try members[name].map { try archive.contents(of: $0, limit: textLimit) }
    }
    var checksums: [Checksum] = []
    let weights = try weightMembers(of: members, index: try text("model.weights.json"))
      .map { member in
        let (slice, place) = try unpacked(member, of: archive)
        if place != nil { checksums.append(try checksum(of: member)) }
        return try HDF5Source(slice, in: place)
      }
    let reading = try KerasArchive.reading(
      config: try text("config.json") ?? [], metadata: try text("metadata.json"),
      weights: weights.map(\.tree), parent: context.parent)
    var snapshot = try placed(reading, weights)
    snapshot.files = [0]
    snapshot.checksums += checksums
    snapshot.findings += archive.members.compactMap(Self.finding)
    return snapshot
  }

  /// The HDF5 files with the weights: one, or the shards that an index names.
  private func weightMembers(
    of members: [String: ZipMember], index: [UInt8]?
  ) throws -> [ZipMember] {
    guard let index else {
      // Where Keras had no HDF5, it wrote pickles, which are not read.
      let hasPickles = members["model.weights.npz"] != nil
      guard let weights = members["model.weights.h5"] ?? members["model.weights.npz"] else {
        throw WorkerRejection(
          code: .truncated, location: "", expected: "model.weights.h5",
          found: "config.json alone, which can be read")
      }
      return hasPickles ? [] : [weights]
    }
    return try KerasShardedWeights.shardNames(in: index).map { name in
      guard let member = members[name] else {
        throw WorkerRejection(
          code: .malformed, location: "model.weights.json",
          expected: "names of members of the archive", found: name)
      }
      return member
    }
  }

  /// A member's bytes: as they lie in the source, or inflated into the spool.
  private func unpacked(
    _ member: ZipMember, of archive: ZipArchive
  ) throws -> (slice: FileSlice, place: Int?) {
    if member.isStored { return (member.data, 0) }
    try spool.reserve(member.byteCount)
    let start = spool.byteCount
    try archive.inflate(member) { try spool.append($0) }
    return (spool.slice(from: start, name: member.name), nil)
  }

  private func checksum(of member: ZipMember) throws -> Checksum {
    guard let extent = ByteExtent(offset: member.data.offset, length: member.data.byteCount) else {
      throw ReaderError.malformedAnswer(.badExtent(path: member.name))
    }
    return Checksum(
      algorithm: .crc32, value: member.crc32, file: 0, extent: extent, name: member.name)
  }

  /// NumPy keeps what is no array as a pickle, and Keras writes weights so where it has no HDF5.
  private static func finding(_ member: ZipMember) -> Finding? {
    let isPickle =
      member.name == "model.weights.npz"
      || [".pkl", ".pickle"].contains { member.name.hasSuffix($0) }
    guard isPickle else { return nil }
    return Finding(
      kind: .pickle, location: member.name, detail: "Python objects, which are not read")
  }
}
