import StrictJSON
import Tensors

/// What a worker is asked to read.
struct WorkerRequest: Hashable {
  var kind: SourceKind
  /// The names of the files behind the descriptors.
  var names: [String]
  var context: ReadingContext

  init(_ source: OpenSource, _ context: ReadingContext) {
    kind = source.kind
    names = source.files.map(\.name)
    self.context = context
  }

  var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "names": .array(names.map { .string($0) }),
      "checkpoint": context.checkpoint.map { .string($0) } ?? .null,
      "parent": context.parent.map(\.json) ?? .null,
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "request")
    kind = try members.word("kind")
    names = try members.list("names") { value throws(ReaderError) in
      guard let name = value.string else { throw .malformedAnswer(.badMember("names")) }
      return name
    }
    context = ReadingContext(
      checkpoint: try members.optionalText("checkpoint"),
      parent: try members.optional("parent") { value throws(ReaderError) in
        try KnownModel(value)
      })
    try members.finish()
  }
}

extension KnownModel {
  fileprivate var json: JSONValue {
    [
      "format": .string(format.rawValue), "architecture": architecture.json,
      "training": training.map(\.json) ?? .null,
      "variables": .array(variables.map(\.json)),
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "parent")
    self.init(
      format: try members.word("format"),
      architecture: try Architecture(try members.take("architecture")),
      training: try members.optional("training") { value throws(ReaderError) in
        try TrainingConfiguration(value)
      },
      variables: try members.list("variables") { value throws(ReaderError) in
        try KnownVariable(value)
      })
    try members.finish()
  }
}

extension KnownVariable {
  fileprivate var json: JSONValue {
    [
      "path": .string(path), "role": .string(role.rawValue),
      "slot": slot.map(\.json) ?? .null, "dtype": .string(dtype.rawValue),
      "shape": .array(shape.dimensions.map { .integer($0) }),
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "variable")
    self.init(
      path: try members.text("path"), role: try members.word("role"),
      slot: try members.optional("slot") { value throws(ReaderError) in
        try OptimizerSlot(value)
      },
      dtype: try members.word("dtype"), shape: try members.shape("shape"))
    try members.finish()
  }
}
