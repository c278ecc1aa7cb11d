import HDF5Format
import Harness
import KerasFormat
import Tensors
import TreeReading

/// The parts: a model's configuration; the tree of its file; how it was compiled; the parent's
/// variables; an index of shards.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(5)
    let tree = TreeReading.tree(parts[1].text)
    let parent = TensorList(parts[3].text).model(
      config: parts[0].text, training: parts[2].text)
    var whole = tree
    whole.attributes["model_config"] = .string(parts[0].text)
    whole.attributes["training_config"] = .string(parts[2].text)
    // What one reader refuses, another may take.
    check(try? KerasHDF5.reading(of: whole))
    check(try? KerasHDF5.reading(of: tree, parent: parent))
    check(
      try? KerasArchive.reading(
        config: parts[0].bytes, metadata: parts[2].bytes, weights: [tree]))
    guard !parts[4].bytes.isEmpty else { return }
    let shards = try KerasShardedWeights.shardNames(in: parts[4].bytes).prefix(8)
    check(
      try KerasShardedWeights.reading(
        index: parts[4].bytes, shards: shards.map { ($0, tree) }, parent: parent))
  }
}

/// Holds a reading against what it promises: paths are unique, and what is to be decoded follows
/// each other in the order in which it is listed.
private func check(_ reading: KerasHDF5Reading?) {
  guard let reading else { return }
  checkPaths(of: reading.snapshot.variables)
  var end: UInt64 = 0
  var decoded = 0
  for variable in reading.snapshot.variables {
    guard let byteCount = variable.shape.byteCount(of: variable.dtype),
      UInt64(byteCount) == variable.bytes.length
    else { fail("\(variable.path) has \(variable.bytes.length) bytes") }
    if case .decoded(let extent) = variable.bytes {
      end = max(end, extent.end)
      decoded += 1
    }
  }
  guard decoded >= reading.datasetsToDecode.count || end == 0 else {
    fail("\(reading.datasetsToDecode.count) datasets make \(decoded) variables")
  }
}
