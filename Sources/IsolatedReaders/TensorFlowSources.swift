import Files
import KerasFormat
import TensorFlowFormat
import Tensors

extension SourceReading {
  /// A folder: a SavedModel, or one with checkpoints in it.
  func folderSnapshot() throws -> ModelSnapshot {
    if let graph = place(of: "saved_model.pb") ?? place(of: "saved_model.pbtxt") {
      if let name = context.checkpoint { throw noCheckpoints(name) }
      return try savedModelSnapshot(graph)
    }
    let prefixes = source.files.map(\.name).filter { $0.hasSuffix(".index") }
      .map { String($0.dropLast(".index".count)) }
    guard !prefixes.isEmpty else {
      throw WorkerRejection.notAModel("a folder without saved_model.pb or a checkpoint")
    }
    let wanted = try prefixNamed(prefixes)
    var snapshot = try checkpointSnapshot(named: wanted)
    for prefix in prefixes where prefix != wanted { addOther(prefix, to: &snapshot) }
    return snapshot
  }

  /// Another checkpoint of the folder: its tensors are blobs like any, so that an epoch is not
  /// stored again with each one after it. It is not what is committed: one that cannot be read,
  /// half deleted perhaps, is kept as it is, and its checksums are not asked for.
  private func addOther(_ prefix: String, to snapshot: inout ModelSnapshot) {
    guard let index = place(of: prefix + ".index") else { return }
    do {
      let bundle = try placedBundle(index)
      snapshot.variables += bundle.entries.map { entry in
        let path = "\(prefix).index/\(entry.key)"
        return Variable(
          path: path, containerPath: path, role: .other, dtype: entry.dtype, shape: entry.shape,
          bytes: entry.bytes)
      }
    } catch {
      let reason = WorkerRejection(causedBy: error).map {
        "expected \($0.expected), found \($0.found)"
      }
      snapshot.findings.append(
        Finding(kind: .unreadDataset, location: prefix, detail: reason ?? "\(error)"))
    }
  }

  private func savedModelSnapshot(_ graph: Int) throws -> ModelSnapshot {
    let isText = source.files[graph].name.hasSuffix(".pbtxt")
    let saved = try SavedModel(
      slice(graph), isText ? .text : .binary, fileIndex: graph,
      kerasMetadata: place(of: "keras_metadata.pb").map(slice))
    let keras = KerasMetadata(
      nodes: saved.kerasNodes.map { ($0.node, $0.path, $0.identifier, $0.metadata) })
    let index = place(of: "variables/variables.index")
    if index == nil { try requireNoVariables(saved) }
    let bundle = try index.map { try placedBundle($0) } ?? PlacedBundle()
    let reading = try TrackedModel.reading(
      bundle.entries, graph: bundle.graph, keras: keras, parent: context.parent)
    var producers: [String: String] = [:]
    producers["keras"] = keras?.version
    producers["backend"] = keras?.backend
    if let version = saved.tensorFlowVersion, !version.isEmpty {
      producers["tensorflow"] = version
      producers["tensorflow.source"] = "recorded"
    }
    return ModelSnapshot(
      format: .savedModel, producers: producers, architecture: reading.architecture,
      training: reading.training, variables: reading.variables,
      findings: reading.findings + bundle.findings + saved.findings, graphs: saved.graphs,
      checksums: bundle.checksums)
  }

  /// A program without variables has no bundle. One that lost its bundle is not stored as such.
  private func requireNoVariables(_ saved: SavedModel) throws {
    let isEmpty = !source.files.contains { $0.name.hasPrefix("variables/") }
    let holders = ["VarHandleOp", "VariableV2", "Variable"]
    let hasHolders = saved.graphs.contains { graph in
      holders.contains { graph.operations[$0] != nil }
    }
    guard isEmpty, !hasHolders else {
      throw WorkerRejection(
        code: .truncated, location: "", expected: "variables/variables.index",
        found: "a graph whose variables are not there")
    }
  }

  /// The prefix of the checkpoint that is meant: the one asked for, the latest, or the only one.
  private func prefixNamed(_ prefixes: [String]) throws -> String {
    func wanted(_ name: String) -> String? {
      // TensorFlow keeps absolute paths where the user gave one.
      prefixes.first { $0 == name }
        ?? prefixes.first { $0 == name.split(separator: "/").last.map(String.init) }
    }
    if let name = context.checkpoint {
      if let prefix = wanted(name) { return prefix }
      throw missing(name, among: prefixes)
    }
    if let place = place(of: "checkpoint") {
      let file = slice(place)
      let text = try file.bytes(at: 0, count: Int(min(file.byteCount, 1 << 20)))
      if let latest = try CheckpointState(text).latest {
        if let prefix = wanted(latest) { return prefix }
        throw missing(latest, among: prefixes)
      }
    }
    guard prefixes.count == 1 else { throw missing(nil, among: prefixes) }
    return prefixes[0]
  }

  /// What to say of TensorFlow's text that names the latest checkpoint, given as a model; `nil`
  /// for other files.
  func stateRejection(_ file: FileSlice) -> WorkerRejection? {
    guard file.byteCount <= 1 << 16,
      let text = try? file.bytes(at: 0, count: Int(file.byteCount)),
      let latest = try? CheckpointState(text).latest
    else { return nil }
    return WorkerRejection(
      code: .malformed, location: "", expected: "\(latest).index, which it names, beside it",
      found: "only the names of checkpoints: commit one of them, or the folder")
  }

  private func missing(_ name: String?, among prefixes: [String]) -> WorkerRejection {
    let shown = prefixes.prefix(5).joined(separator: ", ") + (prefixes.count > 5 ? ", …" : "")
    return WorkerRejection(
      code: .malformed, location: "checkpoint",
      expected: name.map { "the checkpoint \($0)" } ?? "the name of the latest checkpoint",
      found: "\(shown): name one with --checkpoint")
  }

  /// A checkpoint by its prefix among the files; `nil`: the only one.
  func checkpointSnapshot(named prefix: String?) throws -> ModelSnapshot {
    let index = source.files.firstIndex { file in
      prefix.map { file.name == $0 + ".index" } ?? file.name.hasSuffix(".index")
    }
    guard let index else { throw WorkerRejection.notAModel("files without an index") }
    let bundle = try placedBundle(index)
    let reading = try TrackedModel.reading(
      bundle.entries, graph: bundle.graph, keras: nil, parent: context.parent)
    return ModelSnapshot(
      format: .checkpoint, producers: [:], architecture: reading.architecture,
      training: reading.training, variables: reading.variables,
      findings: reading.findings + bundle.findings, checksums: bundle.checksums)
  }

  /// What a bundle holds, with places in the source.
  private struct PlacedBundle {
    var entries: [CheckpointEntry] = []
    var graph: ObjectGraph?
    var checksums: [Checksum] = []
    var findings: [Finding] = []
  }

  private func placedBundle(_ index: Int) throws -> PlacedBundle {
    let named = Dictionary(source.files.enumerated().map { ($1.name, $0) }) { first, _ in first }
    var places: [Int: Int] = [:]
    for (shard, name) in try TensorBundle.shardNames(ofIndex: slice(index)).enumerated() {
      places[shard] = named[name]
    }
    let bundle = try TensorBundle(index: slice(index), shards: places.mapValues(slice))
    var placed = PlacedBundle()
    placed.graph = try bundle.objectGraph()
    for entry in bundle.entries where entry.key != TensorBundle.objectGraphKey {
      try add(entry, of: bundle, places, to: &placed)
    }
    return placed
  }

  private func add(
    _ entry: TensorBundle.Entry, of bundle: TensorBundle, _ places: [Int: Int],
    to placed: inout PlacedBundle
  ) throws {
    guard case .numbers(let dtype) = entry.elements else {
      placed.findings.append(try finding(entry, of: bundle))
      return
    }
    let bytes: TensorBytes
    if bundle.liesInOnePiece(entry), let part = entry.parts.first,
      let file = places[part.shard]
    {
      bytes = .source(file: file, part.extent)
      placed.checksums.append(
        Checksum(
          algorithm: .crc32c, value: part.crc32c, file: file, extent: part.extent,
          name: entry.key))
    } else {
      bytes = .decoded(try bundle.assemble(entry, into: spool))
    }
    placed.entries.append(
      CheckpointEntry(key: entry.key, dtype: dtype, shape: entry.shape, bytes: bytes))
  }

  /// A tensor without numbers stays with its file; that its strings can be read is checked.
  private func finding(
    _ entry: TensorBundle.Entry, of bundle: TensorBundle
  ) throws -> Finding {
    let elements: String
    switch entry.elements {
    case .numbers(let dtype): elements = dtype.rawValue
    case .strings: elements = "\(try bundle.strings(of: entry).count) strings"
    case .other(_, let name): elements = name
    }
    return Finding(kind: .unreadDataset, location: entry.key, detail: elements)
  }
}
