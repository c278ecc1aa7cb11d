/// What a file may ask of us. Far above what TensorFlow writes, far below what hurts.
struct TensorFlowLimits: Sendable {
  /// Protocol buffers cannot be larger.
  var fileBytes: UInt64 = 1 << 31
  /// Protobuf fields, all levels of a file together.
  var fields = 10_000_000
  /// Levels of protobuf messages, as the reference implementation has it.
  var depth = 100
  /// Levels of graphs that are serialized within constants of graphs.
  var serializedDepth = 8
  /// A protobuf message that is decoded whole.
  var messageBytes: UInt64 = 1 << 20
  /// The name of a node, an operation's input, a path.
  var nameBytes: UInt64 = 1 << 16
  /// A SavedModel in text format, and the paths of all of Keras' nodes.
  var textBytes: UInt64 = 1 << 24
  /// Keras' metadata of all nodes.
  var metadataBytes: UInt64 = 1 << 26
  var shards = 100_000
  /// A block of a checkpoint's index. TensorFlow ends one at 256 KiB, after the entry that exceeds.
  var blockBytes: UInt64 = 1 << 26
  /// Tensors of one checkpoint.
  var tensors = 1_000_000
  /// The keys of a checkpoint, which the index stores shortened.
  var keyBytes = 1 << 27
  /// Slices of one tensor, and ten times as many of a checkpoint.
  var slices = 10_000
  /// Strings of one tensor.
  var strings = 1 << 22
  var stringBytes: UInt64 = 1 << 28
  /// Objects, and references between them, of one graph.
  var objects = 1_000_000
  /// Kinds of operation in one graph: TensorFlow has 2000.
  var operations = 10_000
  /// Graphs of one SavedModel, each for other tags.
  var graphs = 1000
  /// Tags, assets, signatures, and inputs and outputs of them.
  var listed = 100_000
  /// Inputs and attributes of one node.
  var links = 1_000_000
  /// Functions of one graph.
  var functions = 100_000
  /// Operations of one graph or function that may reach a file.
  var accesses = 20_000
  /// Findings of one kind; the rest is counted.
  var findings = 100
}
