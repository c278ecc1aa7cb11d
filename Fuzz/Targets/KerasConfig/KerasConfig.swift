import HDF5Format
import Harness
import KerasFormat
import StrictJSON
import TreeReading

/// The parts: a model's configuration, and how it was compiled.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(2)
    // What one reader refuses, another may take.
    _ = try? LayerTable(config: parts[0].text)
    _ = try? KerasArchive.reading(
      config: parts[0].bytes, metadata: parts[1].bytes, weights: [tree])
    var whole = HDF5Group(groups: ["model_weights": tree])
    whole.attributes["model_config"] = .string(parts[0].text)
    whole.attributes["training_config"] = .string(parts[1].text)
    _ = try? KerasHDF5.reading(of: whole)
    _ = KerasMetadata(
      nodes: parts.enumerated().map { ($0, "root", "_tf_keras_model", $1.text) })
    let training = try JSONValue(parsing: parts[1].bytes)
    _ = OptimizerSettings(in: training)?.innermost
    _ = TrainingSummary(in: training)
  }
}

/// Weights of the layers that the seeds have.
private let tree = TreeReading.tree(
  """
  layers/dense/vars/0 float32 3,4
  layers/dense/vars/1 float32 4
  layers/dense_1/vars/0 float32 4,2
  layers/lstm/cell/vars/0 float32 3,16
  layers/lstm/cell/vars/1 float32 4,16
  layers/lstm/cell/vars/2 float32 16
  layers/embedding/vars/0 float32 10,4
  layers/sequential/layers/dense/vars/0 float32 3,4
  optimizer/vars/0 int64
  optimizer/vars/1 float32
  optimizer/vars/2 float32 3,4
  """)
