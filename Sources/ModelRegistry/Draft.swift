import Catalog
import Digests
import Tensors

/// A version that is ready to be recorded.
struct Draft {
  let manifest: Manifest
  let snapshot: ModelSnapshot
  let aliases: [String]
  let created: Int64
  let lineage: Lineage
  private let parents: [ParentEdge]

  init(
    request: CommitRequest, lineage: Lineage, intake: Intake, snapshot: ModelSnapshot,
    source: Source, created: Int64
  ) throws {
    self.created = created
    self.snapshot = snapshot
    aliases = request.aliases
    parents = lineage.parents.map { ParentEdge(version: $0.id, relation: request.relation) }
    self.lineage = lineage
    var tags = snapshot.producers
    if let version = request.tensorFlow {
      tags["tensorflow"] = version
      tags["tensorflow.source"] = "declared"
    }
    tags.merge(request.tags) { $1 }
    manifest = Manifest(
      model: lineage.model, created: created, message: request.message,
      format: snapshot.format.rawValue, producers: snapshot.producers,
      architecture: try snapshot.architecture.map { architecture in
        Manifest.StoredArchitecture(
          dialect: architecture.dialect.rawValue,
          config: try intake.shelf.put(architecture.config, as: .architecture),
          origin: architecture.origin)
      },
      training: try snapshot.training.map { training in
        Manifest.StoredTraining(
          optimizer: training.optimizer, step: intake.step,
          config: try training.config.map { try intake.shelf.put($0, as: .training) })
      },
      layout: intake.layout, tensors: intake.tensors, weightsID: intake.weightsID,
      files: intake.files,
      parents: parents.map { Manifest.Parent(id: $0.version, relation: $0.relation.rawValue) },
      tags: tags, metrics: request.metrics, findings: snapshot.findings, kind: source.kind,
      name: source.name, emptyFolders: source.emptyFolders,
      graphs: try snapshot.graphs.isEmpty
        ? nil
        : intake.shelf.put(
          GraphRecord.text(of: snapshot.graphs, in: source), as: .graphs))
  }

  /// The rows of the version, once its id is known and what of it is new.
  func version(id: Digest, newBlobs: Set<Digest>, newBytes: UInt64) -> NewVersion {
    NewVersion(
      manifest, id: id, variables: Layout(snapshot).slots, parents: parents,
      newTensorCount: manifest.tensors.count { newBlobs.contains($0) }, newBytes: newBytes,
      changedCount: changedCount)
  }

  private var changedCount: Int? {
    guard !lineage.parents.isEmpty else { return nil }
    let known = Dictionary(lineage.parentVariables.map { ($0.slot.path, $0.blob) }) { $1 }
    return zip(snapshot.variables, manifest.tensors).count { known[$0.path] != $1 }
  }
}

extension NewVersion {
  /// The rows of a version as its manifest tells them.
  init(
    _ manifest: Manifest, id: Digest, variables: [VariableSlot], parents: [ParentEdge],
    newTensorCount: Int, newBytes: UInt64, changedCount: Int?
  ) {
    self.init(
      model: manifest.model, id: id, weightsID: manifest.weightsID, layout: manifest.layout,
      variables: variables, tensors: manifest.tensors, parts: manifest.parts + [id],
      created: manifest.created, message: manifest.message, format: manifest.format,
      sourceName: manifest.name,
      sourceBytes: manifest.files.reduce(0) { $0 + $1.byteCount },
      optimizer: manifest.training?.optimizer,
      step: manifest.training?.step, newTensorCount: newTensorCount, newBytes: newBytes,
      changedCount: changedCount, findingCount: manifest.findings.count, parents: parents,
      tags: manifest.tags, metrics: manifest.metrics)
  }
}
