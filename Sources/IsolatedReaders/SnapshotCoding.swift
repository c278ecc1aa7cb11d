import StrictJSON
import Tensors

// A snapshot as a worker sends it. Reading is strict: what the worker may not have meant is an
// error, because a hostile source may have taken the worker over.

extension ModelSnapshot {
  var json: JSONValue {
    [
      "format": .string(format.rawValue),
      "producers": .object(producers.mapValues { .string($0) }),
      "architecture": architecture.map(\.json) ?? .null,
      "training": training.map(\.json) ?? .null,
      "variables": .array(variables.map(\.json)),
      "findings": .array(findings.map(\.json)),
      "graphs": .array(graphs.map(\.json)),
      "files": files.map { .array($0.sorted().map { .integer($0) }) } ?? .null,
      "checksums": .array(checksums.map(\.json)),
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "snapshot")
    self.init(
      format: try members.word("format"),
      producers: try members.texts("producers"),
      architecture: try members.optional("architecture") { value throws(ReaderError) in
        try Architecture(value)
      },
      training: try members.optional("training") { value throws(ReaderError) in
        try TrainingConfiguration(value)
      },
      variables: try members.list("variables") { value throws(ReaderError) in
        try Variable(value)
      },
      findings: try members.list("findings") { value throws(ReaderError) in try Finding(value) },
      graphs: try members.list("graphs") { value throws(ReaderError) in
        try TensorFlowGraph(value)
      },
      files: try members.optionalCounts("files").map { Set($0) },
      checksums: try members.list("checksums") { value throws(ReaderError) in
        try Checksum(value)
      })
    try members.finish()
  }
}

extension Architecture {
  var json: JSONValue {
    [
      "dialect": .string(dialect.rawValue), "config": .string(config),
      "origin": .string(origin.rawValue),
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "architecture")
    self.init(
      dialect: try members.word("dialect"), config: try members.text("config"),
      origin: try members.word("origin"))
    try members.finish()
  }
}

extension TrainingConfiguration {
  var json: JSONValue {
    [
      "config": config.map { .string($0) } ?? .null,
      "optimizer": optimizer.map { .string($0) } ?? .null,
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "training")
    self.init(
      config: try members.optionalText("config"), optimizer: try members.optionalText("optimizer"))
    try members.finish()
  }
}

extension Variable {
  fileprivate var json: JSONValue {
    [
      "path": .string(path), "containerPath": .string(containerPath),
      "role": .string(role.rawValue), "slot": slot.map(\.json) ?? .null,
      "dtype": .string(dtype.rawValue),
      "shape": .array(shape.dimensions.map { .integer($0) }), "bytes": bytes.json,
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "variable")
    self.init(
      path: try members.text("path"), containerPath: try members.text("containerPath"),
      role: try members.word("role"),
      slot: try members.optional("slot") { value throws(ReaderError) in
        try OptimizerSlot(value)
      },
      dtype: try members.word("dtype"), shape: try members.shape("shape"),
      bytes: try TensorBytes(try members.take("bytes")))
    try members.finish()
  }
}

extension OptimizerSlot {
  var json: JSONValue {
    ["name": .string(name), "weightPath": .string(weightPath)]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "slot")
    self.init(name: try members.text("name"), weightPath: try members.text("weightPath"))
    try members.finish()
  }
}

extension TensorBytes {
  fileprivate var json: JSONValue {
    let (file, extent): (JSONValue, ByteExtent) =
      switch self {
      case .source(let file, let extent): (.integer(file), extent)
      case .decoded(let extent): (.null, extent)
      }
    return ["file": file, "offset": .integer(extent.offset), "length": .integer(extent.length)]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "bytes")
    let file = try members.optional("file") { value throws(ReaderError) in
      try Members.count(value, "file")
    }
    let extent = try members.extent()
    try members.finish()
    self = file.map { .source(file: $0, extent) } ?? .decoded(extent)
  }
}

extension Finding {
  fileprivate var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "location": .string(location), "detail": .string(detail),
    ]
  }

  fileprivate init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "finding")
    self.init(
      kind: try members.word("kind"), location: try members.text("location"),
      detail: try members.text("detail"))
    try members.finish()
  }
}

extension WorkerRejection {
  var json: JSONValue {
    [
      "code": .string(code.rawValue), "location": .string(location),
      "expected": .string(expected), "found": .string(found),
    ]
  }

  init(_ json: JSONValue) throws(ReaderError) {
    var members = try Members(json, "rejection")
    self.init(
      code: try members.word("code"), location: try members.text("location"),
      expected: try members.text("expected"), found: try members.text("found"))
    try members.finish()
  }
}
