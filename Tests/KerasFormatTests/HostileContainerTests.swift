import HDF5Format
import KerasFormat
import Tensors
import Testing

/// Broken and malicious archives and indexes are errors, and never more than that.
@Suite struct HostileContainerTests {
  private static let weights = HDF5Group(groups: [
    "layers": HDF5Group(groups: [
      "dense": HDF5Group(groups: ["vars": HDF5Group(datasets: ["0": Trees.tensor(2, 3)])])
    ])
  ])

  @Test(
    arguments: [
      ("", "it ends too early"), ("[", "it ends too early"),
      ("\u{FEFF}{}", "unexpected byte 0xef at 0"),
      (#"{"class_name":"A","class_name":"B"}"#, "the key 'class_name' is there twice"),
      (String(repeating: "[", count: 129), "deeper than 128"),
    ] as [(String, String)])
  func anUnclearConfigIsAnError(_ config: String, _ found: String) {
    let error = KerasFormatError.malformed(
      location: "config.json", expected: "JSON",
      found: found + " (the file's 1 tensors can be read)")
    #expect(throws: error) {
      try KerasArchive.reading(
        config: Array(config.utf8), metadata: nil, weights: [Self.weights])
    }
  }

  @Test func aConfigThatIsNoModelIsAnError() {
    for config in ["{}", "1", #"{"class_name":1}"#] {
      #expect(throws: KerasFormatError.self) {
        try KerasArchive.reading(
          config: Array(config.utf8), metadata: nil, weights: [Self.weights])
      }
    }
    #expect(throws: KerasFormatError.self) {
      try KerasArchive.reading(
        config: Array(#"{"class_name":""#.utf8) + [0xFF] + Array(#""}"#.utf8), metadata: nil,
        weights: [Self.weights])
    }
  }

  @Test func brokenMetadataIsAnError() {
    #expect(throws: KerasFormatError.self) {
      try KerasArchive.reading(
        config: Array(#"{"class_name":"Model","config":{}}"#.utf8), metadata: Array("{".utf8),
        weights: [Self.weights])
    }
  }

  private static let small = """
    {"class_name":"Sequential","config":{"layers":[{"class_name":"RNN","config":{"name":"r","cell":
    {"class_name":"StackedRNNCells","config":{"cells":[{"class_name":"GRUCell","config":{}}]}}}},
    {"class_name":"Bidirectional","config":{"name":"b","layer":{"class_name":"LSTM","config":{}}}},
    {"class_name":"Dense","config":{"name":"d","use_bias":false}}]},"compile_config":{"optimizer":
    {"class_name":"SGD","config":{"name":"s","momentum":0.5}}}}
    """

  @Test func noTruncationIsTakenForTheWhole() {
    let config = Array(Self.small.utf8)
    for count in config.indices {
      #expect(throws: KerasFormatError.self) {
        try KerasArchive.reading(
          config: Array(config[..<count]), metadata: nil, weights: [Self.weights])
      }
    }
  }

  /// Any byte of a config may be another one: then there is an error, or every tensor of the file.
  @Test func noByteOfAConfigCrashesTheReader() throws {
    let config = Array(Self.small.utf8)
    var root = try ContainerFixture(name: "k3-layer_rnn_stacked").tree("weights")
    let cells = try #require(root.groups["layers"]?.groups["rnn"])
    root.groups["layers"]?.groups["bidirectional"] = cells
    let count = root.datasetPaths().count
    var accepted = 0
    for index in config.indices {
      for byte in [UInt8(ascii: "9"), config[index] ^ 1] {
        var changed = config
        changed[index] = byte
        do throws(KerasFormatError) {
          let snapshot = try KerasArchive.reading(
            config: changed, metadata: nil, weights: [root]
          ).snapshot
          #expect(Set(snapshot.variables.map(\.path)).count == count)
          accepted += 1
        } catch {
          // Refused, which is right as well.
        }
      }
    }
    #expect(accepted > 0)
  }

  /// Each `Bidirectional` makes two of its layer.
  @Test func copiesOfCopiesAreNotUnfolded() throws {
    let depth = 40
    let config =
      String(repeating: #"{"class_name":"Bidirectional","config":{"layer":"#, count: depth)
      + #"{"class_name":"Dense","config":{}}"# + String(repeating: "}}", count: depth)
    let model = #"{"class_name":"Sequential","config":{"layers":[\#(config)]}}"#
    for group in ["layers", "_layer_checkpoint_dependencies"] {
      let root = HDF5Group(groups: [
        group: HDF5Group(groups: ["bidirectional": Self.weights])
      ])
      let reading = try KerasArchive.reading(
        config: Array(model.utf8), metadata: nil, weights: [root])
      #expect(reading.snapshot.variables.count == 1)
    }
  }

  @Test(arguments: [
    "../x.weights.h5", "/x.weights.h5", "a/b.h5", #"a\\b.h5"#, "..", ".", "", "a\\u0000b",
    "a\\u001bb",
  ])
  func aShardBesideTheIndexHasAPlainName(_ name: String) {
    let index = Array(#"{"weight_map":{"/layers/dense/vars":["\#(name)"]}}"#.utf8)
    #expect(throws: KerasFormatError.self) { try KerasShardedWeights.shardNames(in: index) }
  }

  @Test(arguments: [
    "", "{}", #"{"weight_map":[]}"#, #"{"weight_map":{"a":1}}"#, #"{"weight_map":{"a":[1]}}"#,
    #"{"weight_map":{"a":"x","a":"y"}}"#,
  ])
  func anIndexThatIsNoneIsAnError(_ index: String) {
    #expect(throws: KerasFormatError.self) {
      try KerasShardedWeights.shardNames(in: Array(index.utf8))
    }
  }

  private func reading(_ map: String, _ names: String...) throws -> KerasHDF5Reading {
    try KerasShardedWeights.reading(
      index: Array(#"{"weight_map":\#(map)}"#.utf8),
      shards: names.map { (name: $0, root: Self.weights) }, parent: nil)
  }

  @Test func anIndexNamesItsShardsAloneOrInAList() throws {
    let one = try reading(#"{"/layers/dense/vars":"a.weights.h5"}"#, "a.weights.h5")
    let list = try reading(#"{"/layers/dense/vars":["a.weights.h5"]}"#, "a.weights.h5")
    #expect(one == list)
    #expect(one.datasetsToDecode == [DatasetToDecode(file: 0, path: "layers/dense/vars/0")])
  }

  @Test func aShardThatIsMissingIsNamed() {
    let error = KerasFormatError.malformed(
      location: "/layers/dense/vars", expected: "the shard b.weights.h5", found: "no such file")
    #expect(throws: error) { try reading(#"{"/layers/dense/vars":["b.weights.h5"]}"#, "a") }
  }

  @Test func aGroupThatIsMissingInItsShardIsNamed() {
    let error = KerasFormatError.malformed(
      location: "/layers/lstm/vars", expected: "this group in a", found: "nothing there")
    #expect(throws: error) { try reading(#"{"/layers/lstm/vars":["a"]}"#, "a") }
  }

  @Test func aTensorIsInOneShardOnly() {
    let error = KerasFormatError.malformed(
      location: "layers/dense/vars/0", expected: "a dataset in one of the files",
      found: "one in two of them")
    #expect(throws: error) { try reading(#"{"/layers/dense/vars":["a","b"]}"#, "a", "b") }
  }
}
