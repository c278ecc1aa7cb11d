import Tensors

/// Walks a `SavedModel` down to its graphs, signatures and objects.
///
/// A message that stands where one stood already is merged with it, as protobuf has it: so all
/// that stand in one place are collected before they are read.
struct SavedModelReader {
  private let source: WireSource
  private let fileIndex: Int
  private var model = SavedModel()
  private var log: FindingLog
  private var knownAssets: Set<String> = []
  /// Tags, assets, signatures, and inputs and outputs of them, of all graphs.
  private var listed = 0

  init(_ source: WireSource, fileIndex: Int) {
    self.source = source
    self.fileIndex = fileIndex
    log = FindingLog(limit: source.limits.findings)
  }

  mutating func read() throws -> SavedModel {
    var version: UInt64 = 0
    var metaGraphs: [Range<UInt64>] = []
    try source.forEachField(source.all) { field in
      switch field.number {
      case 1: version = try field.varint(in: source)
      case 2: metaGraphs.append(try field.bytes(in: source))
      default: break
      }
      try source.check(metaGraphs.count, source.limits.graphs, .graphs)
    }
    guard !metaGraphs.isEmpty else {
      throw TensorFlowFormatError.malformed(
        location: source.name, expected: "a graph", found: "none")
    }
    guard version <= 1 else {
      throw TensorFlowFormatError.unsupported(location: source.name, .schemaVersion)
    }
    for metaGraph in metaGraphs { try read(metaGraph: metaGraph) }
    model.findings = log.findings
    return model
  }

  /// What a `MetaGraphDef` has, by the kinds of field.
  private struct Places {
    var infos: [Range<UInt64>] = []
    var graphs: [Range<UInt64>] = []
    var signatures: [Range<UInt64>] = []
    var assets: [Range<UInt64>] = []
    var objects: [Range<UInt64>] = []

    var count: Int {
      infos.count + graphs.count + signatures.count + assets.count + objects.count
    }
  }

  private func places(in metaGraph: Range<UInt64>) throws -> Places {
    var places = Places()
    try source.forEachField(metaGraph) { field in
      switch field.number {
      case 1: places.infos.append(try field.bytes(in: source))
      case 2: places.graphs.append(try field.bytes(in: source))
      case 5: places.signatures.append(try field.bytes(in: source))
      case 6: places.assets.append(try field.bytes(in: source))
      case 7: places.objects.append(try field.bytes(in: source))
      default: break
      }
      try source.check(places.count, source.limits.listed, .listed)
    }
    return places
  }

  private mutating func read(metaGraph: Range<UInt64>) throws {
    let places = try places(in: metaGraph)
    var graph = TensorFlowGraph(file: fileIndex, tags: [], signatures: [], operations: [:])
    try list(places.count)
    for info in places.infos {
      graph.tags += try read(info: info)
      try list(graph.tags.count)
    }
    for range in places.signatures {
      let signature = try SignatureReader(source).signature(range)
      try list(signature.inputs.count + signature.outputs.count)
      graph.signatures.append(signature)
    }
    graph.signatures.sort { $0.name < $1.name }
    let assets = try places.assets.map { try source.decode(PBAssetFileDef.self, $0) }
    for asset in assets where knownAssets.insert(asset.filename).inserted {
      model.assetFiles.append(asset.filename)
    }
    if model.producer == nil { model.producer = try producer(of: places.graphs) }
    var survey = GraphSurvey(
      source, assetTensors: Set(assets.map { Self.node(ofTensor: $0.tensorInfo.name) }), log: log)
    try survey.survey(graphs: places.graphs)
    graph.operations = survey.operations
    log = survey.log
    model.graphs.append(graph)
    if model.objectGraph == nil, !places.objects.isEmpty { try read(objects: places.objects) }
  }

  private mutating func list(_ count: Int) throws {
    listed += count
    try source.check(listed, source.limits.listed, .listed)
  }

  /// `vocabulary` of `vocabulary:0`.
  private static func node(ofTensor name: String) -> String {
    String(name.prefix { $0 != ":" })
  }

  /// The tags that a `MetaInfoDef` gives its graph.
  private mutating func read(info: Range<UInt64>) throws -> [String] {
    var tags: [String] = []
    try source.forEachField(info) { field in
      switch field.number {
      case 4:
        tags.append(try source.string(try field.bytes(in: source)))
        try source.check(tags.count, source.limits.listed, .listed)
      case 5: model.tensorFlowVersion = try version(field) ?? model.tensorFlowVersion
      case 6: model.tensorFlowGitVersion = try version(field) ?? model.tensorFlowGitVersion
      default: break
      }
    }
    return tags
  }

  private func version(_ field: WireField) throws -> String? {
    let text = try source.string(try field.bytes(in: source))
    return text.isEmpty ? nil : text
  }

  private func producer(of graphs: [Range<UInt64>]) throws -> Int? {
    var producer: Int?
    for graph in graphs {
      try source.forEachField(graph) { field in
        guard field.number == 4 else { return }
        producer = Int(
          try source.decode(PBVersionDef.self, try field.bytes(in: source)).producer)
      }
    }
    return producer
  }

  private mutating func read(objects: [Range<UInt64>]) throws {
    var reader = SavedObjectReader(source)
    for objects in objects { try reader.read(objects) }
    try reader.finish()
    guard !reader.nodes.isEmpty else { return }
    model.objectGraph = ObjectGraph(nodes: reader.nodes)
    model.variables = reader.variables
    model.kerasNodes = reader.kerasNodes
  }
}

/// Reads the entries of `MetaGraphDef.signature_def`.
private struct SignatureReader {
  private let source: WireSource

  init(_ source: WireSource) { self.source = source }

  func signature(_ entry: Range<UInt64>) throws -> Signature {
    let (name, range) = try source.mapEntry(entry)
    var signature = Signature(name: name, method: "", inputs: [], outputs: [])
    try source.forEachField(range) { field in
      switch field.number {
      case 1: signature.inputs.append(try endpoint(try field.bytes(in: source)))
      case 2: signature.outputs.append(try endpoint(try field.bytes(in: source)))
      case 3: signature.method = try source.string(try field.bytes(in: source))
      default: break
      }
      try source.check(
        signature.inputs.count + signature.outputs.count, source.limits.listed, .listed)
    }
    signature.inputs.sort { $0.name < $1.name }
    signature.outputs.sort { $0.name < $1.name }
    return signature
  }

  private func endpoint(_ entry: Range<UInt64>) throws -> Signature.Endpoint {
    let (name, range) = try source.mapEntry(entry)
    let info = try source.decode(PBTensorInfo.self, range)
    let shape: [Int?]? =
      info.tensorShape.unknownRank || !info.hasTensorShape
      ? nil
      : try info.tensorShape.dim.map { dimension in
        guard dimension.size >= -1 else {
          throw TensorFlowFormatError.malformed(
            location: "\(source.name) signature \(name)", expected: "a dimension of -1 or more",
            found: "\(dimension.size)")
        }
        return dimension.size < 0 ? nil : Int(dimension.size)
      }
    return Signature.Endpoint(
      name: name, dtype: ElementType(number: info.dtype.rawValue).name, shape: shape)
  }
}
