public import Catalog
import ContentStore
import Digests
import Files
import Glibc

/// What a checkout wrote.
public struct CheckoutReport: Sendable {
  public let version: VersionRecord
  /// The file that was written.
  public let path: String
  public let byteCount: UInt64
}

extension Registry {
  /// Writes a version's file as it was committed, byte for byte; every blob is checked against its
  /// name on the way. The file appears whole or not at all.
  ///
  /// - Parameters:
  ///   - reference: the version.
  ///   - path: the file, or a folder to put it in under its own name. `nil`: this folder.
  ///   - replacing: whether a file may be there already.
  ///   - progress: is told how far it is.
  /// - Throws: `RegistryError.targetExists`, `StoreError` naming a damaged blob, and the like.
  public func checkout(
    _ reference: Reference, to path: String?, replacing: Bool, progress: Progress? = nil
  ) throws -> CheckoutReport {
    let session = try readingSession()
    defer {
      // The lock goes with the process, and a collector clears up after it: nothing is lost here.
      try? session?.end()
    }
    let (version, blobs) = try needed(reference, pinnedBy: session)
    let manifest = try manifest(of: version)
    guard let file = manifest.files.first else {
      throw ManifestError.malformed(version.id, member: "files")
    }
    let target = try target(path ?? ".", name: file.name)
    let inTheWay = try Folder.status(of: target)
    guard inTheWay == nil || (replacing && inTheWay?.isDirectory == false) else {
      throw RegistryError.targetExists(path: target)
    }
    let pieces = try pieces(of: file, manifest, blobs)
    try WholeFile.write(to: target, replacing: replacing) { output in
      try output.truncate(to: file.byteCount)
      try write(pieces, to: output, byteCount: file.byteCount, progress: progress)
    }
    return CheckoutReport(version: version, path: target, byteCount: file.byteCount)
  }

  /// A session to pin with; `nil` where this user may only read. A collection by another user can
  /// then end the checkout with an error, never with wrong bytes.
  private func readingSession() throws -> WriteSession? {
    do { return try store.beginSession() } catch let error as SystemCallError
      where [EACCES, EPERM, EROFS].contains(error.code)
    { return nil }
  }

  /// A version and its blobs, safe from collectors while the session lasts: it is looked up in the
  /// transaction that pins, so it cannot be collected between the two.
  private func needed(_ reference: Reference, pinnedBy session: WriteSession?) throws -> (
    version: VersionRecord, blobs: [Digest: StoredBlob]
  ) {
    func find(_ reader: CatalogReader) throws -> (VersionRecord, [BlobRecord]) {
      let version = try reader.resolve(reference)
      let records = try reader.blobs(of: version)
      try session?.pin(records.map(\.digest))
      return (version, records)
    }
    let (version, records) =
      session == nil
      ? try catalog.read(find) : try catalog.write { writer in try find(writer.reader) }
    let blobs = Dictionary(try records.map { ($0.digest, try $0.stored()) }) { first, _ in first }
    return (version, blobs)
  }

  private func target(_ path: String, name: String) throws -> String {
    guard try Folder.status(of: path)?.isDirectory == true else { return path }
    return path == "." ? name : path + "/" + name
  }

  /// A stretch of the file, and the blob or the part of the skeleton that goes there.
  private struct Piece {
    let offset: UInt64
    let blob: StoredBlob
    /// Bytes of the blob; `nil`: all of them.
    let part: Range<UInt64>?
  }

  private func pieces(
    of file: Manifest.StoredFile, _ manifest: Manifest, _ blobs: [Digest: StoredBlob]
  ) throws -> [Piece] {
    func stored(_ digest: Digest) throws -> StoredBlob {
      guard let blob = blobs[digest] else { throw RegistryError.blobUnknown(digest) }
      return blob
    }
    let recipe = try Recipe(parsing: blob(file.recipe), id: file.recipe)
    let skeleton = try stored(file.skeleton)
    var pieces: [Piece] = []
    var offset: UInt64 = 0
    var taken: UInt64 = 0
    for segment in recipe.segments {
      let piece: Piece
      switch segment {
      case .skeleton(let byteCount):
        guard byteCount <= skeleton.byteCount - taken else {
          throw ManifestError.malformed(file.recipe, member: "recipe")
        }
        piece = Piece(offset: offset, blob: skeleton, part: taken..<(taken + byteCount))
        taken += byteCount
        offset += byteCount
      case .tensor(let ordinal):
        guard manifest.tensors.indices.contains(ordinal) else {
          throw ManifestError.malformed(file.recipe, member: "recipe")
        }
        let blob = try stored(manifest.tensors[ordinal])
        piece = Piece(offset: offset, blob: blob, part: nil)
        offset += blob.byteCount
      }
      pieces.append(piece)
    }
    guard offset == file.byteCount, taken == skeleton.byteCount else {
      throw ManifestError.malformed(file.recipe, member: "recipe")
    }
    return pieces
  }

  private func write(
    _ pieces: [Piece], to output: borrowing OpenFile, byteCount: UInt64, progress: Progress?
  ) throws {
    let store = store
    let target = FileTarget(output)
    // The skeleton is checked once, and lent out in parts.
    if let skeleton = pieces.first(where: { $0.part != nil })?.blob {
      try store.withCheckedBytes(of: skeleton) { bytes in
        for piece in pieces {
          guard let part = piece.part else { continue }
          try target.write(
            UnsafeRawBufferPointer(rebasing: bytes[Int(part.lowerBound)..<Int(part.upperBound)]),
            at: piece.offset)
        }
      }
    }
    let tensors = pieces.filter { $0.part == nil }
    let done = Tally()
    progress?(done.add(byteCount - tensors.reduce(0) { $0 + $1.blob.byteCount }), byteCount)
    // One of them writes at a time, and the others hash.
    try inParallel(tensors, threads: processorCount + 1) { _, piece in
      try store.copy(piece.blob, to: target, at: piece.offset)
      progress?(done.add(piece.blob.byteCount), byteCount)
    }
  }
}
