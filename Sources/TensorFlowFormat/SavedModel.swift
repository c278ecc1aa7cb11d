public import Files
import SwiftProtobuf
public import Tensors

/// TensorFlow's SavedModel, without its variables, which are a checkpoint (`TensorBundle`) beside
/// it: what `saved_model.pb` and `keras_metadata.pb` say.
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/saved_model.proto
public struct SavedModel: Hashable, Sendable {
  /// A variable as the objects have it.
  public struct SavedVariable: Hashable, Sendable {
    /// Its node in `objectGraph`.
    public let node: Int
    /// Its own name: `dense/kernel`.
    public let name: String
    public let trainable: Bool
  }

  /// One a set of tags.
  public internal(set) var graphs: [TensorFlowGraph] = []
  /// Of the TensorFlow that wrote it: `2.21.0`.
  public internal(set) var tensorFlowVersion: String?
  /// The same from its source control: `v2.21.0-rc1-15-g0a5b0b8e5e5`.
  public internal(set) var tensorFlowGitVersion: String?
  /// The version of graphs that it was written in: `2451`.
  public internal(set) var producer: Int?
  /// Operations that reach out of the graph, and those that nobody knows. At most 100 of a kind,
  /// and one that says how many more there are.
  public internal(set) var findings: [Finding] = []
  /// What Keras recorded of its objects; empty when Keras did not save it.
  public internal(set) var kerasNodes: [KerasNode] = []
  /// The files that it reads, from its folder `assets`.
  public internal(set) var assetFiles: [String] = []
  /// Its objects, without attributes; `nil` when it was saved by name (TensorFlow 1).
  public internal(set) var objectGraph: ObjectGraph?
  /// The variables among the objects.
  public internal(set) var variables: [SavedVariable] = []

  /// Whether it was saved as objects, which TensorFlow 2 does.
  public var isObjectBased: Bool { objectGraph != nil }

  /// How a program is spelled.
  public enum Spelling: Sendable {
    /// `saved_model.pb`
    case binary
    /// `saved_model.pbtxt`
    case text
  }

  /// Reads a program. However large its constants are, a few megabytes are in memory.
  ///
  /// - Parameters:
  ///   - file: `saved_model.pb` or `saved_model.pbtxt`.
  ///   - fileIndex: what `graphs` are to say that they are in.
  ///   - kerasMetadata: `keras_metadata.pb`, where there is one.
  /// - Throws: `TensorFlowFormatError`, or `SystemCallError`.
  public init(
    _ file: FileSlice, _ spelling: Spelling = .binary, fileIndex: Int,
    kerasMetadata: FileSlice? = nil
  ) throws {
    try self.init(
      file, spelling, fileIndex: fileIndex, kerasMetadata: kerasMetadata,
      limits: TensorFlowLimits())
  }

  init(
    _ file: FileSlice, _ spelling: Spelling, fileIndex: Int, kerasMetadata: FileSlice?,
    limits: TensorFlowLimits
  ) throws {
    let source: WireSource
    switch spelling {
    case .binary: source = try WireSource(file, limits: limits)
    case .text: source = try Self.binary(of: file, limits: limits)
    }
    var reader = SavedModelReader(source, fileIndex: fileIndex)
    self = try reader.read()
    if let kerasMetadata { kerasNodes = try KerasNode.all(in: kerasMetadata, limits: limits) }
  }

  /// What `read` fills.
  init() {}

  /// The same program in protobuf's binary format.
  private static func binary(of text: FileSlice, limits: TensorFlowLimits) throws -> WireSource {
    guard text.byteCount <= limits.textBytes else {
      throw TensorFlowFormatError.limitExceeded(
        location: text.name, .textBytes, allowed: limits.textBytes, found: text.byteCount)
    }
    let bytes = try text.bytes(at: 0, count: Int(text.byteCount))
    guard let string = String(validating: bytes, as: UTF8.self) else {
      throw TensorFlowFormatError.malformed(
        location: text.name, expected: "a text in UTF-8", found: "other bytes")
    }
    let message = try decodeText(PBSavedModel.self, string, location: text.name)
    return WireSource(try message.serializedBytes(), name: text.name, limits: limits)
  }
}
