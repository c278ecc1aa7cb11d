import Digests
import Files

/// Gathers small blobs in memory until they are written as one pack.
struct PackWriter {
  let id: PackID
  private var bytes = PackLayout.head
  private var entries: [PackEntry] = []

  init(id: PackID) { self.id = id }

  var isEmpty: Bool { entries.isEmpty }

  /// Whether it holds enough to be written: memory stays bounded however many blobs come.
  var isFull: Bool { bytes.count >= BlobStore.packByteCount }

  mutating func append(_ blob: some Collection<UInt8>, digest: Digest) -> BlobLocation {
    let offset = UInt64(bytes.count)
    entries.append(PackEntry(digest: digest, offset: offset, length: UInt64(blob.count)))
    bytes += blob
    return .packed(id, offset: offset)
  }

  /// Writes the pack to a new file and returns when it is on the disk.
  func write(to path: String) throws(SystemCallError) {
    let file = try OpenFile.creating(path)
    try file.write(bytes)
    try file.write(PackLayout.footer(entries))
    try file.synchronize()
  }
}
