import Digests
public import Files
import Glibc
public import TensorCodec

extension BlobStore {
  /// Lends a blob's bytes in order, a piece at a time: a chunk of a coded blob, a quarter of a
  /// chunk of a raw one. So no piece ends within an element.
  ///
  /// - Parameter checked: whether to compare them with the blob's name. What was lent may be
  ///   believed when this returns, and not when it throws.
  public func withPieces(
    of blob: StoredBlob, checked: Bool, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let reader = try BlobReader(opening: blob, in: self)
    guard checked else { return try reader.forEachPiece(body) }
    var hasher = SHA256()
    try reader.forEachPiece { piece in
      hasher.update(piece)
      try body(piece)
    }
    try check(hasher.finish(), is: blob)
  }

  /// The whole of a small blob, checked against its name.
  ///
  /// - Throws: `StoreError.blobTooLong` for one that is not small: what a coded one would be
  ///   decoded to may be a hundred thousand times what it takes.
  public func bytes(of blob: StoredBlob) throws -> [UInt8] {
    guard blob.byteCount <= Self.smallByteCount else {
      throw StoreError.blobTooLong(
        blob.digest, byteCount: blob.byteCount, limit: Self.smallByteCount)
    }
    return try allBytes(of: blob)
  }

  private func allBytes(of blob: StoredBlob) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try withPieces(of: blob, checked: true) { bytes += $0 }
    return bytes
  }

  /// The first bytes of a blob, not compared with its name: enough to guess what it is.
  /// `headByteCount` tells which are had without decoding.
  public func firstBytes(of blob: StoredBlob, count: Int) throws -> [UInt8] {
    let count = max(0, min(count, Int(clamping: blob.byteCount)))
    guard case .packed(_, let offset) = blob.location else {
      return try open(blob).bytes(at: 0, count: count)
    }
    guard case .coded = blob.form, count > CodedLayout.headByteCount(of: blob.byteCount) else {
      let file = try open(blob)
      return try file.bytes(at: offset, count: min(count, Int(clamping: blob.storedByteCount)))
    }
    let reader = try BlobReader(opening: blob, in: self)
    var bytes: [UInt8] = []
    for index in 0..<reader.chunkCount where bytes.count < count {
      bytes += try reader.chunk(index).prefix(count - bytes.count)
    }
    return bytes
  }

  /// Lends a small blob's bytes after they were checked against its name.
  public func withCheckedBytes<Result>(
    of blob: StoredBlob, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let reader = try BlobReader(opening: blob, in: self)
    guard let bytes = reader.rawBytes else { return try allBytes(of: blob).withUnsafeBytes(body) }
    try check(Digest(of: bytes), is: blob)
    let result = try body(bytes)
    try reader.requireUncut()
    return result
  }

  /// Copies a blob to an offset of a file, and throws if what was copied is not what its name says.
  public func copy(_ blob: StoredBlob, to target: FileTarget, at offset: UInt64) throws {
    guard blob.location == .loose, blob.form == .raw else {
      var place = offset
      return try withPieces(of: blob, checked: true) { piece in
        try target.write(piece, at: place)
        place += UInt64(piece.count)
      }
    }
    let file = try open(blob)
    let mapped = try MappedFile(file, byteCount: blob.byteCount)
    var hasher = SHA256()
    for start in stride(from: 0, to: mapped.bytes.count, by: Self.pieceByteCount) {
      let piece = UnsafeRawBufferPointer(
        rebasing: mapped.bytes[start...].prefix(Self.pieceByteCount))
      hasher.update(piece)
      let (from, to) = (UInt64(start), offset + UInt64(start))
      // The same pages, from the kernel's side: no other bytes than those that were hashed.
      if !target.copy(piece.count, from: file, at: from, to: to) {
        try target.write(piece, at: to)
      }
    }
    if mapped.wasCut { throw try lengthError(of: blob) }
    try check(hasher.finish(), is: blob)
  }

  /// Throws what is wrong with a blob: missing, unreadable, of another length, damaged, coded
  /// against one of which that is so. A quick check looks at names and lengths only.
  public func verify(_ blob: StoredBlob, readingBytes: Bool) throws {
    do {
      if readingBytes {
        try withPieces(of: blob, checked: true) { _ in }
      } else {
        _ = try open(blob)
        for base in blob.bases {
          do { _ = try open(base) } catch {
            throw StoreError.baseDamaged(
              blob.digest, base: base.digest, cause: try StoreError(error, reading: base))
          }
        }
      }
    } catch let error as SystemCallError {
      throw StoreError.blobUnreadable(blob.digest, error)
    }
  }

  /// What coding would make of a blob, by a sample of it; without `delta` also when the base cannot
  /// be read.
  public func estimate(
    _ blob: StoredBlob, as kind: ElementKind, against base: StoredBlob?
  ) throws -> CodingEstimate {
    let source = StoredSource(reader: try BlobReader(opening: blob, in: self))
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    func estimate(_ base: StoredBlob?) throws -> CodingEstimate {
      let plan = CodingPlan(kind: kind, effort: .fast, base: base)
      return try BlobCoder(source, by: plan, in: self, workspace).estimate()
    }
    do { return try estimate(base) } catch is UnusableBase { return try estimate(nil) }
  }

  /// The path of the file that a blob's bytes are in.
  public func path(of blob: StoredBlob) -> String {
    switch blob.location {
    case .loose: paths.loose(blob.digest)
    case .packed(let id, _): paths.pack(id)
    }
  }

  /// Opens the file that a blob is in, which has all of its bytes.
  func open(_ blob: StoredBlob) throws -> OpenFile {
    let path = path(of: blob)
    guard let file = try OpenFile.ifPresent(path, flags: O_RDONLY | O_NONBLOCK) else {
      throw StoreError.blobMissing(blob.digest, path: path)
    }
    let status = try file.status()
    guard status.isRegular else { throw StoreError.blobMissing(blob.digest, path: path) }
    guard blob.availableByteCount(inFileOf: status.byteCount) == blob.storedByteCount else {
      throw lengthError(of: blob, inFileOf: status.byteCount)
    }
    return file
  }

  /// What to say of a blob whose file has another length, or had while it was read.
  func lengthError(of blob: StoredBlob) throws -> StoreError {
    lengthError(of: blob, inFileOf: try Folder.status(of: path(of: blob))?.byteCount ?? 0)
  }

  private func lengthError(of blob: StoredBlob, inFileOf size: UInt64) -> StoreError {
    .blobLengthWrong(
      blob.digest, path: path(of: blob), expected: blob.storedByteCount,
      found: blob.availableByteCount(inFileOf: size))
  }

  /// Throws unless the digest is the blob's name.
  func check(_ found: Digest, is blob: StoredBlob) throws(StoreError) {
    guard found == blob.digest else {
      throw .blobDamaged(blob.digest, path: path(of: blob), found: found)
    }
  }
}

extension StoredBlob {
  /// How many of its bytes a file of so many can have.
  fileprivate func availableByteCount(inFileOf size: UInt64) -> UInt64 {
    switch location {
    case .loose: size
    case .packed(_, let offset): min(size > offset ? size - offset : 0, storedByteCount)
    }
  }
}

extension StoreError {
  /// What was found wrong while a blob was read.
  ///
  /// - Throws: what has nothing to do with it.
  init(_ error: any Error, reading blob: StoredBlob) throws {
    switch error {
    case let error as StoreError: self = error
    case let error as SystemCallError: self = .blobUnreadable(blob.digest, error)
    default: throw error
    }
  }
}
