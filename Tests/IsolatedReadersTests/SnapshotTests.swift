import StrictJSON
import Tensors
import Testing

@testable import IsolatedReaders

@Suite struct Snapshots {
  private let source = OpenSource(descriptor: -1, path: "source", byteCount: 1000)

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
      ], findings: [Finding(kind: .lambda, location: "layer", detail: "code")])
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
      ])
    #expect(try snapshot.checked(against: source) == 48)
  }

  @Test func extentsThatCannotBeAreErrors() throws {
    let cases: [([Variable], AnswerDefect)] = [
      ([try variable("a", stored(977))], .badExtent(path: "a")),
      ([try variable("a", stored(.max - 24))], .badExtent(path: "a")),
      ([try variable("a", stored(0, 23))], .badExtent(path: "a")),
      ([try variable("a", stored(0, file: 1))], .badExtent(path: "a")),
      ([try variable("a", stored(0), shape: [.max, .max])], .badExtent(path: "a")),
      (
        [try variable("a", stored(0)), try variable("b", stored(23))],
        .overlap(path: "a", other: "b")
      ),
      (
        [try variable("a", stored(0)), try variable("b", stored(0, 12), shape: [3])],
        .overlap(path: "b", other: "a")
      ),
      ([try variable("a", decoded(1))], .scatteredDecoding(path: "a")),
      (
        [try variable("a", decoded(0)), try variable("b", decoded(0))],
        .scatteredDecoding(path: "b")
      ),
      (
        [try variable("a", stored(0)), try variable("a", stored(24))], .repeatedPath("a")
      ),
      (
        [try variable("a", decoded(0, 5 << 30), shape: [5 << 30], dtype: .int8)],
        .tooMuchDecoded(5 << 30)
      ),
    ]
    for (variables, defect) in cases {
      let snapshot = ModelSnapshot(format: .kerasHDF5, variables: variables)
      #expect(throws: ReaderError.malformedAnswer(defect)) {
        try snapshot.checked(against: source)
      }
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
    let free: Set = ["config", "optimizer", "path", "containerPath", "location", "detail", "name"]
    let isText =
      path.first == "producers" && path.count == 2
      || free.union(["weightPath"]).contains(path.last ?? "")
    if change?.string != nil { return isText }
    return change == nil && (Int(path.last ?? "") != nil || path.dropLast().last == "producers")
  }
}
