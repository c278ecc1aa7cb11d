import Tensors

/// Goes through all operations of a graph: those of the graph itself, of its functions, and of
/// graphs that are written in its constants. Counts them, and notes those that reach out.
struct GraphSurvey {
  private(set) var operations: [String: Int] = [:]
  var log: FindingLog { tracer.log }

  private let source: WireSource
  private var scopes: [GraphScope] = []
  private var functions: Set<String> = []
  private var functionCount = 0
  private var tracer: PathTracer

  /// - Parameter assetTensors: the nodes that stand for files of the SavedModel itself.
  init(_ source: WireSource, assetTensors: Set<String>, log: FindingLog) {
    self.source = source
    tracer = PathTracer(source, assetTensors: assetTensors, log: log)
  }

  /// Goes through a `GraphDef`, which may be in several pieces.
  mutating func survey(graphs: [Range<UInt64>]) throws {
    try survey(graphs: graphs, location: "", depth: 0)
    try tracer.followCalls(in: scopes)
  }

  private mutating func survey(graphs: [Range<UInt64>], location: String, depth: Int) throws {
    var libraries: [Range<UInt64>] = []
    for graph in graphs {
      try source.forEachField(graph) { field in
        if field.number == 2 { libraries.append(try field.bytes(in: source)) }
      }
    }
    let bodies = try libraries.flatMap { try self.functions(in: $0, location) }
    for scope in [GraphScope(graphs: graphs, location: location)] + bodies {
      try survey(scope, depth)
    }
  }

  /// The functions of a `FunctionDefLibrary`. A node may name one as its operation.
  private mutating func functions(
    in library: Range<UInt64>, _ location: String
  ) throws -> [GraphScope] {
    var found: [GraphScope] = []
    try source.forEachField(library) { field in
      guard field.number == 1 else { return }
      functionCount += 1
      try source.check(functionCount, source.limits.functions, .functions)
      let scope = try GraphScope(
        function: try field.bytes(in: source), of: source, location: location)
      if let name = scope.function { functions.insert(name) }
      found.append(scope)
    }
    return found
  }

  private mutating func survey(_ scope: GraphScope, _ depth: Int) throws {
    var accesses: [FileAccess] = []
    try scope.forEachNode(in: source) { node in
      try count(node.operation)
      if let access = try judge(node, in: scope) {
        accesses.append(access)
        try source.check(accesses.count, source.limits.accesses, .accesses)
      }
      try surveyStrings(of: node, in: scope, depth)
    }
    try tracer.trace(accesses, in: scope)
    try source.check(scopes.count + 1, source.limits.functions, .functions)
    scopes.append(scope)
  }

  private mutating func count(_ operation: String) throws {
    if operations[operation] == nil {
      try source.check(operations.count + 1, source.limits.operations, .operations)
    }
    operations[operation, default: 0] += 1
  }

  /// Notes what is known from the node alone, and returns what depends on a path.
  private mutating func judge(_ node: GraphNode, in scope: GraphScope) throws -> FileAccess? {
    let operation = node.operation
    if TensorFlowOperations.computing.contains(operation[...]) { return nil }
    if let kind = FileOperations.kind(of: operation) {
      return try FileAccess(node, kind, source)
    }
    if operation == "PrintV2" {
      if let stream = try printStream(of: node), stream.hasPrefix("file://") {
        tracer.note(.unsafeOperation, at: scope.location(of: node.name), "PrintV2 to \(stream)")
      }
    } else if !functions.contains(operation) {
      tracer.note(.unknownOperation, at: scope.location(of: node.name), operation)
    }
    return nil
  }

  /// Where `PrintV2` prints to: `stderr`, `stdout`, `log(info)`, or a file's address.
  private func printStream(of node: GraphNode) throws -> String? {
    guard let value = try node.attribute("output_stream", in: source) else { return nil }
    var stream: String?
    try source.forEachField(value) { field in
      guard field.number == 2 else { return }
      stream = String(
        decoding: try source.bytes(
          try field.bytes(in: source), atMost: source.limits.nameBytes), as: UTF8.self)
    }
    return stream
  }

  /// Goes through the graphs that are written in a node's attributes.
  private mutating func surveyStrings(
    of node: GraphNode, in scope: GraphScope, _ depth: Int
  ) throws {
    for attribute in node.attributes {
      for (graph, range) in try SerializedGraph.all(source, inAttribute: attribute) {
        try source.check(depth + 1, source.limits.serializedDepth, .depth)
        let location = scope.location(of: node.name)
        switch graph {
        case .graph: try survey(graphs: [range], location: location, depth: depth + 1)
        case .library:
          for scope in try functions(in: range, location) { try survey(scope, depth + 1) }
        case .function:
          try survey(
            try GraphScope(function: range, of: source, location: location), depth + 1)
        }
      }
    }
  }
}
