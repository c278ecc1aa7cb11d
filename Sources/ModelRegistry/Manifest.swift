public import Digests
public import StrictJSON
public import Tensors

/// What a version is: the canonical JSON of this is a blob, and its SHA-256 the version's id.
/// Documentation/Format.md specifies it byte by byte.
public struct Manifest: Hashable, Sendable {
  public var model: String
  /// Nanoseconds since 1970.
  public var created: Int64
  public var message: String?
  public var format: String
  public var producers: [String: String]
  public var architecture: StoredArchitecture?
  public var training: StoredTraining?
  /// The blob that lists the variables.
  public var layout: Digest
  /// The blob of each variable, in the layout's order.
  public var tensors: [Digest]
  public var weightsID: Digest
  public var files: [StoredFile]
  public var parents: [Parent]
  public var tags: [String: String]
  /// Values as they were spelled.
  public var metrics: [String: String]
  public var findings: [Finding]
  /// What the files are together.
  public var kind: SourceKind
  /// What was committed, without the folders round it.
  public var name: String
  /// Folders in it that hold nothing, by their paths in it.
  public var emptyFolders: [String]
  /// The blob that tells of the graphs of a SavedModel.
  public var graphs: Digest?

  /// The architecture, by the blob of its configuration.
  public struct StoredArchitecture: Hashable, Sendable {
    public var dialect: String
    public var config: Digest
    public var origin: Architecture.Origin
  }

  /// How it was compiled, by the blob of the configuration.
  public struct StoredTraining: Hashable, Sendable {
    public var optimizer: String?
    public var step: Int?
    public var config: Digest?
  }

  /// A file as it was committed.
  public struct StoredFile: Hashable, Sendable {
    /// Its path within what was committed.
    public var name: String
    public var byteCount: UInt64
    /// The blob with all its bytes but those of tensors.
    public var skeleton: Digest
    /// The blob that says how to put the two together again.
    public var recipe: Digest
  }

  /// An edge of the lineage.
  public struct Parent: Hashable, Sendable {
    public var id: Digest
    public var relation: String
  }

  /// Every blob that the version needs besides its tensors and itself.
  var parts: [Digest] {
    [layout] + [architecture?.config, training?.config, graphs].compactMap { $0 }
      + files.flatMap { [$0.skeleton, $0.recipe] }
  }
}

/// What is wrong with a manifest, a layout or a recipe in the store.
public enum ManifestError: Error, Hashable, Sendable {
  case notJSON(Digest, JSONError)
  /// A member is missing or is not what it must be.
  case malformed(Digest, member: String)
}

extension Manifest {
  private static let version = 1

  /// The manifest as the blob has it.
  var json: JSONValue {
    var members: [String: JSONValue] = [
      "registry": .integer(Self.version), "model": .string(model), "created": .integer(created),
      "format": .string(format), "layout": .string(layout.hex),
      "tensors": .array(tensors.map { .string($0.hex) }), "weights_id": .string(weightsID.hex),
      "files": .array(files.map(\.json)), "parents": .array(parents.map(\.json)),
      "producers": .object(producers.mapValues { .string($0) }),
      "tags": .object(tags.mapValues { .string($0) }),
      "metrics": .object(metrics.mapValues { .string($0) }),
      "findings": .array(findings.map(\.json)),
    ]
    if let message { members["message"] = .string(message) }
    if let architecture { members["architecture"] = architecture.json }
    if let training { members["training"] = training.json }
    if let graphs { members["graphs"] = .string(graphs.hex) }
    // A single file is what its only entry says.
    if kind != .file || files.count != 1 {
      members["kind"] = .string(kind.rawValue)
      members["name"] = .string(name)
      members["empty_folders"] = .array(emptyFolders.map { .string($0) })
    }
    return .object(members)
  }

  /// Reads a manifest from the blob of that name.
  init(parsing bytes: [UInt8], id: Digest) throws(ManifestError) {
    let reader = try BlobJSON(parsing: bytes, id: id)
    guard reader.value["registry"]?.integer == Self.version else {
      throw .malformed(id, member: "registry")
    }
    model = try reader.string("model")
    guard let created = reader.value["created"]?.integer else {
      throw .malformed(id, member: "created")
    }
    self.created = Int64(created)
    message = reader.value["message"]?.string
    format = try reader.string("format")
    producers = try reader.strings("producers")
    architecture = try reader.object("architecture").map { member throws(ManifestError) in
      try StoredArchitecture(member)
    }
    training = try reader.object("training").map { member throws(ManifestError) in
      try StoredTraining(member)
    }
    layout = try reader.digest("layout")
    tensors = try reader.digests("tensors")
    weightsID = try reader.digest("weights_id")
    files = try reader.objects("files").map { member throws(ManifestError) in
      try StoredFile(member)
    }
    parents = try reader.objects("parents").map { member throws(ManifestError) in
      Parent(id: try member.digest("id"), relation: try member.string("relation"))
    }
    tags = try reader.strings("tags")
    metrics = try reader.strings("metrics")
    findings = try reader.objects("findings").map { member throws(ManifestError) in
      try Finding(member)
    }
    graphs = reader.value["graphs"] == nil ? nil : try reader.digest("graphs")
    (kind, name, emptyFolders) = try reader.source(files)
  }
}

extension BlobJSON {
  /// What the files are together, which is not said of a single one.
  fileprivate func source(
    _ files: [Manifest.StoredFile]
  ) throws(ManifestError) -> (kind: SourceKind, name: String, emptyFolders: [String]) {
    guard value["kind"] != nil else {
      guard files.count == 1 else { throw .malformed(id, member: "kind") }
      return (.file, files[0].name, [])
    }
    guard let kind = SourceKind(rawValue: try string("kind")), !files.isEmpty else {
      throw .malformed(id, member: "kind")
    }
    return (kind, try path("name", inFolders: false), try paths("empty_folders"))
  }

  /// A path that becomes that of a file when the version is checked out.
  fileprivate func path(_ key: String, inFolders: Bool) throws(ManifestError) -> String {
    let path = try string(key)
    guard RelativePath.staysInside(path), inFolders || !path.utf8.contains(UInt8(ascii: "/")) else {
      throw .malformed(id, member: key)
    }
    return path
  }

  fileprivate func paths(_ key: String) throws(ManifestError) -> [String] {
    let paths = try array(key).compactMap(\.string)
    guard paths.count == value[key]?.array?.count,
      paths.allSatisfy(RelativePath.staysInside)
    else { throw .malformed(id, member: key) }
    return paths
  }
}

extension Manifest.StoredArchitecture {
  fileprivate init(_ member: BlobJSON) throws(ManifestError) {
    dialect = try member.string("dialect")
    config = try member.digest("config")
    let named = member.value["origin"]?.string ?? Architecture.Origin.container.rawValue
    guard let origin = Architecture.Origin(rawValue: named) else {
      throw .malformed(member.id, member: "origin")
    }
    self.origin = origin
  }

  fileprivate var json: JSONValue {
    var members: [String: JSONValue] = [
      "dialect": .string(dialect), "config": .string(config.hex),
    ]
    if origin != .container { members["origin"] = .string(origin.rawValue) }
    return .object(members)
  }
}

extension Manifest.StoredTraining {
  fileprivate init(_ member: BlobJSON) throws(ManifestError) {
    optimizer = member.value["optimizer"]?.string
    step = member.value["step"]?.integer
    config = member.value["config"] == nil ? nil : try member.digest("config")
  }

  fileprivate var json: JSONValue {
    var members: [String: JSONValue] = [:]
    if let optimizer { members["optimizer"] = .string(optimizer) }
    if let step { members["step"] = .integer(step) }
    if let config { members["config"] = .string(config.hex) }
    return .object(members)
  }
}

extension Manifest.StoredFile {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "byte_count": .integer(byteCount), "skeleton": .string(skeleton.hex),
      "recipe": .string(recipe.hex),
    ]
  }

  fileprivate init(_ member: BlobJSON) throws(ManifestError) {
    name = try member.path("name", inFolders: true)
    guard let count = member.value["byte_count"]?.integer, let byteCount = UInt64(exactly: count)
    else { throw .malformed(member.id, member: "byte_count") }
    self.byteCount = byteCount
    skeleton = try member.digest("skeleton")
    recipe = try member.digest("recipe")
  }
}

extension Manifest.Parent {
  fileprivate var json: JSONValue {
    ["id": .string(id.hex), "relation": .string(relation)]
  }
}

extension Finding {
  fileprivate init(_ member: BlobJSON) throws(ManifestError) {
    guard let kind = Kind(rawValue: try member.string("kind")) else {
      throw .malformed(member.id, member: "findings")
    }
    self.init(
      kind: kind, location: try member.string("location"), detail: try member.string("detail"))
  }

  /// As manifests and `--json` spell it.
  public var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "location": .string(location), "detail": .string(detail),
    ]
  }
}
