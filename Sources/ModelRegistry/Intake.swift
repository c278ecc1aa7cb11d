import Digests
import Files
import StrictJSON
import Synchronization
import Tensors

/// What a source became: every byte of it named and, where it is new, staged.
struct Intake {
  let shelf: Shelf
  let layout: Digest
  /// The blob of each variable, in the layout's order.
  let tensors: [Digest]
  let weightsID: Digest
  let file: Manifest.StoredFile
  /// The optimizer's count of steps, when it is among the variables.
  let step: Int?

  /// Names and stages all of a source's bytes.
  ///
  /// - Throws: `RegistryError.sourceChanged` when the file changed meanwhile.
  init(
    of snapshot: ModelSnapshot, from source: borrowing Source, spool: borrowing OpenFile,
    into shelf: Shelf, progress: Progress?
  ) throws {
    self.shelf = shelf
    let decoded = try MappedFile(spool, byteCount: spool.status().byteCount)
    let (recipe, rest) = Recipe.taking(snapshot.variables, outOf: source.byteCount)
    let mapped = source.mapped
    let contents = snapshot.variables.map { variable in
      switch variable.bytes {
      case .source(_, let extent): Content.mapped(mapped, [extent])
      case .decoded(let extent): Content.mapped(decoded, [extent])
      }
    }
    let skeleton = Content.mapped(mapped, rest)
    var digests = try Self.put(
      contents + [skeleton], paths: snapshot.variables.map(\.path), on: shelf, progress: progress)
    guard let skeletonDigest = digests.popLast() else {
      preconditionFailure("as many digests as contents, and the skeleton is one of them")
    }
    try source.requireUnchanged()
    tensors = digests
    let layout = Layout(snapshot)
    weightsID = layout.weightsID(digests)
    self.layout = try shelf.put(layout.json.canonicalText)
    file = Manifest.StoredFile(
      name: source.name, byteCount: source.byteCount, skeleton: skeletonDigest,
      recipe: try shelf.put(recipe.json.canonicalText))
    step = Self.step(snapshot.variables, contents)
  }

  /// Names contents in parallel. Those that are the same part of a file are read once.
  private static func put(
    _ contents: [Content], paths: [String], on shelf: Shelf, progress: Progress?
  ) throws -> [Digest] {
    let total = contents.reduce(0) { $0 + $1.byteCount }
    let state = Mutex<(digests: [Int: Digest], done: UInt64)>(([:], 0))
    // One thread more than processors: one may be waiting for the disk.
    try inParallel(contents, threads: processorCount + 1) { index, content in
      let digest = try shelf.put(content, path: index < paths.count ? paths[index] : nil)
      let done = state.withLock { state in
        state.digests[index] = digest
        state.done += content.byteCount
        return state.done
      }
      progress?(done, total)
    }
    let digests = state.withLock { $0.digests }
    return contents.indices.compactMap { digests[$0] }
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
