import KerasFormat
import TensorFlowFormat
import Tensors
import Testing

/// Graphs and texts that no TensorFlow wrote.
@Suite struct TrackedHostileTests {
  /// A generator whose sequence is the same everywhere (Knuth's MMIX constants).
  private struct Sequence: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 33)
    }
  }

  private func mutated(
    _ graph: ObjectGraph, using random: inout Sequence
  ) -> ObjectGraph {
    var graph = graph
    let names = graph.nodes.flatMap { $0.children.map(\.name) } + ["", "/", "..", "layer-", "99"]
    for _ in 0..<12 {
      let node = Int.random(in: graph.nodes.indices, using: &random)
      let other = Int.random(in: graph.nodes.indices, using: &random)
      let name = names.randomElement(using: &random) ?? ""
      switch Int.random(in: 0..<5, using: &random) {
      case 0: graph.nodes[node].children.append(.init(name: name, node: other))
      case 1: graph.nodes[node].children.removeAll()
      case 2:
        graph.nodes[node].slots.append(.init(original: other, name: name, variable: node))
      case 3:
        for index in graph.nodes[node].attributes.indices {
          graph.nodes[node].attributes[index].fullName = name
        }
      default: graph.nodes[node] = graph.nodes[other]
      }
    }
    return graph
  }

  @Test(arguments: ["k2-mlp", "k3-nested", "k2-legacy", "k2-twins"])
  func everyEntryIsAVariableWithAPathOfItsOwn(name: String) throws {
    let fixture = TrackedFixture(name: name)
    let parent = try fixture.hdf5().known()
    var random = Sequence(state: 7)
    for (_, container) in try fixture.containers().sorted(by: { $0.key < $1.key }) {
      var container = container
      let graph = try #require(container.graph)
      for _ in 0..<150 {
        container.graph = mutated(graph, using: &random)
        let reading = try container.reading(parent: parent)
        #expect(reading.variables.map(\.containerPath) == container.entries.map(\.key))
        #expect(Set(reading.variables.map(\.path)).count == container.entries.count)
        let slots = reading.variables.compactMap(\.slot)
        #expect(Set(slots).count == slots.count)
      }
    }
  }

  @Test(arguments: [
    "", "/", "//", ":0", "Variable", String(repeating: "a/", count: 100_000),
    String(repeating: "m", count: 1_000_000),
  ])
  func aNameThatNobodyGivesIsNoPath(name: String) throws {
    for fixture in ["k2-mlp", "k3-mlp"].map(TrackedFixture.init) {
      let parent = try fixture.hdf5().known()
      var container = try #require(try fixture.containers()["checkpoint"])
      let graph = try #require(container.graph)
      for (node, object) in graph.nodes.enumerated() {
        for index in object.attributes.indices {
          container.graph?.nodes[node].attributes[index].fullName = name
        }
      }
      for parent in [parent, nil] {
        let reading = try container.reading(parent: parent)
        #expect(Set(reading.variables.map(\.path)).count == container.entries.count)
        #expect(reading.variables.allSatisfy { !$0.path.isEmpty && $0.path.utf8.count < 100 })
      }
    }
  }

  /// One list that many objects hold is gone through once.
  @Test func sharedListsCostNothing() throws {
    let count = 20_000
    var nodes = [ObjectGraph.Node()]
    let list = ObjectGraph.Node(children: (0..<count).map { .init(name: "\($0)", node: 0) })
    for name in ["_operations", "_trainable_variables", "_m", "layer-0", "total"] {
      nodes[0].children += (0..<count).map { .init(name: name, node: 2 + $0) }
    }
    nodes.append(list)
    for _ in 0..<count {
      nodes.append(
        ObjectGraph.Node(
          children: ["_functional", "_operations", "_trainable_variables", "_m", "variables"]
            .map { .init(name: $0, node: 1) }))
    }
    let parent = try TrackedFixture(name: "k3-mlp").hdf5().known()
    let reading = try TrackedModel.reading(
      [], graph: ObjectGraph(nodes: nodes), keras: nil, parent: parent)
    #expect(reading.variables == [])
    #expect(reading.findings.map(\.kind) == [.bareWeights])
  }

  @Test func aNodeThatIsNotThereIsAnError() throws {
    let container = try #require(try TrackedFixture(name: "k2-mlp").containers()["checkpoint"])
    let graph = try #require(container.graph)
    for node in [-1, graph.nodes.count, Int.max, Int.min] {
      var broken = container
      broken.graph?.nodes[0].children[0].node = node
      #expect(throws: KerasFormatError.self) { try broken.reading(parent: nil) }
      broken = container
      broken.graph?.nodes[1].slots = [.init(original: 0, name: "m", variable: node)]
      #expect(throws: KerasFormatError.self) { try broken.reading(parent: nil) }
    }
    var empty = container
    empty.graph = ObjectGraph(nodes: [])
    #expect(throws: KerasFormatError.self) { try empty.reading(parent: nil) }
  }

  @Test func metadataThatIsNoJSONIsAFinding() throws {
    var container = try #require(try TrackedFixture(name: "k2-mlp").containers()["savedmodel"])
    for text in ["", "{", "[]", "null", "{\"model_config\": 3}", "{\"class_name\": \"Model\"}"] {
      container.nodes[0].metadata = text
      let reading = try container.reading(parent: nil)
      #expect(reading.architecture == nil)
      let isJSON = text.hasSuffix("}") || text == "[]" || text == "null"
      #expect(reading.findings.contains { $0.kind == .unreadConfig } != isJSON, "\(text)")
    }
  }

  /// Every beginning of a real text.
  @Test func truncatedMetadataIsAFinding() throws {
    let container = try #require(try TrackedFixture(name: "k2-mlp").containers()["savedmodel"])
    let root = container.nodes[0]
    for length in stride(from: 0, to: root.metadata.utf8.count, by: 7) {
      let text = String(decoding: root.metadata.utf8.prefix(length), as: UTF8.self)
      let keras = KerasMetadata(nodes: [(0, root.path, root.identifier, text)])
      #expect(keras?.architecture == nil)
      #expect(keras?.findings.map(\.kind) == [.unreadConfig])
    }
    #expect(KerasMetadata(nodes: []) == nil)
  }
}
