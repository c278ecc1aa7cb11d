import Files
public import Tensors

extension TensorBundle {
  /// The objects that were saved in a checkpoint; `nil` of one that has only names.
  ///
  /// - Parameter checkpoint: its index and its shards. Only bytes of strings are read of these.
  /// - Throws: `TensorFlowFormatError`, or `SystemCallError`.
  public static func objectGraph(in checkpoint: [SourceFile]) throws -> ObjectGraph? {
    let files = Dictionary(
      checkpoint.map { file in
        let slice = FileSlice(
          descriptor: file.descriptor, name: file.name, byteCount: file.byteCount)
        return (file.name, slice)
      }
    ) { first, _ in first }
    guard let index = checkpoint.first(where: { $0.name.hasSuffix(CheckpointFiles.indexSuffix) }),
      let slice = files[index.name]
    else { return nil }
    var shards: [Int: FileSlice] = [:]
    for (shard, name) in try shardNames(ofIndex: slice).enumerated() { shards[shard] = files[name] }
    return try TensorBundle(index: slice, shards: shards).objectGraph()
  }
}
