import StrictJSON
import Tensors
import Testing

@testable import IsolatedReaders

@Suite struct Snapshots {
  private let source = OpenSource(
    path: "source", kind: .folder,
    files: [
      SourceFile(descriptor: -1, name: "a", byteCount: 1000),
      SourceFile(descriptor: -1, name: "b", byteCount: 30),
    ])

  private func variable(
    _ path: String, _ bytes: TensorBytes, shape: [Int] = [2, 3], dtype: DType = .float32
  ) throws -> Variable {
    Variable(
      path: path, containerPath: "/" + path, role: .weight, dtype: dtype,
      shape: try #require(Shape(shape)), bytes: bytes)
  }

  private func stored(_ offset: UInt64, _ length: UInt64 = 24, file: Int = 0) throws -> TensorBytes
  {
    .source(file: file, try #require(ByteExtent(offset: offset, length: length)))
  }

  private func decoded(_ offset: UInt64, _ length: UInt64 = 24) throws -> TensorBytes {
    .decoded(try #require(ByteExtent(offset: offset, length: length)))
  }

  private func full() throws -> ModelSnapshot {
    let slot = OptimizerSlot(name: "m", weightPath: "dense/kernel")
    return ModelSnapshot(
      format: .kerasHDF5, producers: ["keras": "2.2.4", "größer": "\"\\\n"],
      architecture: Architecture(dialect: .keras2, config: "{\"a\": 1}"),
      training: TrainingConfiguration(config: nil, optimizer: "Adam"),
      variables: [
        try variable("dense/kernel", stored(8)),
        Variable(
          path: "m", containerPath: "/o/0", role: .optimizer, slot: slot, dtype: .complex128,
          shape: .scalar, bytes: try decoded(0, 16)),
      ], findings: [Finding(kind: .lambda, location: "layer", detail: "code")],
      graphs: [
        TensorFlowGraph(
          file: 0, tags: ["serve"],
          signatures: [
            Signature(
              name: "default", method: "predict",
              inputs: [.init(name: "x", dtype: "float32", shape: [nil, 3])],
              outputs: [.init(name: "y", dtype: "string", shape: nil)])
          ], operations: ["MatMul": 2])
      ], files: [0],
      checksums: [
        Checksum(
          algorithm: .crc32c, value: .max, file: 0,
          extent: try #require(ByteExtent(offset: 8, length: 24)), name: "tensor")
      ])
  }

  @Test func aRequestComesBackAsItWasSent() throws {
    let parent = KnownModel(
      format: .kerasArchive,
      architecture: Architecture(dialect: .keras3, config: "{}", origin: .parent),
      training: TrainingConfiguration(config: "{}", optimizer: "Adam"),
      variables: [
        KnownVariable(path: "w", role: .weight, slot: nil, dtype: .float32, shape: .scalar),
        KnownVariable(
          path: "m", role: .optimizer, slot: OptimizerSlot(name: "m", weightPath: "w"),
          dtype: .bfloat16, shape: try #require(Shape([2, 3]))),
      ])
    for context in [ReadingContext(), ReadingContext(checkpoint: "ck-1", parent: parent)] {
      let request = WorkerRequest(source, context)
      #expect(try WorkerRequest(JSONValue(parsing: request.json.canonicalText)) == request)
    }
  }

  @Test func comesBackAsItWasSent() throws {
    for snapshot in [try full(), ModelSnapshot(format: .kerasWeights)] {
      let text = snapshot.json.canonicalText
      #expect(try ModelSnapshot(JSONValue(parsing: text)) == snapshot)
    }
  }

  @Test func aRejectionComesBackAsItWasSent() throws {
    for code in WorkerRejection.Code.allCases {
      let rejection = WorkerRejection(code: code, location: "/a", expected: "1", found: "2")
      #expect(try WorkerRejection(rejection.json) == rejection)
    }
  }

  /// Every change of one member to a value of another type or a name that is not known, and every
  /// member left out or added.
  @Test func aChangedMemberIsAnError() throws {
    let changes: [JSONValue] = [.bool(true), -1, "unknown", .array([.null]), ["unknown": 1]]
    let json = try full().json
    var tried = 0
    for (path, value) in members(of: json) {
      for change in changes + [nil] where change != value {
        let changed = try #require(replacing(path[...], in: json, with: change))
        if isLegal(change, for: path) { continue }
        tried += 1
        #expect(throws: ReaderError.self, "\(path) is \(String(describing: change))") {
          try ModelSnapshot(changed)
        }
      }
    }
    #expect(tried > 150)
  }

  @Test func anUnknownMemberIsAnError() throws {
    var members = try #require(full().json.object)
    members["more"] = 1
    #expect(throws: ReaderError.malformedAnswer(.badMember("snapshot.more"))) {
      try ModelSnapshot(.object(members))
    }
  }

  @Test func extentsWithinTheSourceAreTaken() throws {
    let snapshot = ModelSnapshot(
      format: .kerasHDF5,
      variables: [
        try variable("a", stored(0)), try variable("b", stored(976)),
        try variable("the same as a", stored(0)), try variable("c", decoded(24)),
        try variable("d", decoded(0)), try variable("e", stored(5, 0), shape: [0]),
        try variable("f", stored(6, file: 1)),
      ], files: [0, 1])
    try snapshot.check(against: source, spoolBytes: 48)
  }

  @Test func extentsThatCannotBeAreErrors() throws {
    let cases: [([Variable], AnswerDefect)] = [
      ([try variable("a", stored(977))], .badExtent(path: "a")),
      ([try variable("a", stored(.max - 24))], .badExtent(path: "a")),
      ([try variable("a", stored(0, 23))], .badExtent(path: "a")),
      ([try variable("a", stored(7, file: 1))], .badExtent(path: "a")),
      ([try variable("a", stored(0, file: 2))], .badExtent(path: "a")),
      ([try variable("a", stored(0), shape: [.max, .max])], .badExtent(path: "a")),
      (
        [try variable("a", stored(0)), try variable("b", stored(23))],
        .overlap(path: "a", other: "b")
      ),
      (
        [try variable("a", stored(0)), try variable("b", stored(0, 12), shape: [3])],
        .overlap(path: "b", other: "a")
      ),
      ([try variable("a", decoded(25))], .badExtent(path: "a")),
      (
        [try variable("a", stored(0)), try variable("a", stored(24))], .repeatedPath("a")
      ),
    ]
    for (variables, defect) in cases {
      let snapshot = ModelSnapshot(format: .kerasHDF5, variables: variables)
      #expect(throws: ReaderError.malformedAnswer(defect)) {
        try snapshot.check(against: source, spoolBytes: 48)
      }
    }
  }

  @Test func placesOutsideOfTheSourceAreErrors() throws {
    let inside = try #require(ByteExtent(offset: 6, length: 24))
    let outside = try #require(ByteExtent(offset: 7, length: 24))
    func snapshot(_ extent: ByteExtent, file: Int, files: Set<Int>?) -> ModelSnapshot {
      ModelSnapshot(
        format: .checkpoint, files: files,
        checksums: [
          Checksum(algorithm: .crc32, value: 0, file: file, extent: extent, name: "t")
        ])
    }
    try snapshot(inside, file: 1, files: nil).check(against: source, spoolBytes: 0)
    for bad in [
      snapshot(outside, file: 1, files: nil), snapshot(inside, file: 2, files: nil),
      snapshot(inside, file: 1, files: [0]), snapshot(inside, file: 0, files: [0, 2]),
    ] {
      #expect(throws: ReaderError.self) { try bad.check(against: source, spoolBytes: 0) }
    }
    let graph = TensorFlowGraph(file: 2, tags: [], signatures: [], operations: [:])
    #expect(throws: ReaderError.malformedAnswer(.badMember("files"))) {
      try ModelSnapshot(format: .savedModel, graphs: [graph]).check(
        against: source, spoolBytes: 0)
    }
  }
}

extension Snapshots {
  /// All values in a JSON value, with the keys and indices that lead to them.
  private func members(of json: JSONValue) -> [(path: [String], value: JSONValue)] {
    let children: [(String, JSONValue)] =
      switch json {
      case .object(let members): members.sorted { $0.key < $1.key }
      case .array(let elements): elements.enumerated().map { (String($0), $1) }
      default: []
      }
    return children.flatMap { key, value in
      [([key], value)] + members(of: value).map { ([key] + $0.path, $0.value) }
    }
  }

  /// The value with one of its members changed, or left out.
  private func replacing(
    _ path: ArraySlice<String>, in json: JSONValue, with change: JSONValue?
  ) -> JSONValue? {
    guard let key = path.first else { return change }
    switch json {
    case .object(var members):
      members[key] = members[key].flatMap { replacing(path.dropFirst(), in: $0, with: change) }
      return .object(members)
    case .array(var elements):
      guard let index = Int(key) else { return nil }
      if let value = replacing(path.dropFirst(), in: elements[index], with: change) {
        elements[index] = value
      } else {
        elements.remove(at: index)
      }
      return .array(elements)
    default: return nil
    }
  }

  /// Texts that may be any text, and lists that may be shorter.
  private func isLegal(_ change: JSONValue?, for path: [String]) -> Bool {
    let free: Set = [
      "config", "optimizer", "path", "containerPath", "location", "detail", "name", "method",
    ]
    let isText =
      path.first == "producers" && path.count == 2
      || free.union(["weightPath"]).contains(path.last ?? "")
      || path.contains("tags") && path.last != "tags"
      || path.contains("inputs") && path.last == "dtype"
      || path.contains("outputs") && path.last == "dtype"
    if path.first == "graphs", let change {
      // Counts by any name, and dimensions that are not fixed.
      if path.last == "operations" { return change == ["unknown": 1] }
      if path.last == "shape" { return change == .array([.null]) }
    }
    if path.dropLast().last == "operations", change == nil { return true }
    if change?.string != nil { return isText }
    return change == nil && (Int(path.last ?? "") != nil || path.dropLast().last == "producers")
  }
}
