import Catalog
import ContentStore
import Digests

/// What is in a store, by its files alone.
struct Inventory {
  private(set) var blobs: [Digest: BlobRecord] = [:]
  private(set) var packs: [(name: String, byteCount: UInt64)] = []
  /// Packs whose footers cannot be read.
  private(set) var unreadable: [StoreError] = []

  init(of store: BlobStore) throws {
    let contents = try store.contents()
    for digest in contents.loose {
      let byteCount = try store.byteCount(ofLoose: digest) ?? 0
      blobs[digest] = BlobRecord(digest: digest, byteCount: byteCount, pack: nil)
    }
    var waiting: [Digest: [(entry: PackEntry, place: PackPlace)]] = [:]
    for id in contents.packs {
      do {
        for entry in try store.entries(of: id) {
          let place = PackPlace(name: id.name, offset: entry.offset)
          if let base = entry.base {
            waiting[base, default: []].append((entry, place))
          } else if blobs[entry.digest] == nil {
            blobs[entry.digest] = BlobRecord(entry, at: place, base: nil)
          }
        }
        packs.append((id.name, try store.byteCount(of: id)))
      } catch let error as StoreError {
        unreadable.append(error)
      }
    }
    // From those that stand by themselves on: a blob may lie in several packs, coded against
    // several others, and any way to read it will do.
    var known = Array(blobs.keys)
    while let digest = known.popLast() {
      for (entry, place) in waiting.removeValue(forKey: digest) ?? []
      where blobs[entry.digest] == nil {
        blobs[entry.digest] = BlobRecord(entry, at: place, base: blobs[digest])
        known.append(entry.digest)
      }
    }
  }
}

extension BlobRecord {
  /// As a pack's footer tells of it.
  fileprivate init(_ entry: PackEntry, at place: PackPlace, base: BlobRecord?) {
    self.init(
      digest: entry.digest, byteCount: entry.byteCount, pack: place,
      coding: entry.isCoded ? .coded(byteCount: entry.length, base: base) : .raw,
      generation: base.map { $0.generation + 1 } ?? 0)
  }
}
