/// `keras_metadata.pb`: what Keras 2 makes its objects of, `SavedMetadata` of
/// https://github.com/keras-team/tf-keras/blob/master/tf_keras/protobuf/saved_metadata.proto
struct KerasMetadataToWrite {
  let serialized: [UInt8]

  /// `nil` when no object has any metadata.
  init?(of plan: SavedModelPlan) throws(SavedModelWritingError) {
    let described = plan.model.objects.filter { $0.value.metadata != nil }
    guard !described.isEmpty else { return nil }
    let paths = Self.paths(in: plan.graph)
    var version = WireWriter()
    version.append(2, number: 1)
    version.append(1, number: 2)
    var message = WireWriter()
    for (node, object) in described.sorted(by: { $0.key < $1.key }) {
      guard let path = paths[node] else { throw .unreachable(node: node) }
      var saved = WireWriter()
      saved.append(UInt64(node), number: 2)
      saved.append(path, number: 3)
      saved.append(object.identifier, number: 4)
      saved.append(object.metadata ?? "", number: 5)
      saved.append(version.bytes, number: 6)
      message.append(saved.bytes, number: 1)
    }
    serialized = message.bytes
  }

  /// The names of the children on the shortest way to each object, behind `root`; of ways that are
  /// as short the first. `nil` for those that no way leads to.
  private static func paths(in graph: ObjectGraph) -> [String?] {
    var paths = [String?](repeating: nil, count: graph.nodes.count)
    paths[0] = "root"
    var reached = [0]
    var next = 0
    while next < reached.count {
      let node = reached[next]
      for child in graph.nodes[node].children where paths[child.node] == nil {
        paths[child.node] = paths[node].map { "\($0).\(child.name)" }
        reached.append(child.node)
      }
      next += 1
    }
    return paths
  }
}
