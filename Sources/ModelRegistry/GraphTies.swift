import Catalog
import Digests
import Tensors

/// Which of a version's variables takes the place of each variable of another version, in whose
/// graph it is to be: the one of the same path.
struct GraphTies {
  /// A variable and the blob that it is.
  struct Filled {
    let slot: VariableSlot
    let blob: Digest
  }

  /// Places in the version's list, by those in the graph's. The others keep their bytes.
  private(set) var places: [Int: Int] = [:]
  /// What stays, what is left out, and what stands against it all.
  private(set) var notes: [ConversionNote] = []

  /// What the variables are that stay, copies apart.
  private var kept: [Role] = []
  private let graph: [Filled]
  private let own: [Filled]

  /// - Parameters:
  ///   - graph: the variables of the version that has the graph.
  ///   - own: those that are to be in it.
  ///   - copies: of variables of the graph that are copies of others, the places of those that they
  ///     may be copies of, by their own.
  init(_ graph: [Filled], _ own: [Filled], copies: [Int: [Int]]) {
    self.graph = graph
    self.own = own
    let known = Dictionary(zip(own.map(\.slot.path), own.indices)) { first, _ in first }
    let weights = WeightMatching(
      graph.map(\.slot), own.map(\.slot), copies: Set(copies.keys)
    ).places
    var found: Set<Int> = []
    for place in graph.indices where copies[place] == nil {
      let match = weights[place] ?? known[graph[place].slot.path]
      if let match { found.insert(match) }
      tie(place, match)
    }
    noteStray(found)
    for (copy, originals) in copies.sorted(by: { $0.key < $1.key }) {
      tie(copy, likeOneOf: originals)
    }
  }

  private mutating func tie(_ place: Int, _ found: Int?) {
    let slot = graph[place].slot
    if let found, own[found].slot.fits(slot) {
      places[place] = found
    } else if let found {
      notes.append(
        ConversionNote(
          .impossible, at: slot.path,
          "expected \(slot.phrase), found \(own[found].slot.phrase)"))
    } else if slot.role == .weight {
      notes.append(
        ConversionNote(.impossible, at: slot.path, "expected \(slot.phrase), found none"))
    } else {
      kept.append(slot.role)
    }
  }

  /// What the graph has and the version does not, and what the version has and the graph does not.
  private mutating func noteStray(_ found: Set<Int>) {
    note(kept) { "\($0) that only the graph has: as it is there" }
    let left = own.indices.filter { !found.contains($0) }.map { own[$0].slot }
    for slot in left where slot.role == .weight {
      notes.append(ConversionNote(.impossible, at: slot.path, "the graph has no such variable"))
    }
    note(left.map(\.role)) { "\($0) that the graph does not have" }
  }

  /// Weights apart, the model computes the same without them.
  private mutating func note(_ roles: [Role], _ phrase: (String) -> String) {
    for role in Role.allCases where role != .weight {
      let count = roles.count { $0 == role }
      guard count > 0 else { continue }
      notes.append(
        ConversionNote(
          .lost, at: role.rawValue, phrase(count == 1 ? "one variable" : "\(count) variables")))
    }
  }

  /// Copies were the same bytes when they were saved. When several variables were, it does not
  /// matter which one is meant as long as the same comes in the place of each.
  private mutating func tie(_ copy: Int, likeOneOf originals: [Int]) {
    let same = originals.filter { original in
      graph[original].blob == graph[copy].blob && graph[original].slot.holdsLike(graph[copy].slot)
    }
    let blobs = Set(same.map { places[$0].map { own[$0].blob } ?? graph[$0].blob })
    guard let first = same.first, blobs.count == 1 else {
      notes.append(
        ConversionNote(
          .impossible, at: graph[copy].slot.path,
          same.isEmpty
            ? "the graph uses it in the place of another variable, and it has other bytes"
            : "the graph uses it in the place of one of \(same.count) variables, and which is not"
              + " known"))
      return
    }
    places[copy] = places[first]
  }
}

extension VariableSlot {
  fileprivate var phrase: String { "\(role.rawValue), \(dtype.rawValue) \(shape)" }
}
