import Catalog
import Digests
import TensorCodec

/// Which blobs are to be coded otherwise, so that bases which no version needs any more can go.
///
/// Such a base costs what it takes; without it, what is coded against it takes more. A series is
/// freed of its outlived bases when that is the smaller sum, by what its first blob tells of how
/// large one that stands by itself is.
struct Rebasing {
  private(set) var steps: [RecodingStep] = []
  /// The bases that nothing is coded against afterwards.
  private(set) var freed: [BlobRecord] = []
  /// How much more the others then take, about.
  private(set) var addedByteCount: UInt64 = 0

  /// - Parameters:
  ///   - outlived: bases that no version needs.
  ///   - unneeded: blobs that go anyway.
  init(
    of outlived: [BlobRecord], beside unneeded: [BlobRecord], in reader: CatalogReader
  ) throws {
    let gone = Set((outlived + unneeded).map(\.digest))
    for series in Dictionary(grouping: outlived, by: \.chain.last?.digest).values {
      let dependants = try series.flatMap { try reader.dependants(of: $0.digest) }
        .filter { !gone.contains($0.digest) }
      guard let first = series.first?.chain.last, first.byteCount > 0 else { continue }
      let share = Double(first.storedByteCount) / Double(first.byteCount)
      let added = dependants.reduce(0.0) { sum, blob in
        sum + max(0, share * Double(blob.byteCount) - Double(blob.storedByteCount))
      }
      guard added < series.reduce(0.0, { $0 + Double($1.storedByteCount) }) else { continue }
      freed += series
      addedByteCount += UInt64(added)
      for blob in dependants {
        let base = blob.chain.dropFirst().first { !gone.contains($0.digest) }
        let kind = try reader.elementKind(of: blob.digest)
        steps.append(
          RecodingStep(
            blob: blob, form: .coded(kind, base: base),
            generation: base.map { $0.generation + 1 } ?? 0))
      }
    }
  }
}

extension CatalogReader {
  /// How a blob's bytes are read: by the variable that it fills in some version.
  func elementKind(of digest: Digest) throws -> ElementKind {
    try dtype(of: digest)?.elementKind ?? .text
  }
}
