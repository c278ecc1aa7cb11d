import Files
import Glibc
import HDF5Format
import StrictJSON
import Tensors

/// Reads a small model of our own, so that what every worker would find out and make for itself is
/// in the memory that it is forked with: types, conformances, what libhdf5 makes when it starts.
enum WorkerRehearsal {
  static func run() throws {
    let file = try OpenFile.inMemory("a rehearsal")
    let skeleton = try HDF5Writer.writeSkeleton(of: blueprint, to: file.descriptor)
    try file.truncate(to: skeleton.byteCount)
    let source = OpenSource(
      path: "", kind: .file,
      files: [
        SourceFile(descriptor: file.descriptor, name: "model.h5", byteCount: skeleton.byteCount)
      ])
    let request = WorkerRequest(source, ReadingContext()).json.canonicalText
    _ = try WorkerRequest(JSONValue(parsing: Array(request.utf8)))
    let snapshot = try SourceReading(source, ReadingContext(), Spool(descriptor: -1)).snapshot()
    try snapshot.check(against: source, spoolBytes: 0)
    _ = snapshot.json.canonicalText
  }

  /// A compiled model of one layer, as Keras lays one out.
  private static var blueprint: HDF5Blueprint {
    var blueprint = HDF5Blueprint()
    blueprint.groups = [
      .init(
        "",
        attributes: [
          .init("keras_version", .string("3.0.0")), .init("model_config", .string(model)),
          .init("training_config", .string(training)),
        ]),
      .init("model_weights", attributes: [.init("layer_names", .fixedStrings(["dense"]))]),
      .init(
        "model_weights/dense",
        attributes: [.init("weight_names", .fixedStrings(["dense/kernel"]))]),
    ]
    let kernel = Shape([2, 3]).flatMap { shape in
      TensorToWrite(
        name: "model_weights/dense/dense/kernel", dtype: .float32, shape: shape,
        content: .stored(0))
    }
    blueprint.datasets = kernel.map { [.init($0)] } ?? []
    return blueprint
  }

  private static let model = #"""
    {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
      {"module": "keras.layers", "class_name": "Dense", "registered_name": null,
        "config": {"name": "dense", "units": 3, "activation": "relu", "use_bias": false,
          "dtype": "float32", "batch_input_shape": [null, 2]}}]}}
    """#

  private static let training = #"""
    {"loss": "mse", "optimizer_config": {"class_name": "Adam", "config": {"learning_rate": 0.5}}}
    """#
}
