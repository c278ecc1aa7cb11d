import Files
import SafetensorsFormat
import StrictJSON
import Tensors
import Testing

/// Indexes that do not fit their shards.
@Suite struct IndexTests {
  static let names = (1...2).map { "model-0000\($0)-of-00002.safetensors" }

  /// Reads the fixtures' shards under a changed index.
  private func snapshot(
    changing change: (inout [String: JSONValue]) -> Void, without absent: String? = nil
  ) throws -> ModelSnapshot {
    let json = try JSONValue(parsing: Fixture("model.safetensors.index.json").bytes())
    var map = try #require(json["weight_map"]?.object)
    change(&map)
    return try snapshot(index: .object(["weight_map": .object(map)]), without: absent)
  }

  private func snapshot(index: JSONValue, without absent: String? = nil) throws -> ModelSnapshot {
    let first = try Scratch(Fixture(Self.names[0]).bytes())
    let second = try Scratch(Fixture(Self.names[1]).bytes())
    var shards: [String: SafetensorsFile.Shard] = [
      Self.names[0]: (1, first.slice), Self.names[1]: (2, second.slice),
      "copy.safetensors": (3, first.slice),
    ]
    if let absent { shards[absent] = nil }
    return try SafetensorsFile.snapshot(index: Array(index.canonicalText.utf8), shards: shards)
  }

  @Test func anUnchangedIndexIsRead() throws {
    #expect(try snapshot { _ in }.files == [0, 1, 2])
  }

  @Test(arguments: [
    "../canary", "/etc/passwd", "a/b", "a\\b", "", ".", "..", "a\0b", "a\u{202E}b",
    String(repeating: "a", count: 256),
  ])
  func aShardThatIsNoPlainNameIsAnError(_ name: String) {
    #expect(throws: SafetensorsError.unsafePath(file: "index", name: name)) {
      try snapshot { $0["half"] = .string(name) }
    }
  }

  @Test func aShardThatIsNotThereIsNamed() {
    #expect(throws: SafetensorsError.missingShard(Self.names[1])) {
      try snapshot(changing: { _ in }, without: Self.names[1])
    }
  }

  @Test func aTensorHasToBeInItsShard() {
    #expect(throws: SafetensorsError.missingTensor("absent", shard: Self.names[0])) {
      try snapshot { $0["absent"] = .string(Self.names[0]) }
    }
    #expect(throws: SafetensorsError.missingTensor("half", shard: Self.names[1])) {
      try snapshot { $0["half"] = .string(Self.names[1]) }
    }
  }

  @Test func aTensorMayNotBeUnlisted() {
    #expect(throws: SafetensorsError.unlistedTensor("half", shard: Self.names[0])) {
      try snapshot { $0["half"] = nil }
    }
  }

  @Test func aTensorMayNotBeInTwoShards() {
    let error = #expect(throws: SafetensorsError.self) {
      try snapshot { $0["half"] = "copy.safetensors" }
    }
    guard case .repeatedTensor(_, shards: ["copy.safetensors", Self.names[0]])? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    JSONValue.object([:]), .array([]), .object(["weight_map": .null]),
    .object(["weight_map": .array([])]), .object(["weight_map": .object(["half": 1])]),
  ])
  func anIndexWithoutAMapIsAnError(_ index: JSONValue) {
    #expect(
      throws: SafetensorsError.malformed(
        file: "index", location: "weight_map", expected: "an object of file names",
        found: "another value")
    ) { try snapshot(index: index) }
  }

  @Test func anIndexThatIsNoJSONIsAnError() throws {
    let text = Array(#"{"weight_map": {"a": "x", "a": "y"}}"#.utf8)
    #expect(throws: SafetensorsError.badJSON(file: "index", .duplicateKey("a"))) {
      try SafetensorsFile.snapshot(index: text, shards: [:])
    }
  }
}
