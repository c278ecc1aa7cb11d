/// The operations that reach files, and which of their inputs has the path.
/// `TensorFlowOperations.reaching` lists all that reach out of the graph.
enum FileOperations {
  struct Kind: Hashable, Sendable {
    /// Whether it is worth a finding wherever its path comes from. If not, it belongs to ordinary
    /// SavedModels, and only a path that the graph itself has is.
    let isAlwaysNoted: Bool
    /// The inputs that are paths.
    let paths: [Int]
  }

  /// `nil` of an operation that reaches nothing.
  static func kind(of operation: String) -> Kind? {
    if let paths = ordinary[operation] { return Kind(isAlwaysNoted: false, paths: paths) }
    guard TensorFlowOperations.reaching.contains(operation[...]) else { return nil }
    return Kind(isAlwaysNoted: true, paths: pathInputs[operation].map { [$0] } ?? [])
  }

  /// Every SavedModel saves and restores its variables under a path that the caller gives, and
  /// reads tables from its own assets. A cache of a dataset without a path is in memory.
  private static let ordinary: [String: [Int]] = [
    "Save": [0], "SaveSlices": [0], "SaveV2": [0], "Restore": [0], "RestoreSlice": [0],
    "RestoreV2": [0], "DTensorRestoreV2": [0], "MergeV2Checkpoints": [0, 1],
    "InitializeTableFromTextFile": [1], "InitializeTableFromTextFileV2": [1],
    "CacheDataset": [1], "CacheDatasetV2": [1],
  ]

  private static let pathInputs: [String: Int] = [
    "ReadFile": 0, "WriteFile": 0, "MatchingFiles": 0, "MatchingFilesDataset": 0,
    "ExperimentalMatchingFilesDataset": 0, "TextLineDataset": 0, "TFRecordDataset": 0,
    "TFRecordDatasetV2": 0, "FixedLengthRecordDataset": 0, "FixedLengthRecordDatasetV2": 0,
    "LMDBDataset": 0, "ExperimentalLMDBDataset": 0, "CSVDataset": 0, "CSVDatasetV2": 0,
    "ExperimentalCSVDataset": 0, "CreateSummaryFileWriter": 1, "CreateSummaryDbWriter": 1,
    "LoadDataset": 0, "SaveDataset": 1, "SaveDatasetV2": 1, "SnapshotDataset": 1,
    "SnapshotDatasetV2": 1, "DatasetToTFRecord": 1, "ExperimentalDatasetToTFRecord": 1,
    "LoadAndRemapMatrix": 0, "GenerateVocabRemapping": 0, "DistributedSave": 1,
    "ListSnapshotChunksDataset": 0, "SnapshotChunkDataset": 0,
  ]
}

/// A node that reaches a file.
struct FileAccess {
  let node: String
  /// What it does: `ReadFile`; of a call what the function does.
  let operation: String
  /// The function that does it, of a call.
  let callee: String?
  let isAlwaysNoted: Bool
  /// The nodes or arguments that its paths come from.
  let paths: [String]

  init(_ node: GraphNode, _ kind: FileOperations.Kind, _ source: WireSource) throws {
    self.node = node.name
    operation = node.operation
    callee = nil
    isAlwaysNoted = kind.isAlwaysNoted
    paths = try kind.paths.compactMap { try node.source(ofInput: $0, in: source) }
  }

  /// A call of a function that uses some of its inputs as paths.
  init(
    call node: GraphNode, of function: String, doing operation: String, inputs: [Int],
    _ source: WireSource
  ) throws {
    self.node = node.name
    self.operation = operation
    callee = function
    isAlwaysNoted = false
    paths = try inputs.compactMap { try node.source(ofInput: $0, in: source) }
  }

  /// What a finding says.
  func detail(path: String?) -> String {
    let what = callee.map { "\(operation) in \($0)" } ?? operation
    return path.map { "\(what) of \"\($0)\"" } ?? what
  }
}
