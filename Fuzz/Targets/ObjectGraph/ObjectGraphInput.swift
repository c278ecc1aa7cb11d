import Files
import Harness
import KerasFormat
import TensorFlowFormat
import Tensors

/// The parts: the objects of a checkpoint, its tensors, and the parent's configuration and
/// variables. The checkpoint round the objects is sound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(4)
    let graph = try graph(of: parts[0])
    let entries = TensorList(parts[1].text).tensors.map {
      CheckpointEntry(
        key: $0.name, dtype: $0.dtype, shape: $0.shape, bytes: .source(file: 0, $0.extent))
    }
    let parent = TensorList(parts[3].text).model(config: parts[2].text)
    for parent in [nil, parent] {
      guard
        let reading = try? TrackedModel.reading(
          entries, graph: graph, keras: nil, parent: parent)
      else { continue }
      guard reading.variables.count == entries.count else { fail("a tensor is lost") }
      checkPaths(of: reading.variables)
    }
  }
}

/// `nil` for no bytes.
private func graph(of objects: Input) throws -> ObjectGraph? {
  if objects.bytes.isEmpty { return nil }
  let (value, shard) = BundleEntry.string(objects.bytes)
  let table = TableWriter.table([
    ([], [0x08, 1]), (Array("_CHECKPOINTABLE_OBJECT_GRAPH".utf8), value),
  ])
  let index = MemoryFile.slice(of: table, name: "ck.index")
  let data = MemoryFile.slice(of: shard, name: "ck.data-00000-of-00001")
  guard let bundle = try? TensorBundle(index: index, shards: [0: data]) else {
    fail("the checkpoint is refused")
  }
  guard let graph = try bundle.objectGraph() else { fail("the objects are not found") }
  return graph
}
