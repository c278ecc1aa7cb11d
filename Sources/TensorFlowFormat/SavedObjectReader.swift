/// Reads a `SavedObjectGraph`: the objects, which of them are variables, and what Keras recorded
/// in them before it had a file for that (TensorFlow 2.0 to 2.4).
struct SavedObjectReader {
  private(set) var nodes: [ObjectGraph.Node] = []
  private(set) var variables: [SavedModel.SavedVariable] = []
  private(set) var kerasNodes: [KerasNode] = []

  private let source: WireSource
  private var reader: ObjectReader
  private var users: [(node: Int, identifier: String, metadata: String)] = []
  private var metadataBytes: UInt64 = 0

  init(_ source: WireSource) {
    self.source = source
    reader = ObjectReader(source)
  }

  mutating func read(_ objects: Range<UInt64>) throws {
    try source.forEachField(objects) { field in
      guard field.number == 1 else { return }
      try reader.count()
      let range = try field.bytes(in: source)
      nodes.append(try reader.node(range, hasAttributes: false))
      try readKind(of: range)
    }
  }

  /// To be called after the last: checks the references and finds the way to Keras' nodes.
  mutating func finish() throws {
    try reader.checkReferences(of: nodes)
    guard !users.isEmpty else { return }
    let paths = ObjectPaths(nodes)
    var bytes: UInt64 = 0
    kerasNodes = try users.map { user in
      let path = try paths.path(to: user.node, in: source)
      bytes += UInt64(path.utf8.count)
      guard bytes <= source.limits.textBytes else {
        throw TensorFlowFormatError.limitExceeded(
          location: source.name, .textBytes, allowed: source.limits.textBytes, found: bytes)
      }
      return KerasNode(
        node: user.node, path: path, identifier: user.identifier, metadata: user.metadata)
    }
  }

  private mutating func readKind(of object: Range<UInt64>) throws {
    let node = nodes.count - 1
    try source.forEachField(object) { field in
      switch field.number {
      case 4: try readUser(try field.bytes(in: source), node)
      case 7:
        let saved = try source.decode(PBSavedVariable.self, try field.bytes(in: source))
        variables.append(.init(node: node, name: saved.name, trainable: saved.trainable))
      default: break
      }
    }
  }

  private mutating func readUser(_ user: Range<UInt64>, _ node: Int) throws {
    var identifier = ""
    var metadata = ""
    try source.forEachField(user) { field in
      switch field.number {
      case 1: identifier = try source.string(try field.bytes(in: source))
      case 3:
        let range = try field.bytes(in: source)
        metadata = try source.string(range, atMost: source.limits.metadataBytes - metadataBytes)
        metadataBytes += range.upperBound - range.lowerBound
      default: break
      }
    }
    if identifier.hasPrefix("_tf_keras_"), !metadata.isEmpty {
      users.append((node, identifier, metadata))
    }
  }
}

/// The paths of objects as Keras writes them into keras_metadata.pb: `generate_object_paths` of
/// https://github.com/keras-team/tf-keras/blob/master/tf_keras/saving/legacy/saved_model/save.py
private struct ObjectPaths {
  private var parents: [Int: (node: Int, name: String)] = [:]

  init(_ nodes: [ObjectGraph.Node]) {
    var visiting = [0]
    while let node = visiting.popLast() {
      for child in nodes[node].children where child.node != 0 && parents[child.node] == nil {
        parents[child.node] = (node, child.name)
        visiting.append(child.node)
      }
    }
  }

  func path(to node: Int, in source: WireSource) throws -> String {
    var names: [String] = []
    var node = node
    while let parent = parents[node] {
      guard names.count < source.limits.depth else {
        throw TensorFlowFormatError.limitExceeded(
          location: "\(source.name) object \(node)", .depth,
          allowed: UInt64(source.limits.depth), found: UInt64(names.count) + 1)
      }
      names.append(parent.name)
      node = parent.node
    }
    names.append("root")
    return names.reversed().joined(separator: ".")
  }
}
