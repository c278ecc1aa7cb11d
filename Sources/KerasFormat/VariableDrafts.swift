import HDF5Format
import Tensors

/// A path that would suit a variable.
struct PathCandidate: Hashable {
  let path: String
  /// Whether it is as the container spells it. Such a claim is the better one.
  let isPlain: Bool
}

/// A variable whose path is not final yet.
struct VariableDraft {
  let containerPath: String
  let tensor: StoredTensor
  /// The paths that would suit, best first. The container's path comes after them all.
  let candidates: [PathCandidate]
  let role: Role
  let slot: OptimizerSlot?

  init(
    containerPath: String, tensor: StoredTensor, candidates: [PathCandidate] = [], role: Role,
    slot: OptimizerSlot? = nil
  ) {
    self.containerPath = containerPath
    self.tensor = tensor
    self.candidates = candidates
    self.role = role
    self.slot = slot
  }
}

/// The paths that would suit a variable, best first. The container's comes after them all.
struct PathLadder {
  let candidates: [PathCandidate]
  let containerPath: String
}

/// Gives each draft its best path that no other one claims.
func uniquePaths(for drafts: [VariableDraft], reserving reserved: Set<String>) -> [String] {
  let ladders = drafts.map {
    PathLadder(candidates: $0.candidates, containerPath: $0.containerPath)
  }
  return uniquePaths(for: ladders, reserving: reserved)
}

/// Gives each variable its best path that no other one claims.
///
/// Variables that claim one path all take their next candidate, but one that alone claims it as the
/// container spells it keeps it; so the outcome does not depend on their order. Nobody gets a path
/// of `reserved`, which has all paths of the container, but its owner at the end of its
/// candidates: so there always is one left.
func uniquePaths(for ladders: [PathLadder], reserving reserved: Set<String>) -> [String] {
  let ladders = ladders.map { ladder in
    ladder.candidates.filter { !reserved.contains($0.path) }
      + [PathCandidate(path: ladder.containerPath, isPlain: true)]
  }
  var rungs = [Int](repeating: 0, count: ladders.count)
  var claims: [String: PathClaims] = [:]
  var pending = Array(ladders.indices)
  while let index = pending.popLast() {
    let candidate = ladders[index][rungs[index]]
    let losers = claims[candidate.path, default: PathClaims()]
      .losers(adding: index, isPlain: candidate.isPlain)
    for loser in losers { rungs[loser] += 1 }
    pending += losers
  }
  return ladders.indices.map { ladders[$0][rungs[$0]].path }
}

/// Who has claimed a path so far. Who has lost it once never gets it back.
private struct PathClaims {
  private var plain: [Int] = []
  private var respelled: [Int] = []

  private var winner: Int? {
    if plain.isEmpty { return respelled.count == 1 ? respelled[0] : nil }
    return plain.count == 1 ? plain[0] : nil
  }

  /// Adds a claim, and gives those that lose by it: none, the newcomer, who had it before, or both.
  mutating func losers(adding index: Int, isPlain: Bool) -> [Int] {
    let before = winner
    if isPlain { plain.append(index) } else { respelled.append(index) }
    return [before, index].compactMap { $0 }.filter { $0 != winner }
  }
}

/// Puts drafts and their final paths together, and lays out what has to be decoded.
struct Assembly {
  private(set) var variables: [Variable] = []
  private(set) var datasetsToDecode: [DatasetToDecode] = []
  private var decodedBytes: UInt64 = 0

  init(_ drafts: [VariableDraft], paths: [String]) throws(KerasFormatError) {
    for (draft, path) in zip(drafts, paths) { try add(draft, as: path) }
  }

  private mutating func add(
    _ draft: VariableDraft, as path: String
  ) throws(KerasFormatError) {
    let tensor = draft.tensor
    let bytes: TensorBytes
    if let extent = tensor.extent {
      bytes = .source(file: tensor.file, extent)
    } else {
      bytes = .decoded(try nextDecoded(tensor.byteCount, at: draft.containerPath))
      datasetsToDecode.append(DatasetToDecode(file: tensor.file, path: draft.containerPath))
    }
    variables.append(
      Variable(
        path: path, containerPath: draft.containerPath, role: draft.role, slot: draft.slot,
        dtype: tensor.dtype, shape: tensor.shape, bytes: bytes))
  }

  private mutating func nextDecoded(
    _ byteCount: UInt64, at location: String
  ) throws(KerasFormatError) -> ByteExtent {
    guard let extent = ByteExtent(offset: decodedBytes, length: byteCount) else {
      throw .malformed(
        location: location, expected: "tensors whose bytes can be counted",
        found: "\(decodedBytes) bytes before \(byteCount) more")
    }
    decodedBytes = extent.end
    return extent
  }
}
