/// The nodes of one scope, to go from a path back to where it comes from.
struct PathGraph {
  enum Origin: Hashable {
    /// Whoever runs the graph.
    case caller
    /// Whoever calls the function, by the argument's place.
    case argument(Int)
    /// The graph has it.
    case constant(String)
    /// The graph makes it, in a way that is not followed.
    case computed
  }

  private let source: WireSource
  private let assets: Set<String>
  private let arguments: [String: Int]
  /// The nodes' places by their names' hashes, which saves the names.
  private let places: [Int: Range<UInt64>]
  /// What is assigned to variables, by the hashes of the names of their handles. The path of an
  /// asset goes through one.
  private let assigned: [Int: [String]]

  /// Far more than any path takes that TensorFlow makes.
  private static let steps = 256
  private static let depth = 32
  private static let shownPathBytes = 256

  init(_ source: WireSource, _ scope: GraphScope, assets: Set<String>) throws {
    self.source = source
    self.assets = assets
    var arguments: [String: Int] = [:]
    for (index, name) in try scope.arguments(in: source).enumerated() { arguments[name] = index }
    self.arguments = arguments
    var places: [Int: Range<UInt64>] = [:]
    var assigned: [Int: [String]] = [:]
    try scope.forEachPlace(in: source) { range in
      let node = try GraphNode(source, range)
      places[node.name.hashValue] = range
      if node.operation == "AssignVariableOp",
        let handle = try node.source(ofInput: 0, in: source),
        let value = try node.source(ofInput: 1, in: source)
      {
        assigned[handle.hashValue, default: []].append(value)
      }
    }
    self.places = places
    self.assigned = assigned
  }

  func origins(of name: String) throws -> [Origin] {
    var steps = Self.steps
    return try origins(of: name, depth: 0, &steps)
  }

  private func origins(
    of name: String, depth: Int, _ steps: inout Int
  ) throws -> [Origin] {
    steps -= 1
    guard steps > 0, depth < Self.depth else { return [.computed] }
    if assets.contains(name) { return [.caller] }
    guard let place = places[name.hashValue] else {
      return arguments[name].map { [.argument($0)] } ?? [.caller]
    }
    let node = try GraphNode(source, place)
    switch node.operation {
    case "Placeholder", "PlaceholderV2": return [.caller]
    case "Const", "HostConst": return [try constant(node)]
    case "StringJoin": return try joined(node, depth, &steps)
    case "Identity", "PlaceholderWithDefault", "Reshape", "ExpandDims", "Squeeze", "Snapshot",
      "StopGradient", "EnsureShape", "ShardedFilename", "ShardedFilespec", "ReadVariableOp":
      return try inputs(0..<1, of: node, depth, &steps)
    case "VarHandleOp":
      return try origins(of: assigned[name.hashValue] ?? [], depth, &steps)
    case "Select", "SelectV2": return try inputs(1..<3, of: node, depth, &steps)
    case "Pack", "ConcatV2", "Merge", "IdentityN":
      return try inputs(0..<node.inputs.count, of: node, depth, &steps)
    default:
      let all = try inputs(0..<node.inputs.count, of: node, depth, &steps)
      let given = all.filter { origin in
        switch origin {
        case .caller, .argument: true
        case .constant, .computed: false
        }
      }
      return given.isEmpty ? [.computed] : given
    }
  }

  /// Where several inputs come from, any of which may be the path.
  private func inputs(
    _ range: Range<Int>, of node: GraphNode, _ depth: Int, _ steps: inout Int
  ) throws -> [Origin] {
    let names = try range.compactMap { try node.source(ofInput: $0, in: source) }
    return try origins(of: names, depth, &steps)
  }

  private func origins(
    of names: [String], _ depth: Int, _ steps: inout Int
  ) throws -> [Origin] {
    var found: [Origin] = []
    for input in names {
      found += try origins(of: input, depth: depth + 1, &steps)
      if found.count > Self.steps { break }
    }
    return found.isEmpty ? [.computed] : found
  }

  /// What is first in a path decides where it leads.
  private func joined(
    _ node: GraphNode, _ depth: Int, _ steps: inout Int
  ) throws -> [Origin] {
    var path = ""
    for index in node.inputs.indices {
      guard let input = try node.source(ofInput: index, in: source) else { continue }
      let found = try origins(of: input, depth: depth + 1, &steps)
      guard case .constant(let piece) = found.first, found.count == 1 else {
        if path.isEmpty || path == "model" { return found }
        break
      }
      if path.isEmpty, piece == "model" { return found }
      path += piece
    }
    return [.constant(path)]
  }

  /// The first string of a constant.
  private func constant(_ node: GraphNode) throws -> Origin {
    guard let value = try node.attribute("value", in: source) else { return .computed }
    var first: Range<UInt64>?
    let strings = AttributeStrings(source) { if first == nil { first = $0 } }
    try strings.visit(attribute: value)
    guard let first else { return .computed }
    let shown =
      first.lowerBound..<min(first.upperBound, first.lowerBound + UInt64(Self.shownPathBytes))
    let bytes = try source.bytes(shown, atMost: UInt64(Self.shownPathBytes))
    return .constant(String(decoding: bytes, as: UTF8.self))
  }
}
