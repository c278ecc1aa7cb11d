import Files

extension TensorBundle {
  /// Under which key the objects are recorded.
  public static let objectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH"

  /// The objects that were saved; `nil` of a checkpoint that has only names (TensorFlow 1).
  public func objectGraph() throws -> ObjectGraph? {
    guard let entry = entry(Self.objectGraphKey) else { return nil }
    let strings = try stringSlices(of: entry)
    guard let bytes = strings.first, strings.count == 1 else {
      throw TensorFlowFormatError.malformed(
        location: "\(name) \(entry.key)", expected: "one string", found: "\(strings.count)")
    }
    return try ObjectGraph(try WireSource(bytes, limits: limits))
  }
}

extension ObjectGraph {
  /// Reads a `TrackableObjectGraph`.
  init(_ source: WireSource) throws {
    self.init(nodes: [])
    var reader = ObjectReader(source)
    try source.forEachField(source.all) { field in
      guard field.number == 1 else { return }
      try reader.count()
      nodes.append(try reader.node(try field.bytes(in: source), hasAttributes: true))
    }
    try reader.checkReferences(of: nodes)
  }
}

/// Reads the objects of a checkpoint and those of a SavedModel, which refer to each other in the
/// same way: children in field 1, slots in field 3. In field 2 a checkpoint's have what is saved.
struct ObjectReader {
  let source: WireSource
  private var counted = 0

  init(_ source: WireSource) { self.source = source }

  /// To be called for each object and each reference.
  mutating func count() throws {
    counted += 1
    try source.check(counted, source.limits.objects, .objects)
  }

  mutating func node(_ range: Range<UInt64>, hasAttributes: Bool) throws -> ObjectGraph.Node {
    var node = ObjectGraph.Node()
    try source.forEachField(range) { field in
      switch field.number {
      case 1:
        try count()
        let child = try source.decode(PBObjectReference.self, try field.bytes(in: source))
        node.children.append(.init(name: child.localName, node: Int(child.nodeID)))
      case 2 where hasAttributes:
        try count()
        let saved = try source.decode(PBSerializedTensor.self, try field.bytes(in: source))
        node.attributes.append(
          .init(name: saved.name, fullName: saved.fullName, key: saved.checkpointKey))
      case 3:
        try count()
        let slot = try source.decode(PBSlotVariableReference.self, try field.bytes(in: source))
        node.slots.append(
          .init(
            original: Int(slot.originalVariableNodeID), name: slot.slotName,
            variable: Int(slot.slotVariableNodeID)))
      default: break
      }
    }
    return node
  }

  /// Whether each reference is to an object. They may go round in circles.
  func checkReferences(of nodes: [ObjectGraph.Node]) throws {
    for (number, node) in nodes.enumerated() {
      for child in node.children { try check(child.node, in: nodes, from: number, child.name) }
      for slot in node.slots {
        try check(slot.original, in: nodes, from: number, slot.name)
        try check(slot.variable, in: nodes, from: number, slot.name)
      }
    }
  }

  private func check(
    _ node: Int, in nodes: [ObjectGraph.Node], from number: Int, _ name: String
  ) throws {
    guard nodes.indices.contains(node) else {
      throw TensorFlowFormatError.noSuchNode(
        location: "\(source.name) object \(number) \(name)", node: node, count: nodes.count)
    }
  }
}
