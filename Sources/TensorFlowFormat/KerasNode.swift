import Files

/// What Keras 2 recorded of one of its objects.
public struct KerasNode: Hashable, Sendable {
  /// Its node among the SavedModel's objects.
  public let node: Int
  /// From the root, by the names that objects are held under: `root.layer-1`.
  public let path: String
  /// What it is: `_tf_keras_layer`, `_tf_keras_sequential`.
  public let identifier: String
  /// JSON: class, configuration, and of a model how it was compiled.
  public let metadata: String

  init(node: Int, path: String, identifier: String, metadata: String) {
    self.node = node
    self.path = path
    self.identifier = identifier
    self.metadata = metadata
  }

  /// Reads `keras_metadata.pb`, a `SavedMetadata`.
  static func all(in file: FileSlice, limits: TensorFlowLimits) throws -> [KerasNode] {
    guard file.byteCount <= limits.metadataBytes else {
      throw TensorFlowFormatError.limitExceeded(
        location: file.name, .fileBytes, allowed: limits.metadataBytes, found: file.byteCount)
    }
    let source = try WireSource(file, limits: limits)
    var nodes: [KerasNode] = []
    try source.forEachField(source.all) { field in
      guard field.number == 1 else { return }
      try source.check(nodes.count + 1, limits.objects, .objects)
      let range = try field.bytes(in: source)
      let saved = try source.decode(PBKerasSavedObject.self, range, atMost: limits.metadataBytes)
      nodes.append(
        KerasNode(
          node: Int(saved.nodeID), path: saved.nodePath, identifier: saved.identifier,
          metadata: saved.metadata))
    }
    return nodes
  }
}
