import TensorFlowGraph
public import Tensors

/// Writes SavedModels that TensorFlow serves and Keras 2 loads as its own models.
///
/// What a file needs is what its readers look for: tensorflow/cc/saved_model/loader.cc,
/// tensorflow/python/saved_model/load.py of https://github.com/tensorflow/tensorflow, and
/// tf_keras/src/saving/legacy/saved_model/load.py of https://github.com/keras-team/tf-keras.
public enum SavedModelWriter {
  /// The files of a SavedModel, by their paths in its directory. The same model gives the same
  /// bytes.
  ///
  /// By `saved_model.pb` readers know that the directory is a model: it is the last.
  ///
  /// - Throws: `SavedModelWritingError`, `CheckpointWritingError`, and what `checksum` throws.
  public static func files(
    of model: SavedModelToWrite, checksum: TensorChecksum
  ) throws -> [(path: String, layout: FileLayout)] {
    var names = NodeNames()
    let plan = try SavedModelPlan(of: model, names: &names)
    try FunctionChecks(model).check(plan.functions)
    let message = try message(of: plan, names)

    var checkpoint = model.checkpoint
    checkpoint.graph = plan.checkpointGraph
    let bundle = try BundleWriter.files(of: checkpoint, checksum: checksum)
    let prefix = "variables/variables"
    var files = [
      (prefix + CheckpointFiles.dataSuffix, bundle.data),
      (prefix + CheckpointFiles.indexSuffix, bundle.index),
    ]
    if let metadata = try KerasMetadataToWrite(of: plan)?.serialized {
      files.append(try file("keras_metadata.pb", metadata))
    }
    files.append(try file("saved_model.pb", message))
    return files
  }

  private static func file(
    _ name: String, _ message: [UInt8]
  ) throws(SavedModelWritingError) -> (path: String, layout: FileLayout) {
    guard message.count <= Int(Int32.max) else {
      throw .tooLarge(file: name, byteCount: message.count)
    }
    var layout = FileLayout()
    layout.append(message)
    return (name, layout)
  }

  // MARK: saved_model.pb

  // The numbers of the fields are those of saved_model.proto, meta_graph.proto, saver.proto and
  // saved_object_graph.proto in
  // https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core/protobuf, and of
  // graph.proto in tensorflow/core/framework.

  /// `SavedModel`.
  private static func message(
    of plan: SavedModelPlan, _ names: NodeNames
  ) throws(SavedModelWritingError) -> [UInt8] {
    let serving = try ServingGraph(of: plan, names: names)
    var graph = WireWriter()
    graph.append(information(of: plan.model), number: 1)
    graph.append(try graphMessage(of: plan, serving), number: 2)
    graph.append(saver(of: serving), number: 3)
    graph.append(
      map: [(plan.model.signature, signature(of: plan.wrapper, serving))], number: 5)
    graph.append(try SavedObjects(plan).serialized, number: 7)

    var model = WireWriter()
    model.append(1, number: 1)
    model.append(graph.bytes, number: 2)
    return model.bytes
  }

  /// `MetaInfoDef`.
  private static func information(of model: SavedModelToWrite) -> [UInt8] {
    var message = WireWriter()
    message.append("serve", number: 4)
    message.append(model.tensorFlowVersion, number: 5)
    // Attributes that are an operation's defaults are left out.
    message.append(1, number: 7)
    return message.bytes
  }

  /// `GraphDef`.
  private static func graphMessage(
    of plan: SavedModelPlan, _ serving: ServingGraph
  ) throws(SavedModelWritingError) -> [UInt8] {
    var message = WireWriter()
    for node in serving.nodes { message.append(node.serialized, number: 1) }

    let handles = Dictionary(
      plan.functions.map { ($0.name, $0.variables) }, uniquingKeysWith: { first, _ in first })
    var library = WireWriter()
    for function in plan.model.library {
      let variables = try plan.variables(at: handles[function.name] ?? [])
      library.append(function.serialized(variables: variables), number: 1)
    }
    let variables = try plan.variables(at: plan.model.served.variables)
    library.append(plan.wrapper.definition.serialized(variables: variables), number: 1)
    message.append(library.bytes, number: 2)

    var version = WireWriter()
    version.append(graphVersion, number: 1)
    version.append(firstVersionWithFunctions, number: 2)
    message.append(version.bytes, number: 4)
    return message.bytes
  }

  /// What TensorFlow 2.21 writes: `TF_GRAPH_DEF_VERSION` of tensorflow/core/public/version.h. Older
  /// ones read it, too.
  private static let graphVersion: UInt64 = 2474
  private static let firstVersionWithFunctions: UInt64 = 12

  /// `SaverDef`, for checkpoints of the second format.
  private static func saver(of serving: ServingGraph) -> [UInt8] {
    var message = WireWriter()
    message.append(serving.file, number: 1)
    message.append(serving.saved, number: 2)
    message.append(serving.restored, number: 3)
    message.append(2, number: 7)
    return message.bytes
  }

  /// `SignatureDef`.
  private static func signature(of wrapper: SignatureWrapper, _ serving: ServingGraph) -> [UInt8] {
    func infos(
      _ entries: [SignatureWrapper.Entry], _ places: [String]
    ) -> [(key: String, value: [UInt8])] {
      zip(entries, places).map { entry, place in
        // `TensorInfo`.
        var message = WireWriter()
        message.append(place, number: 1)
        message.append(entry.tensor.kind.number, number: 2)
        message.append(entry.tensor.shape.serialized, number: 3)
        return (entry.tensor.name, message.bytes)
      }
    }
    var message = WireWriter()
    message.append(map: infos(wrapper.inputs, serving.inputs), number: 1)
    message.append(map: infos(wrapper.outputs, serving.outputs), number: 2)
    message.append("tensorflow/serving/predict", number: 3)
    return message.bytes
  }
}
