import Catalog
import ContentStore
import Digests
import Files
import Tensors

/// A SavedModel that was committed, with the tensors of another version in it. All that differs is
/// bytes of tensors, and their checksums in the index.
struct FilledGraph {
  /// The version whose graph it is.
  let version: VersionRecord
  let notes: [ConversionNote]

  private let registry: Registry
  private let manifest: Manifest
  /// The variables as they were committed.
  private let committed: [GraphTies.Filled]
  /// The blob that each variable is now.
  private var tensors: [Digest]
  private var blobs: [Digest: StoredBlob]
  /// Places in the list of the exported version, by those of the variables that they come to.
  private let places: [Int: Int]

  /// `variables.index` of a SavedModel: tensorflow/python/saved_model/constants.py of
  /// https://github.com/tensorflow/tensorflow
  private static let index = "variables/variables.index"

  /// - Throws: `RegistryError.noGraph`; what the writer finds wrong with the checkpoint.
  init(
    _ graph: Reference, for source: ExportSource, in registry: Registry,
    with writer: some ModelWriter, pinnedBy session: WriteSession?
  ) throws {
    self.registry = registry
    (version, blobs) = try registry.needed(graph, pinnedBy: session)
    manifest = try registry.manifest(of: version)
    try manifest.requireGraph(version)
    let slots = try Layout(parsing: registry.blob(manifest.layout), id: manifest.layout).slots
    guard slots.count == manifest.tensors.count else {
      throw ManifestError.malformed(version.id, member: "tensors")
    }
    committed = zip(slots, manifest.tensors).map { GraphTies.Filled(slot: $0, blob: $1) }
    let own = zip(source.model.variables, source.tensors).map { variable, blob in
      GraphTies.Filled(slot: VariableSlot(variable), blob: blob.digest)
    }
    tensors = manifest.tensors
    let copies = try Self.copies(
      in: manifest, committed, files: Self.open(manifest, blobs, in: registry), writer)
    let ties = GraphTies(committed, own, copies: copies)
    for (place, found) in ties.places {
      tensors[place] = own[found].blob
      blobs[own[found].blob] = source.tensors[found]
    }
    places = ties.places
    let fixed = try Self.fixed(manifest, in: registry)
    notes =
      try Self.differences(of: source, from: (version, manifest), in: registry, writer)
      + ties.notes + Self.obstacles(committed, tensors, fixed: fixed)
  }

  /// Where the version computes otherwise than the graph, when both have layers.
  private static func differences(
    of source: ExportSource, from graph: (VersionRecord, Manifest), in registry: Registry,
    _ writer: some ModelWriter
  ) throws -> [ConversionNote] {
    guard let model = source.model.architecture,
      let other = try registry.configurations(of: graph.0, graph.1).0
    else { return [] }
    return try writer.differences(of: model, from: other)
  }

  /// What the exported files are.
  ///
  /// - Parameter tensors: those of the exported version.
  func plan(_ tensors: ExportedTensors, with writer: some ModelWriter) throws -> ExportPlan {
    var checksums: [String: UInt32] = [:]
    for (place, found) in places where self.tensors[place] != committed[place].blob {
      checksums[committed[place].slot.containerPath] = try tensors.checksum(
        .stored(found), .crc32c)
    }
    let files = try manifest.files.map { file in
      let pieces = try registry.pieces(of: file, self.tensors, in: blobs)
      guard file.name == Self.index, !checksums.isEmpty else {
        return ExportPlan.File(place: .inside(file.name), content: .committed(pieces))
      }
      let index = try MemoryFile(file.name) {
        try pieces.write(to: $0, from: registry.store) { _ in }
      }
      var layout = FileLayout()
      layout.append(try writer.checkpointIndex(index.bytes(), with: checksums))
      return ExportPlan.File(place: .inside(file.name), content: .layout(layout))
    }
    return ExportPlan(
      files: files, emptyFolders: manifest.emptyFolders, generation: nil, notes: notes)
  }
}

extension FilledGraph {
  /// The checkpoint of a SavedModel, with holes for its tensors: they take no room.
  private static func open(
    _ manifest: Manifest, _ blobs: [Digest: StoredBlob], in registry: Registry
  ) throws -> [MemoryFile] {
    try manifest.files.filter { $0.name.hasPrefix("variables/variables.") }.map { file in
      let pieces = try registry.pieces(of: file, manifest.tensors, in: blobs)
      return try MemoryFile(file.name) { try pieces.writeSkeleton(to: $0, from: registry.store) }
    }
  }

  /// The variables that are copies of others, and what they may be copies of, by their places.
  private static func copies(
    in manifest: Manifest, _ variables: [GraphTies.Filled], files: [MemoryFile],
    _ writer: some ModelWriter
  ) throws -> [Int: [Int]] {
    guard files.contains(where: { $0.name == index }) else { return [:] }
    let places = Dictionary(
      zip(variables.map(\.slot.containerPath), variables.indices)
    ) { first, _ in first }
    var copies: [Int: [Int]] = [:]
    for (copy, originals) in try writer.copies(in: files.map { try $0.open() }) {
      guard let copy = places[copy] else { continue }
      copies[copy] = originals.compactMap { places[$0] }
    }
    return copies
  }

  /// The blobs of tensors that no recipe has: their bytes lie in pieces or in another order, or
  /// where those of another variable lie.
  private static func fixed(_ manifest: Manifest, in registry: Registry) throws -> Set<Digest> {
    var placed: Set<Int> = []
    for file in manifest.files {
      for segment in try Recipe(parsing: registry.blob(file.recipe), id: file.recipe).segments {
        if case .tensor(let ordinal) = segment { placed.insert(ordinal) }
      }
    }
    return Set(
      manifest.tensors.indices.filter { !placed.contains($0) }.map { manifest.tensors[$0] })
  }

  /// Variables that cannot become others.
  private static func obstacles(
    _ variables: [GraphTies.Filled], _ tensors: [Digest], fixed: Set<Digest>
  ) -> [ConversionNote] {
    zip(variables, tensors).compactMap { variable, tensor in
      guard tensor != variable.blob, fixed.contains(variable.blob) else { return nil }
      return ConversionNote(
        .impossible, at: variable.slot.path,
        "the graph's files do not have its bytes in one piece of their own")
    }
  }
}

extension Manifest {
  /// Throws unless the version was committed as a SavedModel.
  func requireGraph(_ version: VersionRecord) throws {
    guard format == ModelFormat.savedModel.rawValue else {
      throw RegistryError.noGraph(version: version.label, format: format)
    }
  }
}

extension VariableSlot {
  fileprivate init(_ variable: RecordedVariable) {
    self.init(
      path: variable.path, containerPath: variable.containerPath, role: variable.role,
      optimizerSlot: variable.slot, dtype: variable.dtype, shape: variable.shape)
  }
}
