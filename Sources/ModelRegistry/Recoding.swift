import Catalog
import ContentStore
import Digests
import Synchronization
import TensorCodec

/// A blob, and the form in which it is to be kept from here on.
struct RecodingStep: Sendable {
  let blob: BlobRecord
  let form: Form
  /// The blob's place in the series that it comes into.
  let generation: Int

  enum Form: Sendable {
    /// As it is, in another pack.
    case same
    /// Coded anew, against a base or by itself, however large it becomes.
    case coded(ElementKind, base: BlobRecord?)
    /// The same, unless it does not become smaller.
    case smaller(ElementKind, base: BlobRecord?)
  }
}

/// What became of such steps.
struct RecodingResult {
  var movedCount = 0
  /// What the old forms took, and what the new ones take.
  var oldByteCount: UInt64 = 0
  var newByteCount: UInt64 = 0
  /// Bytes of the packs that were written.
  var writtenByteCount: UInt64 = 0
  /// Blobs that were found damaged on the way. They stay as they are.
  var damaged: [Digest] = []
}

// The new form is written, decoded, compared with the blob's name and synchronised before the row
// points there, and the old form goes in a transaction after that one is on the disk: a process
// that ends anywhere leaves a form too many, which gc takes, and never a row without one.
extension Registry {
  /// So many bytes are decoded before what was written counts: what an interruption can cost.
  private static let turnByteCount: UInt64 = 512 << 20
  private static let turnCount = 1 << 16
  /// A chain of more bases is not made.
  private static let longestChain = 12

  /// Keeps blobs in other forms. Only the store's collector may.
  ///
  /// - Parameter done: is told of so many more bytes.
  func recode(
    _ steps: [RecodingStep], _ lock: borrowing CollectorLock,
    done: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) throws -> RecodingResult {
    var result = RecodingResult()
    var turn: [RecodingStep] = []
    var byteCount: UInt64 = 0
    for step in steps {
      turn.append(step)
      byteCount += step.blob.byteCount
      if byteCount >= Self.turnByteCount || turn.count >= Self.turnCount {
        try recode(turn: turn, &result, done)
        (turn, byteCount) = ([], 0)
      }
    }
    if !turn.isEmpty { try recode(turn: turn, &result, done) }
    return result
  }

  private func recode(
    turn: [RecodingStep], _ result: inout RecodingResult,
    _ done: @escaping @Sendable (UInt64) -> Void
  ) throws {
    let session = try store.beginSession()
    defer {
      // The lock goes with the process, and the next collection clears up after it.
      try? session.end()
    }
    let written = try write(turn, session, done)
    let published = try session.publish()
    let damaged = written.compactMap { $0.new == nil ? $0.step.blob : nil }
    var moved = (count: 0, old: UInt64(0), new: UInt64(0))
    try catalog.write { writer in
      moved = (0, 0, 0)
      for pack in published {
        try writer.addPack(named: pack.id.name, byteCount: pack.byteCount)
      }
      for (step, new) in written {
        guard let new, step.wants(new), try isFit(new, after: step, writer.reader),
          try writer.move(step.blob, to: new)
        else { continue }
        moved.count += 1
        moved.old += step.blob.storedByteCount
        moved.new += new.storedByteCount
      }
      try writer.setCorrupt(damaged)
    }
    result.movedCount += moved.count
    result.oldByteCount += moved.old
    result.newByteCount += moved.new
    result.writtenByteCount += published.reduce(0) { $0 + $1.byteCount }
    result.damaged += damaged.map(\.digest)
  }

  /// Writes the new forms; those of damaged blobs are `nil`.
  private func write(
    _ steps: [RecodingStep], _ session: WriteSession, _ done: @escaping @Sendable (UInt64) -> Void
  ) throws -> [(step: RecodingStep, new: NewBlob?)] {
    let results = Mutex<[(step: RecodingStep, new: NewBlob?)]>([])
    try inParallel(steps, threads: processorCount) { [store] _, step in
      var new: NewBlob?
      do {
        let blob = try step.blob.stored()
        // One that may not be read is as one that is damaged.
        try store.verify(blob, readingBytes: false)
        switch step.form {
        case .same:
          new = NewBlob(try session.stageCopy(blob, from: store), generation: step.generation)
        case .coded(let kind, let base), .smaller(let kind, let base):
          let plan = CodingPlan(kind: kind, effort: .fast, base: try base?.stored())
          new = NewBlob(
            try session.stageAgain(blob, from: store, coding: plan), generation: step.generation)
        }
      } catch is StoreError {
        // It stays as it is, for a repair; verify says which versions it hits.
      }
      results.withLock { $0.append((step, new)) }
      done(step.blob.byteCount)
    }
    return results.withLock { $0 }
  }

  /// Whether a new form makes no circle of bases and no long chain: the rows may have changed since
  /// the step was chosen, by steps before it.
  private func isFit(_ new: NewBlob, after step: RecodingStep, _ reader: CatalogReader) throws
    -> Bool
  {
    guard let base = new.base, base != step.blob.base?.digest else { return true }
    guard let chain = try reader.blob(base)?.chain,
      !chain.contains(where: { $0.digest == new.digest })
    else { return false }
    return try chain.count + reader.dependantDepth(of: new.digest) <= Self.longestChain
  }
}

extension RecodingStep {
  /// Whether what was written is what the step is for.
  fileprivate func wants(_ new: NewBlob) -> Bool {
    guard case .smaller = form else { return true }
    return new.storedByteCount < blob.storedByteCount
  }
}
