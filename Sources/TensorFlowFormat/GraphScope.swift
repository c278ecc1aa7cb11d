/// Nodes that refer to each other by name: a graph's, or those in a function's body.
struct GraphScope {
  /// Of a function: its name.
  let function: String?
  /// Where it is: empty for the outermost graph, else the node that it is written in.
  private let outer: String
  /// The messages that have the nodes.
  private let places: [Range<UInt64>]

  /// A `GraphDef`, which may be in several pieces.
  init(graphs: [Range<UInt64>], location: String) {
    function = nil
    outer = location
    places = graphs
  }

  /// A `FunctionDef`.
  init(function: Range<UInt64>, of source: WireSource, location: String) throws {
    var name = ""
    try Self.forEachField(ofSignatureOf: function, source) { field in
      if field.number == 1 { name = try source.string(try field.bytes(in: source)) }
    }
    self.function = name
    outer = location
    places = [function]
  }

  /// What to call a place in it.
  func location(of node: String) -> String {
    [outer, function ?? "", node].filter { !$0.isEmpty }.joined(separator: "/")
  }

  func forEachNode(in source: WireSource, _ body: (GraphNode) throws -> Void) throws {
    try forEachPlace(in: source) { try body(try GraphNode(source, $0)) }
  }

  /// Calls with the places of the nodes.
  func forEachPlace(in source: WireSource, _ body: (Range<UInt64>) throws -> Void) throws {
    for place in places {
      try source.forEachField(place) { field in
        if field.number == (function == nil ? 1 : 3) { try body(try field.bytes(in: source)) }
      }
    }
  }

  /// The names of a function's arguments.
  func arguments(in source: WireSource) throws -> [String] {
    guard function != nil else { return [] }
    var names: [String] = []
    for place in places {
      try Self.forEachField(ofSignatureOf: place, source) { field in
        guard field.number == 2 else { return }
        var name = ""
        try source.forEachField(try field.bytes(in: source)) { field in
          if field.number == 1 { name = try source.string(try field.bytes(in: source)) }
        }
        names.append(name)
      }
    }
    return names
  }

  private static func forEachField(
    ofSignatureOf function: Range<UInt64>, _ source: WireSource,
    _ body: (WireField) throws -> Void
  ) throws {
    try source.forEachField(function) { field in
      guard field.number == 1 else { return }
      try source.forEachField(try field.bytes(in: source), body)
    }
  }
}
