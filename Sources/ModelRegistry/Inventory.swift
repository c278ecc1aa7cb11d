import Catalog
import ContentStore
import Digests

/// What is in a store, by its files alone.
struct Inventory {
  private(set) var blobs: [Digest: BlobRecord] = [:]
  private(set) var packs: [(name: String, byteCount: UInt64)] = []
  /// Packs whose footers cannot be read.
  private(set) var unreadable: [StoreError] = []

  /// A place where a blob lies, and how.
  private struct Form {
    let digest: Digest
    let byteCount: UInt64
    var place: PackPlace?
    var codedByteCount: UInt64?
    var base: DigestPrefix?
  }

  private let store: BlobStore
  private var forms: [Digest: [Form]] = [:]
  /// Forms that are coded against a blob.
  private var dependants: [DigestPrefix: [Form]] = [:]
  /// Blobs by what packs call them as bases. Should two be called the same, decoding tells.
  private var bases: [DigestPrefix: BlobRecord] = [:]

  init(of store: BlobStore) throws {
    self.store = store
    try collect()
    // A blob may lie in several places, in one of which it was damaged and then put again.
    accept(onlyWhole: true)
    // Those of which no place is whole: verify says which versions they hit.
    accept(onlyWhole: false)
  }

  private mutating func collect() throws {
    let contents = try store.contents()
    for digest in contents.loose {
      add(Form(digest: digest, byteCount: try store.byteCount(ofLoose: digest) ?? 0))
    }
    for id in contents.packs {
      do {
        for entry in try store.entries(of: id) {
          add(
            Form(
              digest: entry.digest, byteCount: entry.byteCount,
              place: PackPlace(name: id.name, offset: entry.offset),
              codedByteCount: entry.isCoded ? entry.length : nil, base: entry.base))
        }
        packs.append((id.name, try store.byteCount(of: id)))
      } catch let error as StoreError {
        unreadable.append(error)
      }
    }
  }

  private mutating func add(_ form: Form) {
    forms[form.digest, default: []].append(form)
    if let base = form.base { dependants[base, default: []].append(form) }
  }

  /// Takes blobs that stand by themselves, then what is coded against them, and so on.
  ///
  /// - Parameter onlyWhole: whether to read those that lie in several places, and to take one that
  ///   is as its name says.
  private mutating func accept(onlyWhole: Bool) {
    var known: [DigestPrefix] = []
    let standing = forms.values.flatMap { $0 }.filter { form in
      form.base.map { bases[$0] != nil } ?? true
    }
    for form in standing where accept(form, onlyWhole) {
      known.append(DigestPrefix(of: form.digest))
    }
    while let base = known.popLast() {
      for form in dependants[base] ?? [] where accept(form, onlyWhole) {
        known.append(DigestPrefix(of: form.digest))
      }
    }
  }

  private mutating func accept(_ form: Form, _ onlyWhole: Bool) -> Bool {
    guard blobs[form.digest] == nil else { return false }
    let base = form.base.flatMap { bases[$0] }
    // Deeper ones cannot be read.
    guard base.map({ $0.chain.count <= BlobStore.chainLimit }) ?? true else { return false }
    let record = BlobRecord(
      digest: form.digest, byteCount: form.byteCount, pack: form.place,
      coding: form.codedByteCount.map { .coded(byteCount: $0, base: base) } ?? .raw,
      generation: base.map { $0.generation + 1 } ?? 0)
    let isOnlyOne = forms[form.digest]?.count == 1
    guard !onlyWhole || isOnlyOne || isWhole(record) else { return false }
    blobs[form.digest] = record
    bases[DigestPrefix(of: form.digest)] = record
    return true
  }

  private func isWhole(_ record: BlobRecord) -> Bool {
    do {
      try store.verify(record.stored(), readingBytes: true)
      return true
    } catch {
      return false  // Another place may be whole; if none is, the blob is recorded all the same.
    }
  }
}
