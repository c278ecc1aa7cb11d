import Harness
import KerasFormat
import TensorFlowFormat
import Tensors

/// The parts: `saved_model.pb`, `keras_metadata.pb`, and the tensors of the checkpoint.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(3)
    let metadata = parts[1].bytes.isEmpty ? nil : parts[1].file("keras_metadata.pb")
    let model = try SavedModel(
      parts[0].file("saved_model.pb"), fileIndex: 0, kerasMetadata: metadata)
    let keras = KerasMetadata(
      nodes: model.kerasNodes.map { ($0.node, $0.path, $0.identifier, $0.metadata) })
    let entries = TensorList(parts[2].text).tensors.map {
      CheckpointEntry(
        key: $0.name, dtype: $0.dtype, shape: $0.shape, bytes: .source(file: 0, $0.extent))
    }
    let reading = try TrackedModel.reading(
      entries, graph: model.objectGraph, keras: keras, parent: nil)
    guard reading.variables.count == entries.count else { fail("a tensor is lost") }
    checkPaths(of: reading.variables)
  }
}
