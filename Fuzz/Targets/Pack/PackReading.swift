import Digests
import Files
import Harness
import TensorCodec

@testable import ContentStore

/// A pack in a store that has nothing else.
struct Pack {
  var bytes: [UInt8]

  /// Beside the program; each process has a pack of its own there.
  private static let store: BlobStore = {
    do {
      return try BlobStore.create(StorePaths(root: CommandLine.arguments[0] + ".store"))
    } catch { fail("no store: \(error)") }
  }()
  private static let id = PackID(session: SessionID(), number: 0)
  /// Of what is decoded for an input: it may be a hundred thousand times as long.
  private static let limit = 8 * UInt64(Chunk.byteCount)

  /// Reads the entries, and every blob against its base in the same pack.
  mutating func check() throws {
    write()
    let entries = try Self.store.entries(of: Self.id)
    checkPlaces(of: entries)
    var blobs: [DigestPrefix: StoredBlob] = [:]
    var rest = Self.limit
    for entry in entries {
      let base = entry.base.flatMap { blobs[$0] }
      var blob = StoredBlob(
        digest: entry.digest, byteCount: entry.byteCount,
        location: .packed(Self.id, offset: entry.offset),
        form: entry.isCoded ? .coded(byteCount: entry.length, base: base) : .raw)
      for link in [blob] + blob.bases {
        guard link.byteCount <= rest else { return }
        rest -= link.byteCount
      }
      _ = try? Self.store.firstBytes(of: blob, count: 100)
      blob = renamed(blob, at: entry)
      try? checkBytes(of: blob)
      blobs[DigestPrefix(of: entry.digest)] = blob
    }
  }

  private func write() {
    let path = Self.store.paths.packs + "/" + Self.id.name + ".pack"
    do {
      try Folder.remove(path)
      try OpenFile.creating(path).write(bytes)
    } catch { fail("no pack: \(error)") }
  }

  /// Entries give the footer that they were read from, and lie in front of it: without a gap, but
  /// in the first layout.
  private func checkPlaces(of entries: [PackEntry]) {
    let isFirstLayout = !bytes.starts(with: PackLayout.head)
    let footer =
      isFirstLayout ? bytes.suffix(48 * entries.count + 48) : PackLayout.footer(entries)[...]
    guard bytes.suffix(footer.count) == footer else { fail("the footer is written otherwise") }
    var end = UInt64(PackLayout.head.count)
    for entry in entries {
      guard isFirstLayout || entry.offset == end else { fail("\(entry) is not at \(end)") }
      end = entry.offset + entry.length
      guard end <= UInt64(bytes.count - footer.count) else { fail("\(entry) lies outside") }
    }
  }

  /// The blob under the name of what is read of it, if anything is. The checksums of its chunks are
  /// made right: else what is coded against it would not be decoded.
  private mutating func renamed(_ blob: StoredBlob, at entry: PackEntry) -> StoredBlob {
    var mended = 0
    while true {
      do {
        try Self.store.verify(blob, readingBytes: true)
        return blob
      } catch StoreError.blobDamaged(_, _, let found) {
        return StoredBlob(
          digest: found, byteCount: blob.byteCount, location: blob.location, form: blob.form)
      } catch StoreError.blobUndecodable(_, _, .checksumWrong(let chunk, _, let found)) {
        guard chunk >= mended else { fail("chunk \(chunk) is decoded to other bytes") }
        mended = chunk + 1
        // Rows have eight bytes, the last one four.
        let rows = Int(CodedLayout.chunkCount(of: blob.byteCount)) - chunk
        let row = Int(entry.offset + entry.length) + 4 - 8 * rows
        bytes.replaceSubrange(row..<row + 4, with: PackLayout.littleEndian(found))
        write()
      } catch { return blob }
    }
  }

  /// All of a sound blob is there, and its first bytes are the same by themselves.
  private func checkBytes(of blob: StoredBlob) throws {
    let whole = try Self.store.bytes(of: blob)
    guard UInt64(whole.count) == blob.byteCount,
      try Self.store.firstBytes(of: blob, count: 100)[...] == whole.prefix(100)
    else { fail("\(blob) is read otherwise") }
  }
}
