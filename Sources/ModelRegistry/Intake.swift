import Catalog
import Checksums
import Digests
import Files
import StrictJSON
import Synchronization
import TensorCodec
import Tensors

/// What a source became: every byte of it named and, where it is new, staged.
struct Intake {
  let shelf: Shelf
  let layout: Digest
  /// The blob of each variable, in the layout's order.
  let tensors: [Digest]
  let weightsID: Digest
  /// The files that belong to the version.
  let files: [Manifest.StoredFile]
  /// The optimizer's count of steps, when it is among the variables.
  let step: Int?

  /// The bytes of the files.
  var byteCount: UInt64 { files.reduce(0) { $0 + $1.byteCount } }

  /// Whether a version is the same source, byte for byte.
  func isSame(as manifest: Manifest) -> Bool {
    manifest.layout == layout && manifest.tensors == tensors && manifest.files == files
  }

  /// Names and stages all of a source's bytes.
  ///
  /// - Throws: `RegistryError.sourceChanged` when a file changed meanwhile,
  ///   `RegistryError.sourceDamaged` when bytes are not those that its checksums were made of.
  init(
    of snapshot: ModelSnapshot, from source: Source, spool: borrowing OpenFile,
    into shelf: Shelf, after parent: VersionContents, progress: Progress?
  ) throws {
    self.shelf = shelf
    let decoded = try MappedFile(spool, byteCount: spool.status().byteCount)
    let variables = snapshot.variables
    let contents = variables.map { variable in
      switch variable.bytes {
      case .source(let file, let extent): Content.mapped(source.files[file].mapped, [extent])
      case .decoded(let extent): Content.mapped(decoded, [extent])
      }
    }
    let members = source.files.enumerated()
      .filter { snapshot.files?.contains($0.offset) != false }
    let parts = members.map { place, member in
      let (recipe, rest) = Recipe.taking(variables, outOf: place, byteCount: member.byteCount)
      return (member: member, recipe: recipe, skeleton: Content.mapped(member.mapped, rest))
    }
    try Self.check(snapshot.checksums, of: source)
    // Variables that are the same stretch are read once: files may have a million of them.
    let stretches = Stretches(variables)
    let layout = Layout(snapshot)
    let near = parent.blobs(for: layout.slots)
    let tensors = stretches.first.map { place in
      Incoming(contents[place], variables[place].dtype.elementKind, near: near[place])
    }
    let skeletons = parts.map { part in
      Incoming(part.skeleton, .text, near: parent.blob(of: .skeleton(file: part.member.name)))
    }
    let digests = try Self.put(tensors + skeletons, on: shelf, progress: progress)
    try source.requireUnchanged(members.map(\.element))
    self.tensors = stretches.ordinals.map { digests[$0] }
    weightsID = layout.weightsID(self.tensors)
    self.layout = try shelf.put(layout.json.canonicalText, as: .layout)
    files = try zip(parts, digests.dropFirst(stretches.first.count)).map { part, skeleton in
      Manifest.StoredFile(
        name: part.member.name, byteCount: part.member.byteCount, skeleton: skeleton,
        recipe: try shelf.put(
          part.recipe.json.canonicalText, as: .recipe(file: part.member.name)))
    }
    step = Self.step(variables, contents)
  }

  /// Holds the bytes against what the source records of them.
  private static func check(_ checksums: [Checksum], of source: Source) throws {
    let largestFirst = checksums.sorted { $0.extent.length > $1.extent.length }
    try inParallel(largestFirst, threads: processorCount) { _, checksum in
      let file = source.files[checksum.file]
      let value = Content.mapped(file.mapped, [checksum.extent]).withPieces { pieces in
        switch checksum.algorithm {
        case .crc32:
          var sum = CRC32()
          for piece in pieces { sum.update(piece) }
          return sum.value
        case .crc32c:
          var sum = CRC32C()
          for piece in pieces { sum.update(piece) }
          return sum.value
        }
      }
      guard value == checksum.value else {
        try source.requireUnchanged([file])
        throw RegistryError.sourceDamaged(
          path: source.path, file: file.name, part: checksum.name, checksum.algorithm)
      }
    }
  }

  /// Bytes on their way in.
  private struct Incoming {
    let content: Content
    let kind: ElementKind
    /// What the parent has in their place.
    let last: BlobRecord?

    init(_ content: Content, _ kind: ElementKind, near last: BlobRecord?) {
      self.content = content
      self.kind = kind
      self.last = last
    }
  }

  /// Names contents in parallel, in their order.
  private static func put(
    _ contents: [Incoming], on shelf: Shelf, progress: Progress?
  ) throws -> [Digest] {
    let total = contents.reduce(0) { $0 + $1.content.byteCount }
    let state = Mutex<(digests: [Int: Digest], done: UInt64)>(([:], 0))
    // The largest first, so that no thread is left with it when the others are done.
    let order = contents.indices.sorted {
      contents[$0].content.byteCount > contents[$1].content.byteCount
    }
    // One thread more than processors: one may be waiting for the disk. A thread that has less than
    // a mebibyte to do is not worth starting, nor is a pack of its own.
    let threads = Int(min(UInt64(processorCount) + 1, 1 + total >> 20))
    try inParallel(order, threads: threads) { _, index in
      let incoming = contents[index]
      let digest = try shelf.put(incoming.content, as: incoming.kind, near: incoming.last)
      let done = state.withLock { state in
        state.digests[index] = digest
        state.done += incoming.content.byteCount
        return state.done
      }
      progress?(done, total)
    }
    let digests = state.withLock { $0.digests }
    return contents.indices.compactMap { digests[$0] }
  }

  /// Which variables are the same bytes of a source.
  private struct Stretches {
    /// The first variable of each stretch.
    private(set) var first: [Int] = []
    /// The stretch of each variable, by its place in `first`.
    private(set) var ordinals: [Int] = []

    init(_ variables: [Variable]) {
      var known: [TensorBytes: Int] = [:]
      for (place, variable) in variables.enumerated() {
        let ordinal = known[variable.bytes] ?? first.count
        if ordinal == first.count { first.append(place) }
        known[variable.bytes] = ordinal
        ordinals.append(ordinal)
      }
    }
  }

  private static func step(_ variables: [Variable], _ contents: [Content]) -> Int? {
    guard let index = variables.firstIndex(where: { $0.path == "optimizer/iteration" }),
      variables[index].shape.elementCount == 1
    else { return nil }
    let bytes = contents[index].withPieces { Array($0.joined()) }
    switch (variables[index].dtype, bytes.count) {
    case (.int64, 8), (.uint64, 8), (.int32, 4), (.uint32, 4):
      let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(exactly: value)
    case (.float32, 4):
      let bits = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Int(exactly: Float(bitPattern: bits))
    default: return nil
    }
  }
}
