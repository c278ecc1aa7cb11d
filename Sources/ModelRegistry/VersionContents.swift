import Catalog
import Digests
import TensorCodec
import Tensors

/// What a version has, by what it is to the version: what comes after it is likely to be the same,
/// or near.
struct VersionContents: Sendable {
  /// What a blob that is no tensor is to a version.
  enum Part: Hashable, Sendable {
    case manifest, layout, architecture, training, graphs
    case skeleton(file: String)
    case recipe(file: String)
  }

  /// `nil` when there is no version, or its manifest is damaged.
  let manifest: Manifest?
  private let variables: [(slot: VariableSlot, blob: BlobRecord)]
  private let parts: [Part: BlobRecord]

  /// - Parameters:
  ///   - variables: those of the version, in the order of its layout.
  ///   - blobs: all that the version needs.
  init(
    _ id: Digest?, _ manifest: Manifest?, _ variables: [(slot: VariableSlot, blob: Digest)],
    blobs: [Digest: BlobRecord]
  ) {
    self.manifest = manifest
    self.variables = variables.compactMap { variable in
      blobs[variable.blob].map { (variable.slot, $0) }
    }
    var digests: [Part: Digest] = [:]
    digests[.manifest] = id
    if let manifest {
      digests[.layout] = manifest.layout
      digests[.architecture] = manifest.architecture?.config
      digests[.training] = manifest.training?.config
      digests[.graphs] = manifest.graphs
      for file in manifest.files {
        digests[.skeleton(file: file.name)] = file.skeleton
        digests[.recipe(file: file.name)] = file.recipe
      }
      // A file may be called otherwise each time.
      if let file = manifest.files.first, manifest.files.count == 1 {
        digests[.skeleton(file: "")] = file.skeleton
        digests[.recipe(file: "")] = file.recipe
      }
    }
    parts = digests.compactMapValues { blobs[$0] }
  }

  /// A blob of the version, and how its bytes are read.
  struct Item {
    let blob: BlobRecord
    let kind: ElementKind
  }

  /// All blobs of the version: variables in order, then parts.
  var items: [Item] {
    variables.map { Item(blob: $0.blob, kind: $0.slot.dtype.elementKind) }
      + sortedParts.map { Item(blob: $0.blob, kind: .text) }
  }

  /// What this version has in place of each of another one's items, in their order.
  func blobs(like other: VersionContents) -> [BlobRecord?] {
    blobs(for: other.variables.map(\.slot)) + other.sortedParts.map { blob(of: $0.part) }
  }

  private var sortedParts: [(part: Part, blob: BlobRecord)] {
    parts.map { ($0.key, $0.value) }.sorted { $0.blob.digest < $1.blob.digest }
  }

  /// All blobs of the version.
  var blobs: [BlobRecord] { variables.map(\.blob) + parts.values }

  /// What the version has as this part, for another version's part to be coded against: nothing for
  /// manifests. No commit makes one again, so that damage to one must not hit others.
  func blob(of part: Part) -> BlobRecord? {
    switch part {
    case .manifest: nil
    case .skeleton: parts[part] ?? parts[.skeleton(file: "")]
    case .recipe: parts[part] ?? parts[.recipe(file: "")]
    default: parts[part]
    }
  }

  /// What the version has for each of these variables: under the same path, else, of those that it
  /// has under paths that are gone, the next of the same role, slot, dtype and shape. Layers are
  /// called otherwise when a script builds its model twice.
  func blobs(for variables: [VariableSlot]) -> [BlobRecord?] {
    let known = Dictionary(self.variables.map { ($0.slot.path, $0) }) { first, _ in first }
    let paths = Set(variables.map(\.path))
    var others: [Likeness: [BlobRecord]] = [:]
    for variable in self.variables.reversed() where !paths.contains(variable.slot.path) {
      others[Likeness(variable.slot), default: []].append(variable.blob)
    }
    return variables.map { variable in
      if let same = known[variable.path] {
        return same.slot.dtype == variable.dtype && same.slot.shape == variable.shape
          ? same.blob : nil
      }
      return others[Likeness(variable)]?.popLast()
    }
  }

  private struct Likeness: Hashable {
    let role: Role
    let slot: String?
    let dtype: DType
    let shape: Shape

    init(_ variable: VariableSlot) {
      role = variable.role
      slot = variable.optimizerSlot?.name
      dtype = variable.dtype
      shape = variable.shape
    }
  }
}
