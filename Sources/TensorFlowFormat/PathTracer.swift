import Tensors

/// Finds out where the paths of file operations come from: from who runs the graph, or from the
/// graph itself.
///
/// A function's path often is its argument. What it gets is looked at where it is called.
struct PathTracer {
  private(set) var log: FindingLog

  private let source: WireSource
  private let assetTensors: Set<String>
  /// The arguments of functions that are used as paths, and for what.
  private var arguments: [String: [Int: String]] = [:]
  /// Those of them whose calls have not been looked at.
  private var pending: [String: [Int: String]] = [:]

  /// How often all calls are gone through: a path that is handed on more often is not followed.
  private static let rounds = 4

  init(_ source: WireSource, assetTensors: Set<String>, log: FindingLog) {
    self.source = source
    self.assetTensors = assetTensors
    self.log = log
  }

  mutating func note(_ kind: Finding.Kind, at location: String, _ detail: String) {
    log.note(kind, at: location, detail)
  }

  /// Notes the accesses of one scope that have to be.
  mutating func trace(_ accesses: [FileAccess], in scope: GraphScope) throws {
    guard !accesses.isEmpty else { return }
    let graph = try PathGraph(
      source, scope, assets: scope.function == nil ? assetTensors : [])
    for access in accesses {
      var noted = false
      for path in access.paths {
        for origin in try graph.origins(of: path) where !noted {
          noted = judge(origin, of: access, in: scope)
        }
      }
      if access.isAlwaysNoted, !noted {
        note(.unsafeOperation, at: scope.location(of: access.node), access.detail(path: nil))
      }
    }
  }

  /// Whether the access got its finding.
  private mutating func judge(
    _ origin: PathGraph.Origin, of access: FileAccess, in scope: GraphScope
  ) -> Bool {
    switch origin {
    case .caller: return false
    case .argument(let index):
      if !access.isAlwaysNoted, let function = scope.function,
        arguments[function]?[index] == nil
      {
        arguments[function, default: [:]][index] = access.operation
        pending[function, default: [:]][index] = access.operation
      }
      return false
    case .constant(let path):
      if !access.isAlwaysNoted, Self.isOrdinary(path, access.operation) { return false }
      note(.unsafeOperation, at: scope.location(of: access.node), access.detail(path: path))
      return true
    case .computed:
      if access.isAlwaysNoted { return false }
      note(.unsafeOperation, at: scope.location(of: access.node), access.detail(path: nil))
      return true
    }
  }

  /// `tf.train.Saver` of TensorFlow 1 has the path `model` until it is given one, and a cache
  /// without a path is in memory.
  private static func isOrdinary(_ path: String, _ operation: String) -> Bool {
    switch operation {
    case "CacheDataset", "CacheDatasetV2": path.isEmpty
    case "InitializeTableFromTextFile", "InitializeTableFromTextFileV2": false
    default: path == "model"
    }
  }

  /// Goes through the calls of functions that take paths.
  mutating func followCalls(in scopes: [GraphScope]) throws {
    source.allowAnotherPass()
    for _ in 0..<Self.rounds where !pending.isEmpty {
      let wanted = pending
      pending = [:]
      for scope in scopes {
        try trace(try calls(of: wanted, in: scope), in: scope)
      }
    }
    for (function, inputs) in pending.sorted(by: { $0.key < $1.key }) {
      for operation in Set(inputs.values).sorted() {
        note(.unsafeOperation, at: function, "\(operation), called through many functions")
      }
    }
  }

  private func calls(
    of functions: [String: [Int: String]], in scope: GraphScope
  ) throws -> [FileAccess] {
    var accesses: [FileAccess] = []
    try scope.forEachNode(in: source) { node in
      // Of If and Case the first input chooses.
      let first = ["If", "StatelessIf", "Case", "StatelessCase"].contains(node.operation) ? 1 : 0
      for function in try callees(of: node) {
        guard let inputs = functions[function] else { continue }
        for (input, operation) in inputs.sorted(by: { $0.key < $1.key }) {
          accesses.append(
            try FileAccess(
              call: node, of: function, doing: operation, inputs: [input + first], source))
        }
        guard accesses.count <= source.limits.accesses else {
          throw TensorFlowFormatError.limitExceeded(
            location: source.name, .accesses, allowed: UInt64(source.limits.accesses),
            found: UInt64(accesses.count))
        }
      }
    }
    return accesses
  }

  /// The functions that a node calls: its operation may be one, and its attributes name them.
  private func callees(of node: GraphNode) throws -> [String] {
    var names = [node.operation]
    for attribute in node.attributes {
      try source.forEachField(attribute) { field in
        guard field.number == 2 else { return }
        try source.forEachField(try field.bytes(in: source)) { field in
          switch field.number {
          case 1:
            try source.forEachField(try field.bytes(in: source)) { field in
              if field.number == 9 { names.append(try name(of: try field.bytes(in: source))) }
            }
          case 10: names.append(try name(of: try field.bytes(in: source)))
          default: break
          }
        }
      }
    }
    return names
  }

  private func name(of function: Range<UInt64>) throws -> String {
    var name = ""
    try source.forEachField(function) { field in
      if field.number == 1 { name = try source.string(try field.bytes(in: source)) }
    }
    return name
  }
}
