import ContentStore
import Digests
import Files
import Foundation
import Glibc
import TensorCodec
import Testing

/// A store in a folder that goes with it.
final class TemporaryStore {
  let store: BlobStore
  private let folder: String

  init() throws {
    var template = Array(
      (FileManager.default.temporaryDirectory.path + "/registry-store-XXXXXX").utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
    store = try BlobStore.create(StorePaths(root: folder + "/store"))
  }

  deinit {
    // What is left of it harms nobody.
    try? Folder.removeTree(folder)
  }

  /// Puts bytes as a commit does.
  func put(_ bytes: [UInt8], _ plan: CodingPlan? = nil) throws -> StoredBlob {
    try inSession { session in
      StoredBlob(
        try bytes.withUnsafeBytes { try session.stage([$0], coding: plan) }, bases: [plan?.base])
    }
  }

  /// Stages, publishes and ends, as a commit does.
  func inSession<Result>(_ body: (WriteSession) throws -> Result) throws -> Result {
    let session = try store.beginSession()
    let result = try body(session)
    _ = try session.publish()
    try session.end()
    return result
  }

  /// Names in staging and of sessions.
  func leftovers() throws -> [String] {
    try ["staging", "sessions"].flatMap { try Folder.names(in: store.paths.root + "/" + $0) }
  }

  /// Takes a pack that another program wrote in, and gives its blobs as its footer tells of them.
  func adopt(packFile: URL) throws -> [StoredBlob] {
    let id = try #require(PackID(parsing: String(repeating: "0", count: 32) + "-0"))
    let path = store.paths.root + "/packs/" + id.name + ".pack"
    try Folder.remove(path)
    try OpenFile.creating(path).write(Array(Data(contentsOf: packFile)))
    return try store.entries(of: id).reduce(into: []) { blobs, entry in
      let base = blobs.first { DigestPrefix(of: $0.digest) == entry.base }
      blobs.append(
        StoredBlob(
          digest: entry.digest, byteCount: entry.byteCount,
          location: .packed(id, offset: entry.offset),
          form: entry.isCoded ? .coded(byteCount: entry.length, base: base) : .raw))
    }
  }

  /// Changes the file that a blob is in.
  func change(_ blob: StoredBlob, _ body: (borrowing OpenFile) throws -> Void) throws {
    let path = store.path(of: blob)
    chmod(path, 0o600)
    try body(OpenFile(path, flags: O_RDWR))
  }

  /// Changes a byte of what a blob is in its file, for the duration of a call.
  func withChangedByte(at place: UInt64, of blob: StoredBlob, _ body: () throws -> Void) throws {
    try change(blob) { file in
      let position = (blob.offset ?? 0) + place
      var byte = try file.bytes(at: position, count: 1)
      byte[0] ^= 0x10
      pwrite(file.descriptor, byte, 1, off_t(position))
      try body()
      byte[0] ^= 0x10
      pwrite(file.descriptor, byte, 1, off_t(position))
    }
  }
}

extension StoredBlob {
  /// As the catalog knows it once it is published.
  ///
  /// - Parameter bases: those that it may be coded against.
  init(_ staged: StagedBlob, bases: [StoredBlob?] = []) {
    var form = BlobForm.raw
    if let coding = staged.coding {
      let base = bases.compactMap { $0 }.first { $0.digest == coding.base }
      form = .coded(byteCount: coding.byteCount, base: base)
    }
    self.init(
      digest: staged.digest, byteCount: staged.byteCount, location: staged.location, form: form)
  }

  /// Where it begins in its pack.
  var offset: UInt64? {
    guard case .packed(_, let offset) = location else { return nil }
    return offset
  }

  var pack: PackID? {
    guard case .packed(let id, _) = location else { return nil }
    return id
  }

  var isCoded: Bool { form != .raw }

  /// What its entry takes in a pack's footer.
  var entryByteCount: UInt64 {
    func varint(_ value: UInt64) -> Int { max(1, (64 - value.leadingZeroBitCount + 6) / 7) }
    let numbers = varint(storedByteCount) + (isCoded ? varint(byteCount) : 0)
    return UInt64(32 + 1 + numbers + (base == nil ? 0 : 16))
  }
}

/// Bytes that differ from one seed to the next, and that no coder makes smaller.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  var bytes = [UInt8](repeating: 0, count: (count + 7) / 8 * 8)
  bytes.withUnsafeMutableBytes { buffer in
    for place in stride(from: 0, to: buffer.count, by: 8) {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      buffer.storeBytes(of: state &* 0x2545_F491_4F6C_DD1D, toByteOffset: place, as: UInt64.self)
    }
  }
  return Array(bytes.prefix(count))
}

/// Float32 weights as a layer begins with: noise but for the exponents.
func weights(_ byteCount: Int, seed: UInt64) -> [UInt8] {
  var bytes = noise(byteCount, seed: seed)
  for place in stride(from: 3, to: byteCount, by: 4) { bytes[place] = 0x3C | bytes[place] & 0x80 }
  return bytes
}

/// The same after a step of training: their lowest bytes have changed.
func moved(_ bytes: [UInt8], seed: UInt64) -> [UInt8] {
  var moved = bytes
  let change = noise(bytes.count / 4 + 1, seed: seed)
  for place in stride(from: 0, to: bytes.count, by: 4) { moved[place] = change[place / 4] }
  return moved
}

/// Letters without order, which take three quarters of their bytes.
func letters(_ count: Int, seed: UInt64) -> [UInt8] {
  noise(count, seed: seed).map { $0 & 63 | 64 }
}

/// A file beside these sources.
func fixture(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
}
